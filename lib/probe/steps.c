/* What each verb does when it begins and what it makes of a reply. */
#include "pop3/limits.h"
#include "pop3/listing.h"
#include "probe/internal.h"

#include <string.h>

static const struct slice none = {NULL, 0};

enum probe_reason probe_code_reason(struct slice code, enum probe_reason otherwise)
{
	/* RFC 2449 section 8.1, RFC 3206 section 4; sub-codes after '/' narrow a code down. */
	static const struct {
		struct slice code;
		enum probe_reason reason;
	} codes[] = {
		{{(const unsigned char *)"IN-USE", 6}, REASON_IN_USE},
		{{(const unsigned char *)"LOGIN-DELAY", 11}, REASON_LOGIN_DELAY},
		{{(const unsigned char *)"SYS/TEMP", 8}, REASON_SYS_TEMP},
		{{(const unsigned char *)"SYS/PERM", 8}, REASON_SYS_PERM},
		{{(const unsigned char *)"AUTH", 4}, REASON_AUTH_REJECTED},
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct slice head = code;

		if (head.n > codes[i].code.n && head.p[codes[i].code.n] == '/')
			head.n = codes[i].code.n;
		if (slice_ieq(head, codes[i].code))
			return codes[i].reason;
	}
	return otherwise;
}

enum step_next probe_fail_event(struct probe *p, const struct pop3_event *ev)
{
	switch (ev->error) {
	case POP3_ERROR_LINE:
		return probe_fail_line(p, REASON_LINE_TOO_LONG, LEAVE_NOW, ev->line, NULL);
	case POP3_ERROR_SYNTAX:
		return probe_fail_line(
			p, REASON_PROTOCOL_ERROR, LEAVE_NOW, ev->line, "neither +OK nor -ERR");
	case POP3_ERROR_SURPLUS:
		return probe_fail_line(p, REASON_PROTOCOL_ERROR, LEAVE_NOW, ev->line,
			"octets that nobody asked for");
	case POP3_ERROR_MEMORY:
	case POP3_ERROR_NONE:
	case POP3_ERROR_STATE:
	case POP3_ERROR_ARGUMENT:
	case POP3_ERROR_TOO_LONG:
		break;
	}
	return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "out of memory");
}

enum step_next probe_command(
	struct probe *p, enum pop3_verb verb, struct slice argument, const char *shown)
{
	struct buf line;
	enum pop3_error error;
	bool sent;

	buf_init_secret(&line, POP3_COMMAND_MAX);
	error = pop3_session_command(&p->session, verb, argument, &line);
	sent = error == POP3_ERROR_NONE && probe_send(p, buf_slice(&line));
	if (sent && shown != NULL)
		probe_trace_client(p, slice_str(shown));
	else if (sent)
		probe_trace_client(p, (struct slice){line.p, line.n - 2});
	buf_fini(&line);
	if (sent)
		return STEP_WAIT;
	if (error == POP3_ERROR_ARGUMENT || error == POP3_ERROR_TOO_LONG)
		return probe_fail(p, REASON_INTERNAL, LEAVE_QUIT, "%s cannot be sent: %s",
			pop3_command_info(verb)->keyword,
			error == POP3_ERROR_TOO_LONG ? "longer than a command line may be"
						     : "CR, LF or NUL in its argument");
	return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "%s could not be sent",
		pop3_command_info(verb)->keyword);
}

/* --- greeting ------------------------------------------------------------------------------ */

static bool is_ok_line(struct slice s)
{
	return slice_prefix(s, SLICE_LIT("+OK")) &&
	       (s.n == 3 || s.p[3] == ' ' || s.p[3] == '\r' || s.p[3] == '\n');
}

static bool patterns_met(const struct step_expect *e, struct slice text)
{
	size_t met = 0;

	for (size_t i = 0; i < e->count; i++) {
		bool found = e->prefix ? slice_prefix(text, e->patterns[i])
				       : slice_find(text, e->patterns[i], 0) != (size_t)-1;

		if (found && !e->all)
			return true;
		met += found;
	}
	return e->count == 0 || (e->all && met == e->count);
}

/* A TLS record where a status line was due: an alert, or a handshake message. */
bool probe_looks_like_tls(struct slice s)
{
	return s.n >= 2 && (s.p[0] == 0x15 || s.p[0] == 0x16) && s.p[1] == 0x03;
}

/* False: no memory. */
static bool keep_greeting(struct probe *p, struct slice line)
{
	struct slice stamp;

	p->result.has_apop_stamp = apop_timestamp(line, &stamp);
	/* The digest is of the octets as they came: never of what is shown. */
	buf_clear(&p->stamp);
	return probe_keep_text(p, line, &p->result.greeting, SERVER_TEXT_MAX) &&
	       (!p->result.has_apop_stamp || buf_add_slice(&p->stamp, stamp));
}

static enum step_next out_of_memory(struct probe *p)
{
	return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "out of memory");
}

static enum step_next greeting_event(struct probe *p, const struct pop3_event *ev)
{
	const struct step_expect *e = probe_step_now(p)->expect;

	if (ev->kind == POP3_EVENT_ERROR && p->tls == NULL && probe_looks_like_tls(ev->line))
		return probe_fail(p, REASON_PEER_SPEAKS_TLS, LEAVE_NOW, NULL);
	if (ev->kind == POP3_EVENT_ERROR)
		return probe_fail_event(p, ev);
	if (!keep_greeting(p, ev->line))
		return out_of_memory(p);
	if (!ev->ok)
		return probe_fail_line(
			p, probe_code_reason(ev->code, REASON_REJECTED), LEAVE_NOW, ev->line, NULL);
	p->result.greeting_ok = true;
	if (e != NULL && !patterns_met(e, ev->line))
		return probe_fail_line(p, REASON_EXPECT_MISMATCH, LEAVE_QUIT, ev->line, NULL);
	return STEP_DONE;
}

/* check_pop is content with a +OK whose line never ends. */
static enum step_next greeting_silence(struct probe *p)
{
	struct slice line = pop3_reader_pending(&p->session.reader);

	if (slice_prefix(SLICE_LIT("+OK"), line))
		return STEP_WAIT;
	if (!keep_greeting(p, line))
		return out_of_memory(p);
	p->result.greeting_ok = is_ok_line(line);
	if (!p->result.greeting_ok)
		return probe_fail_line(p, REASON_EXPECT_MISMATCH, LEAVE_NOW, line, NULL);
	pop3_session_raw(&p->session);
	return STEP_DONE;
}

/* --- CAPA, STLS, STAT, NOOP, QUIT ------------------------------------------------------------ */

static enum capa_stage stage_now(const struct probe *p)
{
	if (p->session.state == POP3_STATE_TRANSACTION)
		return CAPA_AUTHENTICATED;
	return p->secured ? CAPA_TLS : CAPA_PLAIN;
}

static enum step_next capa_begin(struct probe *p)
{
	enum capa_stage stage = stage_now(p);

	pop3_capa_free(p->result.capa[stage]);
	p->result.capa[stage] = NULL;
	p->result.capa_asked[stage] = true;
	return probe_command(p, POP3_CAPA, none, NULL);
}

static enum step_next capa_line(struct probe *p, struct slice line)
{
	struct pop3_capa *capa = p->result.capa[stage_now(p)];
	enum pop3_error error = POP3_ERROR_MEMORY;
	struct buf clean;

	/* A second greeting was taken for the reply, and this is the reply: out of step. */
	if (is_ok_line(line))
		return probe_fail_line(p, REASON_PROTOCOL_ERROR, LEAVE_NOW, line,
			"a status line where a capability is due");
	buf_init(&clean, POP3_LINE_TOLERATED);
	if (probe_keep_text(p, line, &clean, POP3_LINE_TOLERATED))
		error = pop3_capa_add(capa, line, buf_slice(&clean));
	buf_fini(&clean);
	if (error == POP3_ERROR_NONE)
		return STEP_WAIT;
	if (error == POP3_ERROR_MEMORY)
		return out_of_memory(p);
	return probe_fail(p, REASON_REPLY_TOO_LONG, LEAVE_NOW,
		"CAPA listed more than %d lines or %d octets", POP3_CAPA_LINES_MAX,
		POP3_CAPA_OCTETS_MAX);
}

static enum step_next capa_event(struct probe *p, const struct pop3_event *ev)
{
	if (ev->kind == POP3_EVENT_ERROR)
		return probe_fail_event(p, ev);
	if (ev->kind == POP3_EVENT_LINE)
		return capa_line(p, ev->line);
	if (ev->kind == POP3_EVENT_END || !ev->ok)
		return STEP_DONE;
	p->result.capa[stage_now(p)] = pop3_capa_new();
	if (p->result.capa[stage_now(p)] == NULL)
		return out_of_memory(p);
	return STEP_WAIT;
}

static enum step_next stls_begin(struct probe *p)
{
	const struct pop3_capa *capa = p->result.capa[CAPA_PLAIN];

	/* A server that knows no CAPA may know STLS all the same: asking costs nothing. */
	if (capa != NULL && !pop3_capa_find(capa, SLICE_LIT("STLS"), NULL))
		return probe_fail(p, REASON_STLS_UNAVAILABLE, LEAVE_QUIT, NULL);
	return probe_command(p, POP3_STLS, none, NULL);
}

static enum step_next stls_event(struct probe *p, const struct pop3_event *ev)
{
	if (ev->kind == POP3_EVENT_ERROR)
		return probe_fail_event(p, ev);
	if (!ev->ok)
		return probe_fail_line(p, REASON_STLS_REFUSED, LEAVE_QUIT, ev->line, NULL);
	return STEP_DONE;
}

static enum step_next stat_event(struct probe *p, const struct pop3_event *ev)
{
	enum num_status status;

	if (ev->kind == POP3_EVENT_ERROR)
		return probe_fail_event(p, ev);
	if (!ev->ok)
		return probe_fail_line(p, probe_code_reason(ev->code, REASON_STEP_REJECTED),
			LEAVE_QUIT, ev->line, NULL);
	status = pop3_listing_pair(ev->text, &p->result.messages, &p->result.octets);
	if (status != NUM_OK)
		return probe_fail_line(p, REASON_PROTOCOL_ERROR, LEAVE_NOW, ev->line,
			status == NUM_RANGE ? "STAT: number out of range"
					    : "STAT: not two numbers");
	p->result.has_stat = true;
	return STEP_DONE;
}

static enum step_next noop_event(struct probe *p, const struct pop3_event *ev)
{
	if (ev->kind == POP3_EVENT_ERROR)
		return probe_fail_event(p, ev);
	if (!ev->ok)
		return probe_fail_line(p, probe_code_reason(ev->code, REASON_STEP_REJECTED),
			LEAVE_QUIT, ev->line, NULL);
	return STEP_DONE;
}

static struct slice without_line_end(struct slice s)
{
	while (s.n > 0 && (s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\n'))
		s.n--;
	return s;
}

static enum step_next quit_begin(struct probe *p)
{
	struct slice text = probe_step_now(p)->text;

	p->step_wake = p->now + (p->failing ? QUIT_WAIT_FAILED_NS : QUIT_WAIT_NS);
	if (p->result.time_ns == 0)
		p->result.time_ns = p->now - p->result.start_ns - p->delayed_ns;
	if (!p->result.greeting_ok && !p->secured)
		return STEP_STOP;
	/* After a failure nothing of the user's goes out, least of all in clear text after STLS. */
	if (text.p == NULL || p->failing)
		text = SLICE_LIT("QUIT\r\n");
	pop3_session_expect_status(&p->session, POP3_QUIT);
	if (!probe_send(p, text))
		return STEP_STOP;
	probe_trace_client(p, without_line_end(text));
	return STEP_WAIT;
}

static enum step_next quit_event(struct probe *p, const struct pop3_event *ev)
{
	p->result.quit_failed = ev->kind != POP3_EVENT_STATUS || !ev->ok;
	return STEP_DONE;
}

/* --- raw dialogue ---------------------------------------------------------------------------- */

static enum step_next raw_decide(struct probe *p)
{
	struct slice text = buf_slice(&p->result.raw), rest = text, line = slice_cut(&rest, '\n');

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (!keep_greeting(p, line))
		return out_of_memory(p);
	/* What may still become "+OKAY" is no greeting to answer. */
	p->result.greeting_ok = is_ok_line(text) && text.n > 3;
	pop3_session_raw(&p->session);
	if (patterns_met(probe_step_now(p)->expect, text))
		return STEP_DONE;
	if (p->tls == NULL && probe_looks_like_tls(text))
		return probe_fail(p, REASON_PEER_SPEAKS_TLS, LEAVE_NOW, NULL);
	return probe_fail_line(p, REASON_EXPECT_MISMATCH, LEAVE_QUIT, text, NULL);
}

enum step_next step_raw_input(struct probe *p, struct slice octets)
{
	const struct step_expect *e = probe_step_now(p)->expect;
	size_t max = e->max_octets > 0 && e->max_octets < RAW_MAX ? e->max_octets : RAW_MAX;
	size_t room = RAW_MAX - p->result.raw.n;

	if (octets.n > room)
		octets.n = room;
	buf_add_slice(&p->result.raw, octets);
	probe_trace_server(p, without_line_end(octets));
	p->step_wake = p->now + e->silence_ns;
	if (p->result.raw.n >= max || patterns_met(e, buf_slice(&p->result.raw)))
		return raw_decide(p);
	return STEP_WAIT;
}

static enum step_next send_begin(struct probe *p)
{
	struct slice text = probe_step_now(p)->text;

	if (!probe_send(p, text))
		return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "too much to send");
	probe_trace_client(p, without_line_end(text));
	return STEP_DONE;
}

/* --- dispatch -------------------------------------------------------------------------------- */

enum step_next step_begin(struct probe *p)
{
	const struct probe_step *step = probe_step_now(p);

	switch (step->verb) {
	case STEP_CONNECT:
	case STEP_GREETING:
		return STEP_WAIT;
	case STEP_TLS:
		return secure_begin(p);
	case STEP_CAPA:
		return capa_begin(p);
	case STEP_STLS:
		return stls_begin(p);
	case STEP_LOGIN:
		return login_begin(p);
	case STEP_STAT:
		return probe_command(p, POP3_STAT, none, NULL);
	case STEP_NOOP:
		return probe_command(p, POP3_NOOP, none, NULL);
	case STEP_SEND:
		return send_begin(p);
	case STEP_DELAY:
		p->step_wake = p->now + step->ns;
		return STEP_WAIT;
	case STEP_EXPECT:
		p->step_raw = true;
		return STEP_WAIT;
	case STEP_QUIT:
		return quit_begin(p);
	case STEP_VERB_COUNT:
		break;
	}
	return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "unknown step");
}

static bool is_scram(const struct probe *p)
{
	return p->result.mech == AUTH_SCRAM_SHA_1 || p->result.mech == AUTH_SCRAM_SHA_256;
}

/* What a SCRAM server sends proves the password to whoever guesses it: salt, count and signature
 * are as good as a hash of it (RFC 5802 section 9). */
static void trace_event(struct probe *p, const struct pop3_event *ev)
{
	if (ev->kind == POP3_EVENT_CONTINUATION && is_scram(p) && ev->text.n > 0)
		probe_trace_server(p, SLICE_LIT("+ ***"));
	else if (ev->kind == POP3_EVENT_END)
		probe_trace_server(p, SLICE_LIT("."));
	else
		probe_trace_server(p, ev->line);
}

enum step_next step_event(struct probe *p, const struct pop3_event *ev)
{
	trace_event(p, ev);
	switch (probe_step_now(p)->verb) {
	case STEP_GREETING:
		return greeting_event(p, ev);
	case STEP_CAPA:
		return capa_event(p, ev);
	case STEP_STLS:
		return stls_event(p, ev);
	case STEP_LOGIN:
		return login_event(p, ev);
	case STEP_STAT:
		return stat_event(p, ev);
	case STEP_NOOP:
		return noop_event(p, ev);
	case STEP_QUIT:
		return quit_event(p, ev);
	case STEP_CONNECT:
	case STEP_TLS:
	case STEP_SEND:
	case STEP_DELAY:
	case STEP_EXPECT:
	case STEP_VERB_COUNT:
		break;
	}
	return probe_fail_event(p, ev);
}

enum step_next step_timeout(struct probe *p)
{
	switch (probe_step_now(p)->verb) {
	case STEP_DELAY:
		return STEP_DONE;
	case STEP_EXPECT:
		return raw_decide(p);
	case STEP_QUIT:
		p->result.quit_failed = true;
		return STEP_DONE;
	case STEP_GREETING:
		return greeting_silence(p);
	case STEP_CONNECT:
	case STEP_TLS:
	case STEP_CAPA:
	case STEP_STLS:
	case STEP_LOGIN:
	case STEP_STAT:
	case STEP_NOOP:
	case STEP_SEND:
	case STEP_VERB_COUNT:
		break;
	}
	return STEP_WAIT;
}

enum step_next step_eof(struct probe *p)
{
	struct slice pending = pop3_reader_pending(&p->session.reader);

	if (probe_step_now(p)->verb == STEP_QUIT) {
		p->result.quit_failed = true;
		return STEP_DONE;
	}
	if (p->step_raw && p->result.raw.n > 0)
		return raw_decide(p);
	if (p->tls == NULL && probe_looks_like_tls(pending))
		return probe_fail(p, REASON_PEER_SPEAKS_TLS, LEAVE_NOW, NULL);
	if (pending.n > 0)
		return probe_fail_line(p, REASON_CLOSED, LEAVE_NOW, pending,
			"server closed the connection in the middle of a line");
	return probe_fail(p, REASON_CLOSED, LEAVE_NOW, NULL);
}
