/* The option or act that would help. */
#include "report/explain.h"

#include "report/words.h"

/* Good whatever the circumstances; the functions below know better where they have something. */
static const char *const hints[REASON_COUNT] = {
	[REASON_IN_USE] = "give the check a mailbox of its own, or --wait SECONDS",
	[REASON_LOGIN_DELAY] = "check less often than the server's LOGIN-DELAY",
	[REASON_SYS_TEMP] = "it may pass: --wait SECONDS",
	[REASON_DNS_FAILED] = "check this host's resolver",
	[REASON_REFUSED] = "nothing listens on this port",
	[REASON_UNREACHABLE] = "check routes and firewalls; -4 or -6 picks one address family",
	[REASON_TLS_VERSION] = "--tls-min 1.0 permits versions below 1.2",
	[REASON_PEER_SPEAKS_PLAINTEXT] = "use --stls, or port 995",
	[REASON_PEER_SPEAKS_TLS] = "use -S",
	[REASON_CERT_EXPIRED] = "renew the certificate",
	[REASON_CERT_NOT_YET_VALID] = "check this host's clock",
	[REASON_CERT_SELF_SIGNED] = "--tls-ca FILE trusts it, --tls-pin pins its key",
	[REASON_CERT_UNTRUSTED] = "--tls-ca FILE names the CA to trust",
	[REASON_CERT_CHAIN_INCOMPLETE] = "the server must send its intermediate certificates",
	[REASON_CERT_WEAK] = "replace the certificate",
	[REASON_CERT_REVOKED] = "replace the certificate",
	[REASON_PIN_MISMATCH] = "if the key was changed on purpose, give --tls-pin the new one",
	[REASON_AUTH_REJECTED] = "check user and password",
	[REASON_TOKEN_REJECTED] = "renew the token",
	[REASON_PROTOCOL_ERROR] = "-vv shows the dialogue",
	[REASON_LINE_TOO_LONG] = "-vv shows the dialogue",
	[REASON_REPLY_TOO_LONG] = "-vv shows the dialogue",
	[REASON_INCONSISTENT] = "-vv shows the dialogue",
	[REASON_STLS_UNAVAILABLE] = "use -S if the server has a port for TLS (995)",
	[REASON_STLS_REFUSED] =
		"nothing was sent in clear text instead; use -S if there is a TLS port",
	[REASON_STLS_INJECTION] = "this may be an attack on the connection: do not log in over it",
	[REASON_PLAINTEXT_REFUSED] = "use --stls or -S, or --allow-plaintext",
	[REASON_MECHANISM_UNAVAILABLE] = "--auth auto takes the strongest one offered",
	[REASON_TOO_MANY_PROBES] = "raise --probes.max, or probe less often",
};

static void timeout_hint(struct buf *out, const struct explain_case *c)
{
	if (c->phase == PHASE_RESOLVE)
		buf_add_str(out, "check this host's resolver");
	else if (c->phase == PHASE_CONNECT)
		buf_add_str(out, "the host is down, or a firewall drops the packets");
	else if (c->phase == PHASE_GREETING && !c->r->has_tls && c->r->received_octets == 0)
		buf_add_str(out, "the server hangs, or waits for TLS (-S)");
}

/* True when the circumstances decided, be it that there is nothing to say. */
static bool special(struct buf *out, const struct explain_case *c)
{
	bool greeting_detail = c->dialogue && c->phase == PHASE_GREETING && c->r->detail[0];

	if (c->reason == REASON_TIMEOUT)
		timeout_hint(out, c);
	else if (c->reason == REASON_PROTOCOL_ERROR && greeting_detail)
		words_safe_str(out, c->r->detail, WORDS_SERVER_MAX);
	else if ((c->reason == REASON_AUTH_REJECTED || c->reason == REASON_REJECTED) &&
		 c->phase == PHASE_AUTH && explain_login_needs_stls(c))
		buf_add_str(out, "no clear-text login here until STLS: use --stls or -S");
	else if (c->reason == REASON_MECHANISM_UNAVAILABLE && explain_login_needs_stls(c))
		buf_add_str(out, "use --stls or -S");
	else
		return c->reason == REASON_REFUSED && words_host(c->ctx)[0] == '/';
	return true;
}

bool explain_hint(struct buf *out, const struct explain_case *c)
{
	if (!special(out, c) && hints[c->reason])
		buf_add_str(out, hints[c->reason]);
	return !out->failed;
}
