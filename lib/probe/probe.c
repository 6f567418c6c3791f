#include "probe/internal.h"
#include "probe/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum probe_phase verb_phase(const struct probe *p, enum step_verb verb)
{
	switch (verb) {
	case STEP_CONNECT:
		return PHASE_CONNECT;
	case STEP_TLS:
		return PHASE_TLS;
	case STEP_GREETING:
		return PHASE_GREETING;
	case STEP_CAPA:
		return PHASE_CAPA;
	case STEP_STLS:
		return PHASE_STLS;
	case STEP_LOGIN:
		return PHASE_AUTH;
	case STEP_STAT:
		return PHASE_STAT;
	case STEP_QUIT:
		return PHASE_QUIT;
	case STEP_SEND:
	case STEP_DELAY:
	case STEP_EXPECT:
		return p->result.greeting_ok ? PHASE_SCRIPT : PHASE_GREETING;
	case STEP_NOOP:
	case STEP_VERB_COUNT:
		break;
	}
	return PHASE_SCRIPT;
}

struct probe *probe_new(const struct probe_spec *spec)
{
	struct probe *p = calloc(1, sizeof(*p));
	size_t n = spec->program.count;

	if (p == NULL)
		return NULL;
	p->steps = calloc(n > 0 ? n : 1, sizeof(*p->steps));
	if (p->steps == NULL) {
		free(p);
		return NULL;
	}
	p->spec = *spec;
	p->step_wake = PROBE_NS_NONE;
	buf_init_secret(&p->output, OUTPUT_MAX);
	buf_init_secret(&p->held, RAW_MAX);
	buf_init(&p->stamp, SERVER_TEXT_MAX);
	buf_init_secret(&p->response, 2 * OUTPUT_MAX);
	buf_init_secret(&p->prepared, OUTPUT_MAX);
	pop3_session_init(&p->session);
	for (size_t i = 0; i < n; i++) {
		p->steps[i].name = probe_step_name(&spec->program.steps[i]);
		p->steps[i].phase = verb_phase(p, spec->program.steps[i].verb);
	}
	p->result.steps = p->steps;
	p->result.step_count = n;
	p->result.reason = REASON_NONE;
	p->result.wall_seconds = spec->wall_seconds;
	buf_init(&p->result.server_text, SERVER_TEXT_MAX);
	buf_init(&p->result.greeting, SERVER_TEXT_MAX);
	buf_init(&p->result.raw, RAW_MAX);
	for (size_t i = 0; i < PHASE_COUNT; i++)
		p->result.phase_ns[i] = PROBE_NS_NONE;
	return p;
}

void probe_free(struct probe *p)
{
	if (p == NULL)
		return;
	login_fini(p);
	if (p->tls != NULL)
		p->spec.tls->channel_free(p->tls);
	pop3_session_fini(&p->session);
	buf_fini(&p->output);
	buf_fini(&p->held);
	buf_fini(&p->stamp);
	buf_fini(&p->response);
	buf_fini(&p->prepared);
	buf_fini(&p->result.server_text);
	buf_fini(&p->result.greeting);
	buf_fini(&p->result.raw);
	for (size_t i = 0; i < CAPA_STAGE_COUNT; i++)
		pop3_capa_free(p->result.capa[i]);
	tls_facts_fini(&p->result.tls);
	probe_trace_fini(&p->result.trace);
	free(p->steps);
	free(p);
}

const struct probe_result *probe_result(const struct probe *p)
{
	return &p->result;
}

const struct probe_step *probe_step_now(const struct probe *p)
{
	return &p->spec.program.steps[p->step];
}

enum probe_phase probe_phase_now(const struct probe *p)
{
	return p->steps[p->step].phase;
}

/* --- time ---------------------------------------------------------------------------------- */

static void add_phase_ns(struct probe *p, enum probe_phase phase, uint64_t ns)
{
	uint64_t *sum = &p->result.phase_ns[phase];

	*sum = *sum == PROBE_NS_NONE ? ns : *sum + ns;
}

/* Ends the step under way in the books. */
static void close_step(struct probe *p, enum step_state state)
{
	struct step_result *s = &p->steps[p->step];

	if (s->state != STEP_STATE_RUNNING)
		return;
	s->state = state;
	s->ns = p->now - p->step_begin;
	if (probe_step_now(p)->verb == STEP_DELAY)
		p->delayed_ns += s->ns;
	else if (probe_step_now(p)->verb != STEP_CONNECT)
		add_phase_ns(p, s->phase, s->ns);
	p->step_wake = PROBE_NS_NONE;
}

static void open_step(struct probe *p)
{
	struct step_result *s = &p->steps[p->step];

	p->step_begin = p->now;
	p->step_wake = PROBE_NS_NONE;
	p->step_done = false;
	p->step_raw = false;
	s->state = STEP_STATE_RUNNING;
	s->phase = verb_phase(p, probe_step_now(p)->verb);
	s->at_ns = p->now - p->result.start_ns;
}

/* The end of the work, as check_pop measures it: when QUIT goes out. */
static void note_time(struct probe *p)
{
	if (p->result.time_ns == 0)
		p->result.time_ns = p->now - p->result.start_ns - p->delayed_ns;
}

void probe_take_facts(struct probe *p)
{
	if (p->tls == NULL || p->result.has_tls)
		return;
	p->spec.tls->facts_take(p->tls, &p->result.tls);
	probe_redact_facts(p);
	p->result.has_tls = true;
}

static void finish(struct probe *p)
{
	if (p->life == LIFE_DONE)
		return;
	close_step(p, p->result.reason == REASON_NONE ? STEP_STATE_OK : STEP_STATE_FAILED);
	note_time(p);
	probe_take_facts(p);
	if (p->secured)
		p->spec.tls->close(p->tls);
	p->result.elapsed_ns = p->now - p->result.start_ns;
	login_fini(p);
	p->life = LIFE_DONE;
}

/* --- failure --------------------------------------------------------------------------------- */

static bool may_quit(const struct probe *p)
{
	/* In clear text nothing goes out before a +OK greeting: who knows what listens there. */
	return p->connected && (p->result.greeting_ok || p->secured);
}

static size_t quit_index(const struct probe *p)
{
	for (size_t i = p->step + 1; i < p->spec.program.count; i++)
		if (p->spec.program.steps[i].verb == STEP_QUIT)
			return i;
	return p->spec.program.count;
}

static void leave_connection(struct probe *p, enum leave leave)
{
	size_t quit = quit_index(p);

	close_step(p, STEP_STATE_FAILED);
	note_time(p);
	if (leave == LEAVE_NOW || quit == p->spec.program.count || !may_quit(p)) {
		finish(p);
		return;
	}
	p->step = quit;
	p->failing = true;
	open_step(p);
	if (step_begin(p) != STEP_WAIT)
		finish(p);
}

enum step_next probe_fail_line(struct probe *p, enum probe_reason reason, enum leave leave,
	struct slice line, const char *detail)
{
	if (p->failing || p->life == LIFE_DONE || p->result.reason != REASON_NONE)
		return STEP_STOP;
	p->result.reason = reason;
	p->result.phase = probe_phase_now(p);
	if (detail != NULL)
		snprintf(p->result.detail, sizeof(p->result.detail), "%s", detail);
	probe_keep_text(p, line, &p->result.server_text, SERVER_TEXT_MAX);
	leave_connection(p, leave);
	return STEP_STOP;
}

enum step_next probe_fail(
	struct probe *p, enum probe_reason reason, enum leave leave, const char *fmt, ...)
{
	char detail[sizeof(p->result.detail)];
	va_list ap;

	if (fmt == NULL)
		return probe_fail_line(p, reason, leave, (struct slice){NULL, 0}, NULL);
	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	return probe_fail_line(p, reason, leave, (struct slice){NULL, 0}, detail);
}

/* --- ports ----------------------------------------------------------------------------------- */

bool probe_send(struct probe *p, struct slice octets)
{
	if (!p->secured)
		return buf_add_slice(&p->output, octets);
	return p->spec.tls->write(p->tls, octets.p, octets.n) == TLS_OK;
}

struct slice probe_output(struct probe *p)
{
	if (p->output.n > 0)
		return buf_slice(&p->output);
	if (p->tls != NULL)
		return p->spec.tls->output(p->tls);
	return (struct slice){NULL, 0};
}

void probe_output_ack(struct probe *p, size_t n, uint64_t now_ns)
{
	p->now = now_ns;
	p->result.sent_octets += n;
	if (p->output.n > 0)
		buf_consume(&p->output, n);
	else if (p->tls != NULL)
		p->spec.tls->output_ack(p->tls, n);
}

enum probe_want probe_want(const struct probe *p)
{
	switch (p->life) {
	case LIFE_NEW:
	case LIFE_DIALING:
		return PROBE_WANT_DIAL;
	case LIFE_RUNNING:
		return PROBE_WANT_IO;
	case LIFE_DONE:
		break;
	}
	return PROBE_WANT_DONE;
}

uint64_t probe_wake_ns(const struct probe *p)
{
	return p->step_wake < p->deadline ? p->step_wake : p->deadline;
}

static bool at_quit(const struct probe *p)
{
	return probe_step_now(p)->verb == STEP_QUIT;
}

static void surplus(struct probe *p, struct slice rest);

/* Can what came during a delay be meant for this step? Not for a command that is yet to be sent. */
static bool may_wait_for(enum step_verb verb)
{
	return verb == STEP_GREETING || verb == STEP_EXPECT || verb == STEP_SEND ||
	       verb == STEP_DELAY || verb == STEP_QUIT;
}

/* Goes from step to step until one has to wait. */
static void run(struct probe *p)
{
	if (p->life == LIFE_RUNNING)
		login_continue(p);
	while (p->life == LIFE_RUNNING && p->step_done) {
		enum step_next next;

		close_step(p, STEP_STATE_OK);
		if (p->step + 1 >= p->spec.program.count || (p->failing && at_quit(p))) {
			finish(p);
			return;
		}
		p->step++;
		open_step(p);
		if (p->held.n > 0 && !may_wait_for(probe_step_now(p)->verb)) {
			surplus(p, buf_slice(&p->held));
			return;
		}
		next = step_begin(p);
		p->step_done = next == STEP_DONE;
		if (next == STEP_STOP && p->life == LIFE_RUNNING && !p->failing)
			finish(p);
	}
}

/* What a step said, once. */
static void settle(struct probe *p, enum step_next next)
{
	if (next == STEP_DONE)
		p->step_done = true;
	else if (next == STEP_STOP && p->life == LIFE_RUNNING && !p->failing)
		finish(p);
}

void probe_start(struct probe *p, uint64_t now_ns)
{
	p->now = p->result.start_ns = now_ns;
	p->deadline = p->spec.timeout_ns == 0 ? PROBE_NS_NONE - 1 : now_ns + p->spec.timeout_ns;
	p->life = LIFE_DIALING;
	probe_prepare_secret(p);
	open_step(p);
}

static void note_dial(struct probe *p, const struct probe_dialed *d)
{
	snprintf(p->result.address, sizeof(p->result.address), "%s",
		d->address != NULL ? d->address : "");
	p->result.family = d->family;
	p->result.addresses_tried = d->tried;
	p->result.phase_ns[PHASE_RESOLVE] = d->resolve_ns;
	p->result.phase_ns[PHASE_CONNECT] = d->connect_ns;
}

void probe_connected(struct probe *p, const struct probe_dialed *d, uint64_t now_ns)
{
	p->now = now_ns;
	if (p->life != LIFE_DIALING)
		return;
	note_dial(p, d);
	p->life = LIFE_RUNNING;
	p->connected = true;
	p->step_done = true;
	run(p);
}

void probe_dial_progress(struct probe *p, const struct probe_dialed *d)
{
	if (p->life != LIFE_DIALING)
		return;
	note_dial(p, d);
	p->steps[p->step].phase = d->connect_ns == PROBE_NS_NONE ? PHASE_RESOLVE : PHASE_CONNECT;
}

void probe_dial_failed(struct probe *p, const struct probe_dialed *d, enum probe_phase phase,
	enum probe_reason reason, const char *detail, uint64_t now_ns)
{
	p->now = now_ns;
	if (p->life != LIFE_DIALING)
		return;
	note_dial(p, d);
	p->steps[p->step].phase = phase;
	probe_fail(p, reason, LEAVE_NOW, "%s", detail != NULL ? detail : "");
}

void probe_cancel(struct probe *p, enum probe_reason reason, const char *detail, uint64_t now_ns)
{
	p->now = now_ns;
	if (p->life == LIFE_DONE)
		return;
	p->failing = false;
	probe_fail(p, reason, LEAVE_NOW, "%s", detail != NULL ? detail : "");
	finish(p);
}

static void timed_out(struct probe *p)
{
	if (p->life == LIFE_RUNNING && at_quit(p)) {
		p->result.quit_failed = true;
		finish(p);
		return;
	}
	if (p->life == LIFE_RUNNING && p->tls == NULL &&
		probe_looks_like_tls(pop3_reader_pending(&p->session.reader))) {
		probe_fail(p, REASON_PEER_SPEAKS_TLS, LEAVE_NOW, NULL);
		return;
	}
	/* A TLS server waits for us in silence where we wait for its greeting. */
	if (p->life == LIFE_RUNNING && p->spec.port == 995 && p->tls == NULL &&
		p->result.received_octets == 0)
		probe_fail(p, REASON_PEER_SPEAKS_TLS, LEAVE_NOW,
			"Socket timeout after %g seconds: silence on port 995, where TLS is due",
			(double)p->spec.timeout_ns / 1e9);
	else
		probe_fail(p, REASON_TIMEOUT, LEAVE_NOW, NULL);
}

static void take_text(struct probe *p, const unsigned char *octets, size_t n);

/* What came during STEP_DELAY is for the step behind it. */
static void replay(struct probe *p)
{
	struct buf held = p->held;

	if (held.n == 0 || p->life != LIFE_RUNNING || probe_step_now(p)->verb == STEP_DELAY)
		return;
	buf_init_secret(&p->held, RAW_MAX);
	take_text(p, held.p, held.n);
	buf_fini(&held);
	run(p);
}

void probe_tick(struct probe *p, uint64_t now_ns)
{
	p->now = now_ns;
	if (p->life == LIFE_DONE)
		return;
	if (now_ns >= p->deadline) {
		timed_out(p);
		return;
	}
	if (p->life != LIFE_RUNNING || now_ns < p->step_wake)
		return;
	p->step_wake = PROBE_NS_NONE;
	settle(p, step_timeout(p));
	run(p);
	replay(p);
}

/* Octets behind a complete reply answer nothing that was asked (no pipelining is under way). */
static void surplus(struct probe *p, struct slice rest)
{
	if (at_quit(p))
		return;
	if (probe_step_now(p)->verb == STEP_STLS) {
		p->result.stls_trailing_octets += rest.n;
		probe_fail_line(p, REASON_STLS_INJECTION, LEAVE_NOW, rest, NULL);
		return;
	}
	probe_fail_line(
		p, REASON_PROTOCOL_ERROR, LEAVE_NOW, rest, "octets behind a complete reply");
}

static void hold(struct probe *p, struct slice octets)
{
	if (!buf_add_slice(&p->held, octets))
		probe_fail(p, REASON_LINE_TOO_LONG, LEAVE_NOW,
			"more than %d octets came during the delay", RAW_MAX);
}

/* Clear text, or what came out of TLS, through the protocol engine. */
static void take_text(struct probe *p, const unsigned char *octets, size_t n)
{
	while (n > 0 && p->life == LIFE_RUNNING) {
		struct pop3_event ev;
		size_t used;

		if (p->step_raw) {
			if (!p->step_done)
				settle(p, step_raw_input(p, (struct slice){octets, n}));
			return;
		}
		if (probe_step_now(p)->verb == STEP_DELAY) {
			hold(p, (struct slice){octets, n});
			return;
		}
		if (p->step_done || p->due != LOGIN_NOTHING) {
			surplus(p, (struct slice){octets, n});
			return;
		}
		used = pop3_session_feed(&p->session, octets, n, &ev);
		octets += used;
		n -= used;
		if (ev.kind != POP3_EVENT_NONE)
			settle(p, step_event(p, &ev));
		else if (probe_step_now(p)->verb == STEP_GREETING && probe_step_now(p)->ns > 0)
			p->step_wake = p->now + probe_step_now(p)->ns;
	}
}

static void pump_tls(struct probe *p)
{
	unsigned char text[4096];
	enum tls_status status = TLS_OK;
	size_t got;

	if (!p->secured) {
		settle(p, secure_handshake(p));
		/* A greeting may come in one flight with the end of the handshake; behind STLS
		 * nothing may come before it was asked for. */
		if (p->secured && p->session.state == POP3_STATE_GREETING)
			run(p);
	}
	while (p->life == LIFE_RUNNING && p->secured && status == TLS_OK) {
		status = p->spec.tls->read(p->tls, text, sizeof(text), &got);
		p->result.text_octets += got;
		if (got > 0)
			take_text(p, text, got);
	}
	secret_wipe(text, sizeof(text));
	if (p->life != LIFE_RUNNING || !p->secured)
		return;
	if (status == TLS_CLOSED || (status != TLS_OK && status != TLS_WANT_INPUT && at_quit(p)))
		settle(p, step_eof(p));
	else if (status != TLS_OK && status != TLS_WANT_INPUT)
		probe_fail(
			p, REASON_PROTOCOL_ERROR, LEAVE_NOW, "TLS: %s", p->spec.tls->error(p->tls));
}

static void take_ciphertext(struct probe *p, const unsigned char *octets, size_t n)
{
	while (n > 0 && p->life == LIFE_RUNNING) {
		size_t take = n < TLS_FEED_MAX ? n : TLS_FEED_MAX;

		if (!p->secured && (p->handshake_octets += take) > HANDSHAKE_MAX) {
			probe_fail(p, REASON_TLS_HANDSHAKE, LEAVE_NOW,
				"more than %d octets and no end of the handshake", HANDSHAKE_MAX);
			return;
		}
		for (size_t i = 0; !p->secured && i < take && p->peek_count < sizeof(p->peek); i++)
			p->peek[p->peek_count++] = octets[i];
		if (!p->spec.tls->feed(p->tls, octets, take)) {
			probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "out of memory");
			return;
		}
		octets += take;
		n -= take;
		pump_tls(p);
	}
}

void probe_input(struct probe *p, const void *octets, size_t n, uint64_t now_ns)
{
	probe_input_part(p, octets, n, now_ns);
	run(p);
}

void probe_input_part(struct probe *p, const void *octets, size_t n, uint64_t now_ns)
{
	p->now = now_ns;
	if (p->life != LIFE_RUNNING)
		return;
	p->result.received_octets += n;
	if (p->tls != NULL)
		take_ciphertext(p, octets, n);
	else {
		p->result.text_octets += n;
		take_text(p, octets, n);
	}
}

static void eof_under_tls(struct probe *p)
{
	p->spec.tls->feed_end(p->tls);
	if (!p->secured)
		settle(p, secure_handshake(p));
	if (p->life == LIFE_RUNNING)
		settle(p, step_eof(p));
}

void probe_eof(struct probe *p, uint64_t now_ns)
{
	p->now = now_ns;
	run(p);
	if (p->life != LIFE_RUNNING)
		return;
	if (p->tls != NULL)
		eof_under_tls(p);
	else
		settle(p, step_eof(p));
	run(p);
}

void probe_broken(struct probe *p, bool reset, const char *words, uint64_t now_ns)
{
	p->now = now_ns;
	if (p->life != LIFE_RUNNING)
		return;
	if (at_quit(p)) {
		p->result.quit_failed = true;
		finish(p);
		return;
	}
	probe_fail(p, reset ? REASON_RESET : REASON_UNREACHABLE, LEAVE_NOW, "%s", words);
}
