/* STEP_TLS: the handshake over what STLS or the connection gives, and what its outcome means. */
#include "probe/internal.h"

#include <stdio.h>

enum step_next secure_begin(struct probe *p)
{
	if (p->spec.tls == NULL || p->spec.tls_config == NULL)
		return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "TLS is not available");
	p->tls = p->spec.tls->channel_new(
		p->spec.tls_config, p->spec.server_name, p->spec.send_sni, p->spec.wall_seconds);
	if (p->tls == NULL)
		return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "out of memory");
	return secure_handshake(p);
}

static enum step_next handshake_done(struct probe *p)
{
	char note[128];

	p->secured = true;
	probe_take_facts(p);
	if (p->session.state != POP3_STATE_GREETING)
		pop3_session_secured(&p->session);
	snprintf(note, sizeof(note), "%s, %s", p->result.tls.version, p->result.tls.cipher);
	probe_trace_note(p, note);
	return STEP_DONE;
}

static bool is_text(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' || c == '\t';
}

static struct slice first_line(struct slice s)
{
	struct slice line = slice_cut(&s, '\n');

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Clear text where the first TLS record was due: after STLS it was put there to be taken for
 * the secured server's words (CVE-2011-0411 and its kin). */
static enum step_next peer_not_tls(struct probe *p)
{
	struct slice seen = {p->peek, 0};
	bool after_stls = p->session.state != POP3_STATE_GREETING;

	while (seen.n < p->peek_count && is_text(p->peek[seen.n]))
		seen.n++;
	probe_trace_server(p, seen);
	if (seen.n == 0)
		return probe_fail(p, REASON_TLS_HANDSHAKE, LEAVE_NOW,
			"what the server sent is no TLS record");
	if (!after_stls)
		return probe_fail_line(
			p, REASON_PEER_SPEAKS_PLAINTEXT, LEAVE_NOW, first_line(seen), NULL);
	p->result.stls_trailing_octets += seen.n;
	p->steps[p->step].phase = PHASE_STLS;
	return probe_fail_line(p, REASON_STLS_INJECTION, LEAVE_NOW, seen, NULL);
}

static enum step_next handshake_failed(struct probe *p, enum tls_status status)
{
	unsigned char first;

	if (p->spec.tls->peer_not_tls(p->tls, &first))
		return peer_not_tls(p);
	probe_take_facts(p);
	return probe_fail(p, status == TLS_VERSION ? REASON_TLS_VERSION : REASON_TLS_HANDSHAKE,
		LEAVE_NOW, "%s", p->spec.tls->error(p->tls));
}

enum step_next secure_handshake(struct probe *p)
{
	enum tls_status status = p->spec.tls->handshake(p->tls);

	switch (status) {
	case TLS_OK:
		return handshake_done(p);
	case TLS_WANT_INPUT:
		return STEP_WAIT;
	case TLS_CERTIFICATE:
		probe_take_facts(p);
		return probe_fail(p, probe_defect_reason(tls_facts_worst(&p->result.tls)),
			LEAVE_NOW, "%s",
			p->result.tls.verify_detail != NULL ? p->result.tls.verify_detail : "");
	case TLS_CLOSED:
		return probe_fail(p, REASON_CLOSED, LEAVE_NOW,
			"server closed the connection during the TLS handshake");
	case TLS_VERSION:
	case TLS_HANDSHAKE:
	case TLS_FAILED:
		return handshake_failed(p, status);
	case TLS_NO_MEMORY:
		break;
	}
	return probe_fail(p, REASON_INTERNAL, LEAVE_NOW, "out of memory");
}
