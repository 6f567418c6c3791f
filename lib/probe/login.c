/* STEP_LOGIN: which mechanism, whether it may be used here, and its exchange. One attempt, ever. */
#include "base/base64.h"
#include "pop3/limits.h"
#include "probe/internal.h"

#include <stdio.h>
#include <string.h>

/* Room for a whole exchange line before base64. */
enum { RESPONSE_MAX = POP3_SASL_LINE_MAX / 4 * 3 };

void login_fini(struct probe *p)
{
	sasl_free(p->sasl);
	p->sasl = NULL;
}

static const struct auth_mech_info *mech_info(const struct probe *p)
{
	return auth_mech_info(p->result.mech);
}

/* --- choice ---------------------------------------------------------------------------------- */

static bool usable(const struct probe *p, enum auth_mech mech)
{
	const struct auth_mech_info *info = auth_mech_info(mech);

	return (p->spec.login->creds.authzid == NULL || info->carries_authzid) &&
	       (!auth_needs_crypto(mech, &p->spec.login->creds) || p->spec.tls != NULL);
}

/* Does the server offer it, as far as can be known? without_capa: what to say when it has no CAPA.
 */
static bool offered(const struct probe *p, enum auth_mech mech, bool without_capa)
{
	const struct pop3_capa *capa = probe_result_capa(&p->result);

	if (mech == AUTH_APOP)
		return p->result.has_apop_stamp;
	if (capa == NULL)
		return mech == AUTH_USER || without_capa;
	if (mech == AUTH_USER)
		return pop3_capa_find(capa, SLICE_LIT("USER"), NULL);
	return (pop3_capa_sasl(capa) & (1u << mech)) != 0;
}

static bool choose(struct probe *p)
{
	if (!p->spec.login->automatic) {
		p->result.mech = p->spec.login->mech;
		return offered(p, p->result.mech, true);
	}
	for (enum auth_mech m = 0; m < AUTH_MECH_COUNT; m++) {
		if (auth_mech_info(m)->in_auto && usable(p, m) && offered(p, m, false)) {
			p->result.mech = m;
			return true;
		}
	}
	return false;
}

static enum step_next not_offered(struct probe *p)
{
	const struct pop3_capa *capa = probe_result_capa(&p->result);
	bool before_stls =
		!p->secured && capa != NULL && pop3_capa_find(capa, SLICE_LIT("STLS"), NULL);
	char name[64];

	if (p->spec.login->automatic)
		snprintf(name, sizeof(name), "no usable mechanism is offered");
	else
		snprintf(name, sizeof(name), "%s is not offered", mech_info(p)->name);
	if (!p->spec.login->automatic && p->result.mech == AUTH_APOP)
		return probe_fail(p, REASON_MECHANISM_UNAVAILABLE, LEAVE_QUIT,
			"APOP is not offered: the greeting carries no valid timestamp");
	return probe_fail(p, REASON_MECHANISM_UNAVAILABLE, LEAVE_QUIT, "%s%s", name,
		before_stls ? " here: no clear-text login here until STLS" : "");
}

static bool refused_in_clear(const struct probe *p, enum auth_mech mech)
{
	return auth_mech_info(mech)->reusable_secret && !p->secured &&
	       !p->spec.login->allow_plaintext;
}

/* --- sending --------------------------------------------------------------------------------- */

static enum step_next bad_exchange(struct probe *p, enum sasl_status status)
{
	static const struct slice cancel = {(const unsigned char *)"*", 1};
	struct buf line;
	char detail[192];

	snprintf(detail, sizeof(detail), "%s: %s", mech_info(p)->name, sasl_problem(p->sasl));
	if (status == SASL_BAD_CREDENTIALS || status == SASL_NO_CRYPTO ||
		status == SASL_NO_MEMORY) {
		if (p->stage == LOGIN_USER)
			return probe_fail(p, REASON_INTERNAL, LEAVE_QUIT, "%s", detail);
		return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "%s", detail);
	}
	/* RFC 5034 section 4: "*" cancels. It is the last thing said. */
	buf_init(&line, 8);
	if (pop3_session_respond(&p->session, cancel, &line) == POP3_ERROR_NONE &&
		probe_send(p, buf_slice(&line)))
		probe_trace_client(p, cancel);
	buf_fini(&line);
	return probe_fail(p, REASON_PROTOCOL_ERROR, LEAVE_NOW, "%s", detail);
}

static enum step_next out_of_memory(struct probe *p)
{
	return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "out of memory");
}

static enum step_next begin_apop(struct probe *p)
{
	struct buf argument;
	char digest[33], shown[POP3_COMMAND_MAX];
	enum step_next next;

	if (p->stamp.n == 0 || p->spec.tls == NULL ||
		!apop_digest(&p->spec.tls->crypto, buf_slice(&p->stamp),
			p->spec.login->creds.secret, digest))
		return probe_fail(p, REASON_INTERNAL, LEAVE_QUIT, "APOP: MD5 is not available");
	buf_init_secret(&argument, 4096);
	buf_addf(&argument, "%s %s", p->spec.login->creds.user, digest);
	snprintf(shown, sizeof(shown), "APOP %s ***", p->spec.login->creds.user);
	p->stage = LOGIN_EXCHANGE;
	next = argument.failed ? out_of_memory(p)
			       : probe_command(p, POP3_APOP, buf_slice(&argument), shown);
	secret_wipe(digest, sizeof(digest));
	buf_fini(&argument);
	return next;
}

/* AUTH with the initial response, where one exists and the line holds it (RFC 5034 section 4). */
static bool add_initial(struct probe *p, struct buf *argument, enum sasl_status *status)
{
	size_t bare = argument->n;
	struct buf response;

	*status = SASL_OK;
	if (!mech_info(p)->client_first || p->spec.login->two_line)
		return false;
	buf_init_secret(&response, RESPONSE_MAX);
	*status = sasl_initial(p->sasl, &response);
	if (*status == SASL_OK) {
		buf_add_char(argument, ' ');
		if (response.n == 0)
			buf_add_char(argument, '=');
		else
			base64_encode(argument, buf_slice(&response));
	}
	buf_fini(&response);
	if (*status == SASL_OK && !argument->failed &&
		strlen("AUTH ") + argument->n + 2 <= POP3_COMMAND_MAX)
		return true;
	buf_truncate(argument, bare);
	argument->failed = false;
	return false;
}

static struct sasl *new_exchange(const struct probe *p)
{
	return sasl_new(p->result.mech, &p->spec.login->creds,
		p->spec.tls != NULL ? &p->spec.tls->crypto : NULL);
}

static enum step_next begin_sasl(struct probe *p)
{
	struct buf argument;
	enum sasl_status status;
	enum step_next next;
	char shown[64];
	bool initial;

	if (p->spec.tls == NULL && auth_needs_crypto(p->result.mech, &p->spec.login->creds))
		return probe_fail(p, REASON_INTERNAL, LEAVE_QUIT, "no digests for the mechanism");
	p->sasl = new_exchange(p);
	if (p->sasl == NULL)
		return probe_fail(p, REASON_INTERNAL, LEAVE_QUIT, "out of memory");
	buf_init_secret(&argument, POP3_SASL_LINE_MAX);
	buf_add_str(&argument, mech_info(p)->name);
	if (argument.failed) {
		buf_fini(&argument);
		return out_of_memory(p);
	}
	initial = add_initial(p, &argument, &status);
	if (status != SASL_OK) {
		buf_fini(&argument);
		return bad_exchange(p, status);
	}
	if (!initial) {
		/* The initial response goes out as the answer to an empty challenge: a fresh
		 * exchange, for it must not believe that it was sent. */
		sasl_free(p->sasl);
		p->sasl = new_exchange(p);
	}
	p->stage = initial ? LOGIN_EXCHANGE : LOGIN_AUTH;
	snprintf(shown, sizeof(shown), "AUTH %s%s", mech_info(p)->name, initial ? " ***" : "");
	next = p->sasl == NULL ? probe_fail(p, REASON_INTERNAL, LEAVE_QUIT, "out of memory")
			       : probe_command(p, POP3_AUTH, buf_slice(&argument), shown);
	buf_fini(&argument);
	return next;
}

enum step_next login_begin(struct probe *p)
{
	const struct probe_login *login = p->spec.login;

	if (login == NULL)
		return probe_fail(p, REASON_INTERNAL, LEAVE_QUIT, "no credentials");
	p->stage = LOGIN_USER;
	if (!login->automatic && refused_in_clear(p, login->mech)) {
		p->result.mech = login->mech;
		return probe_fail(p, REASON_PLAINTEXT_REFUSED, LEAVE_QUIT, NULL);
	}
	if (!choose(p))
		return not_offered(p);
	if (refused_in_clear(p, p->result.mech))
		return probe_fail(p, REASON_PLAINTEXT_REFUSED, LEAVE_QUIT, NULL);
	p->result.login_tried = true;
	if (p->result.mech == AUTH_USER)
		return probe_command(p, POP3_USER, slice_str(login->creds.user), NULL);
	if (p->result.mech == AUTH_APOP)
		return begin_apop(p);
	return begin_sasl(p);
}

/* --- replies --------------------------------------------------------------------------------- */

/* Keeps the line until login_continue. */
static enum step_next respond(struct probe *p, struct slice response)
{
	buf_clear(&p->response);
	if (!base64_encode(&p->response, response))
		return probe_fail(
			p, REASON_INTERNAL, LEAVE_NOW, "the response is too long to be sent");
	p->due = LOGIN_RESPONSE;
	return STEP_WAIT;
}

static void send_response(struct probe *p)
{
	struct buf wire;
	bool sent;

	buf_init_secret(&wire, POP3_SASL_LINE_MAX + 64);
	sent = pop3_session_respond(&p->session, buf_slice(&p->response), &wire) ==
		       POP3_ERROR_NONE &&
	       probe_send(p, buf_slice(&wire));
	buf_fini(&wire);
	p->stage = LOGIN_EXCHANGE;
	if (sent)
		probe_trace_client(
			p, p->response.n == 0 ? (struct slice){NULL, 0} : SLICE_LIT("***"));
	else
		probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "the response is too long to be sent");
	buf_clear(&p->response);
}

void login_continue(struct probe *p)
{
	enum login_next due = p->due;

	p->due = LOGIN_NOTHING;
	if (due == LOGIN_RESPONSE) {
		send_response(p);
	} else if (due == LOGIN_PASS) {
		p->stage = LOGIN_EXCHANGE;
		probe_command(p, POP3_PASS, secret_slice(p->spec.login->creds.secret), "PASS ***");
	}
}

static enum step_next challenge(struct probe *p, const struct pop3_event *ev)
{
	struct buf decoded, response;
	enum sasl_status status = SASL_BAD_CHALLENGE;
	enum step_next next;

	buf_init_secret(&decoded, POP3_SASL_LINE_MAX);
	buf_init_secret(&response, RESPONSE_MAX);
	if (!base64_decode(&decoded, ev->text) && decoded.failed) {
		next = out_of_memory(p);
	} else if (decoded.n == 0 && ev->text.n > 0) {
		next = probe_fail_line(p, REASON_PROTOCOL_ERROR, LEAVE_NOW, ev->line,
			"the challenge is not base64");
	} else {
		status = sasl_step(p->sasl, buf_slice(&decoded), &response);
		if (status == SASL_OK || status == SASL_TOKEN_ERROR || status == SASL_REJECTED)
			next = respond(p, buf_slice(&response));
		else
			next = bad_exchange(p, status);
	}
	buf_fini(&decoded);
	buf_fini(&response);
	return next;
}

static enum step_next rejected(struct probe *p, const struct pop3_event *ev)
{
	enum probe_reason otherwise =
		mech_info(p)->token ? REASON_TOKEN_REJECTED : REASON_AUTH_REJECTED;
	enum probe_reason reason = probe_code_reason(ev->code, otherwise);

	if (reason == REASON_AUTH_REJECTED)
		reason = otherwise;
	/* Nothing of the credentials was seen yet: it is the mechanism that is refused. */
	if (p->stage == LOGIN_AUTH && reason == otherwise)
		return probe_fail_line(p, REASON_MECHANISM_UNAVAILABLE, LEAVE_QUIT, ev->line, NULL);
	/* USER refused: the password was never looked at, which proves nothing of a wrong one. */
	if (p->spec.login->expect_reject && p->stage == LOGIN_USER && reason == otherwise)
		return probe_fail_line(p, REASON_MECHANISM_UNAVAILABLE, LEAVE_QUIT, ev->line,
			"USER was refused before the password");
	if (!p->spec.login->expect_reject || reason != otherwise)
		return probe_fail_line(p, reason, LEAVE_QUIT, ev->line, NULL);
	probe_keep_text(p, ev->line, &p->result.server_text, SERVER_TEXT_MAX);
	return STEP_DONE;
}

static enum step_next accepted(struct probe *p, const struct pop3_event *ev)
{
	if (p->result.mech == AUTH_USER && p->stage == LOGIN_USER) {
		p->due = LOGIN_PASS;
		return STEP_WAIT;
	}
	if (p->sasl != NULL && sasl_finish(p->sasl) != SASL_OK)
		return probe_fail_line(
			p, REASON_PROTOCOL_ERROR, LEAVE_NOW, ev->line, sasl_problem(p->sasl));
	p->result.login_accepted = true;
	if (p->spec.login->expect_reject)
		return probe_fail_line(p, REASON_AUTH_ACCEPTED, LEAVE_QUIT, ev->line, NULL);
	return STEP_DONE;
}

enum step_next login_event(struct probe *p, const struct pop3_event *ev)
{
	switch (ev->kind) {
	case POP3_EVENT_CONTINUATION:
		return challenge(p, ev);
	case POP3_EVENT_STATUS:
		return ev->ok ? accepted(p, ev) : rejected(p, ev);
	case POP3_EVENT_ERROR:
	case POP3_EVENT_NONE:
	case POP3_EVENT_LINE:
	case POP3_EVENT_END:
		break;
	}
	return probe_fail_event(p, ev);
}
