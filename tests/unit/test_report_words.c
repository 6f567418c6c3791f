#include "test_report.h"

#include <stdlib.h>
#include <string.h>

/* What a failure says. NULL: not looked at. */
static const struct {
	enum probe_phase phase;
	enum probe_reason reason;
	const char *detail, *server, *message, *hint;
} rows[] = {
	{PHASE_AUTH, REASON_IN_USE, "", "-ERR [IN-USE] busy",
		"maildrop is locked by another session (PLAIN): -ERR [IN-USE] busy",
		"give the check a mailbox of its own, or --wait SECONDS"},
	{PHASE_AUTH, REASON_LOGIN_DELAY, "", "-ERR [LOGIN-DELAY] wait",
		"server wants more time between logins (PLAIN): -ERR [LOGIN-DELAY] wait",
		"check less often than the server's LOGIN-DELAY"},
	{PHASE_GREETING, REASON_SYS_TEMP, "", "-ERR [SYS/TEMP] maintenance\r\n",
		"Unexpected response from host/socket: -ERR [SYS/TEMP] maintenance",
		"it may pass: --wait SECONDS"},
	{PHASE_STAT, REASON_SYS_PERM, "", "-ERR [SYS/PERM] gone",
		"server has a permanent problem with the maildrop: -ERR [SYS/PERM] gone", NULL},
	{PHASE_RESOLVE, REASON_DNS_NOT_FOUND, "", NULL,
		"Invalid hostname, address or socket: mail.example.org (the name does not exist)",
		NULL},
	{PHASE_RESOLVE, REASON_DNS_FAILED, "", NULL,
		"Invalid hostname, address or socket: mail.example.org (the resolver did not "
		"answer)",
		"check this host's resolver"},
	{PHASE_RESOLVE, REASON_DNS_FAILED, "server failure", NULL,
		"Invalid hostname, address or socket: mail.example.org (server failure)", NULL},
	{PHASE_CONNECT, REASON_REFUSED, "", NULL,
		"connect to address mail.example.org and port 110: Connection refused",
		"nothing listens on this port"},
	{PHASE_CONNECT, REASON_UNREACHABLE, "Network is unreachable", NULL,
		"connect to address mail.example.org and port 110: Network is unreachable", NULL},
	{PHASE_RESOLVE, REASON_TIMEOUT, "", NULL,
		"Socket timeout after 10 seconds resolving the name, after quit",
		"check this host's resolver"},
	{PHASE_CONNECT, REASON_TIMEOUT, "", NULL,
		"Socket timeout after 10 seconds connecting to 192.0.2.1", NULL},
	{PHASE_GREETING, REASON_TIMEOUT, "", NULL,
		"Socket timeout after 10 seconds waiting for the greeting, after connect", NULL},
	{PHASE_CAPA, REASON_TIMEOUT, "", NULL,
		"Socket timeout after 10 seconds waiting for the capability list, after greeting",
		NULL},
	{PHASE_AUTH, REASON_TIMEOUT, "", NULL,
		"Socket timeout after 10 seconds waiting for the reply to the login (PLAIN), "
		"after capa",
		NULL},
	{PHASE_AUTH, REASON_CLOSED, "", NULL,
		"server closed the connection during the login (PLAIN)", NULL},
	{PHASE_STLS, REASON_RESET, "", NULL, "server reset the connection during STLS", NULL},
	{PHASE_TLS, REASON_TLS_HANDSHAKE, "bad certificate alert", NULL,
		"TLS handshake failed: bad certificate alert", NULL},
	{PHASE_TLS, REASON_TLS_VERSION, "tlsv1 alert protocol version", NULL,
		"no common TLS version: tlsv1 alert protocol version",
		"--tls-min 1.0 permits versions below 1.2"},
	{PHASE_TLS, REASON_PEER_SPEAKS_PLAINTEXT, "", "+OK hello",
		"server speaks clear text here: +OK hello", "use --stls, or port 995"},
	{PHASE_GREETING, REASON_PEER_SPEAKS_TLS, "", NULL, "server expects TLS here", "use -S"},
	{PHASE_TLS, REASON_CERT_EXPIRED, "", NULL,
		"a certificate on the path, not served, has expired", "renew the certificate"},
	{PHASE_TLS, REASON_CERT_NOT_YET_VALID, "", NULL,
		"a certificate on the path, not served, is not yet valid",
		"check this host's clock"},
	{PHASE_TLS, REASON_CERT_SELF_SIGNED, "", NULL,
		"Certificate 'mail.example.org' is self-signed and not trusted",
		"--tls-ca FILE trusts it, --tls-pin pins its key"},
	{PHASE_TLS, REASON_CERT_UNTRUSTED, "", NULL,
		"Certificate 'mail.example.org' of the issuer 'CN=Sub CA' is not trusted",
		"--tls-ca FILE names the CA to trust"},
	{PHASE_TLS, REASON_CERT_CHAIN_INCOMPLETE, "", NULL,
		"Certificate 'mail.example.org': the chain is incomplete, the issuer 'CN=Root' was "
		"not sent",
		"the server must send its intermediate certificates"},
	{PHASE_TLS, REASON_CERT_NAME_MISMATCH, "", NULL,
		"certificate is for mail.example.org; try --sni mail.example.org", ""},
	{PHASE_TLS, REASON_CERT_WEAK, "", NULL,
		"Certificate 'mail.example.org' has a weak key or digest, or its issuers have",
		NULL},
	{PHASE_TLS, REASON_CERT_REVOKED, "", NULL,
		"Certificate 'mail.example.org' is revoked, or one of its issuers is", NULL},
	{PHASE_TLS, REASON_PIN_MISMATCH, "", NULL,
		"Certificate 'mail.example.org' does not match the pin: its key is "
		"sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=, its fingerprint "
		"abababababababababababababababababababababababababababababababab",
		NULL},
	{PHASE_GREETING, REASON_REJECTED, "", "-ERR too many connections",
		"Unexpected response from host/socket: -ERR too many connections", ""},
	{PHASE_AUTH, REASON_AUTH_REJECTED, "", "-ERR [AUTH] no",
		"login rejected (PLAIN): -ERR [AUTH] no", "check user and password"},
	{PHASE_AUTH, REASON_TOKEN_REJECTED, "invalid_token", "-ERR no",
		"token rejected (PLAIN): invalid_token: -ERR no", "renew the token"},
	{PHASE_AUTH, REASON_AUTH_ACCEPTED, "", "+OK welcome",
		"login accepted, but must be refused (PLAIN): +OK welcome", ""},
	{PHASE_GREETING, REASON_PROTOCOL_ERROR, "neither +OK nor -ERR", "SSH-2.0-x",
		"Unexpected response from host/socket: SSH-2.0-x", "neither +OK nor -ERR"},
	{PHASE_STAT, REASON_PROTOCOL_ERROR, "Protocol error: number too large", "+OK x",
		"Protocol error: number too large: +OK x", "-vv shows the dialogue"},
	{PHASE_CAPA, REASON_LINE_TOO_LONG, "more than 8192 octets", NULL,
		"line too long: more than 8192 octets", NULL},
	{PHASE_CAPA, REASON_REPLY_TOO_LONG, "", NULL, "reply too long", NULL},
	{PHASE_STLS, REASON_STLS_UNAVAILABLE, "", NULL,
		"server does not offer STLS; offered: STLS, USER, TOP", NULL},
	{PHASE_STLS, REASON_STLS_REFUSED, "", "-ERR not now", "server refused STLS: -ERR not now",
		NULL},
	{PHASE_STLS, REASON_STLS_INJECTION, "", NULL,
		"14 octets in clear text behind the reply to STLS",
		"this may be an attack on the connection: do not log in over it"},
	{PHASE_AUTH, REASON_MECHANISM_UNAVAILABLE, "", NULL,
		"mechanism not offered (PLAIN); SASL offers PLAIN LOGIN",
		"--auth auto takes the strongest one offered"},
	{PHASE_AUTH, REASON_MECHANISM_UNAVAILABLE, "APOP is not offered: no timestamp", NULL,
		"APOP is not offered: no timestamp; SASL offers PLAIN LOGIN", NULL},
	{PHASE_TLS, REASON_CLOSED, "server closed the connection during the TLS handshake", NULL,
		"server closed the connection during the TLS handshake", NULL},
	{PHASE_SCRIPT, REASON_EXPECT_MISMATCH, "", "what?",
		"Unexpected response from host/socket: what?", ""},
	{PHASE_SCRIPT, REASON_STEP_REJECTED, "", "-ERR no", "command rejected: -ERR no", ""},
	{PHASE_STAT, REASON_INCONSISTENT, "STAT and LIST differ", NULL,
		"replies contradict each other: STAT and LIST differ", NULL},
	{PHASE_PROXY, REASON_PROXY_FAILED, "", NULL, "proxy failed", ""},
	{PHASE_TLS, REASON_TLSA_MISMATCH, "", NULL, "certificate does not match TLSA", ""},
	{PHASE_RESOLVE, REASON_SRV_NOT_OFFERED, "", NULL, "service is not offered", ""},
	{PHASE_SCRIPT, REASON_SUBMIT_FAILED, "", NULL, "message could not be submitted", ""},
	{PHASE_SCRIPT, REASON_NOT_DELIVERED, "", NULL, "message was not delivered", ""},
	{PHASE_AUTH, REASON_PLAINTEXT_REFUSED, "", NULL,
		"login over clear text is not allowed (PLAIN)",
		"use --stls or -S, or --allow-plaintext"},
	{PHASE_CONNECT, REASON_TARGET_NOT_ALLOWED, "", NULL, "target is not allowed", ""},
	{PHASE_CONNECT, REASON_TOO_MANY_PROBES, "", NULL, "too many probes in flight",
		"raise --probes.max, or probe less often"},
	{PHASE_STAT, REASON_CANCELLED, "", NULL, "cancelled", ""},
	{PHASE_STAT, REASON_INTERNAL, "out of luck", NULL, "out of luck", ""},
};

START_TEST(reason_words)
{
	struct sample s;
	const struct report_problem *p = &s.v.problems[0];
	size_t tail = rows[_i].server ? strlen(rows[_i].server) + 2 : 0;

	sample_init(&s);
	s.r.stls_trailing_octets = 14;
	sample_fail(&s, rows[_i].phase, rows[_i].reason, rows[_i].detail, rows[_i].server);
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 1);
	ck_assert_int_eq(s.v.state, probe_reason_severity(rows[_i].reason));
	ck_assert_str_eq(p->message, rows[_i].message);
	if (rows[_i].hint && rows[_i].hint[0])
		ck_assert_str_eq(p->hint, rows[_i].hint);
	if (rows[_i].hint && !rows[_i].hint[0])
		ck_assert_ptr_null(p->hint);
	if (tail > 0 && rows[_i].server[tail - 3] == '\n')
		tail -= 2;
	ck_assert_uint_eq(p->head, strlen(p->message) - tail);
	sample_fini(&s);
}
END_TEST

/* Every reason in every phase, with nothing known: no crash, one line, a message. */
START_TEST(reasons_with_nothing_known)
{
	struct sample s;

	sample_init(&s);
	sample_empty(&s);
	s.ctx = (struct report_context){.host = NULL};
	s.r.steps = NULL;
	s.r.step_count = 0;
	for (int phase = 0; phase < PHASE_COUNT; phase++) {
		sample_fail(&s, (enum probe_phase)phase, (enum probe_reason)_i, "", NULL);
		sample_judge(&s);
		ck_assert_uint_eq(s.v.problem_count, 1);
		ck_assert_uint_gt(strlen(s.v.problems[0].message), 0);
		ck_assert_ptr_null(strchr(s.v.problems[0].message, '\n'));
	}
	sample_fini(&s);
}
END_TEST

static const char *message_of(struct sample *s, enum probe_phase phase, enum probe_reason reason)
{
	sample_fail(s, phase, reason, "", NULL);
	sample_judge(s);
	return s->v.problems[0].message;
}

START_TEST(words_by_circumstances)
{
	struct sample s;

	sample_init(&s);
	s.r.addresses_tried = 2;
	sample_fail(&s, PHASE_CONNECT, REASON_REFUSED,
		"::1: Connection refused, 192.0.2.1: "
		"Network is unreachable",
		NULL);
	sample_judge(&s);
	ck_assert_str_eq(s.v.problems[0].message,
		"connect to address mail.example.org and port 110: Connection refused (::1: "
		"Connection refused, 192.0.2.1: Network is unreachable)");
	s.r.addresses_tried = 1;
	s.ctx.host = "/run/pop3";
	ck_assert_str_eq(message_of(&s, PHASE_CONNECT, REASON_REFUSED),
		"connect to file socket /run/pop3: Connection refused");
	ck_assert_ptr_null(s.v.problems[0].hint);
	s.ctx.host = NULL;
	ck_assert_str_eq(message_of(&s, PHASE_CONNECT, REASON_REFUSED),
		"connect to address 127.0.0.1 and port 110: Connection refused");
	s.ctx.timeout_ns = 2500000000;
	ck_assert_str_eq(message_of(&s, PHASE_STAT, REASON_TIMEOUT),
		"Socket timeout after 2.5 seconds waiting for the reply to STAT, after quit");
	s.r.text_octets = 0;
	ck_assert_str_eq(
		message_of(&s, PHASE_GREETING, REASON_CLOSED), "No data received from host");
	ck_assert_str_eq(
		message_of(&s, PHASE_GREETING, REASON_RESET), "No data received from host");
	ck_assert_str_eq(message_of(&s, PHASE_TLS, REASON_CLOSED),
		"No data received from host in the TLS handshake");
	sample_fini(&s);
}
END_TEST

START_TEST(login_needs_stls)
{
	struct sample s;

	sample_init(&s);
	sample_empty(&s);
	sample_capa(&s, CAPA_PLAIN, "STLS\nTOP\nUIDL");
	s.ctx.tls_mode = PROBE_TLS_NONE;
	ck_assert_str_eq(message_of(&s, PHASE_AUTH, REASON_PLAINTEXT_REFUSED),
		"no clear-text login here until STLS");
	ck_assert_str_eq(s.v.problems[0].hint, "use --stls or -S, or --allow-plaintext");
	ck_assert_str_eq(message_of(&s, PHASE_AUTH, REASON_MECHANISM_UNAVAILABLE),
		"no clear-text login here until STLS");
	ck_assert_str_eq(s.v.problems[0].hint, "use --stls or -S");
	message_of(&s, PHASE_AUTH, REASON_AUTH_REJECTED);
	ck_assert_str_eq(
		s.v.problems[0].hint, "no clear-text login here until STLS: use --stls or -S");
	sample_fini(&s);
}
END_TEST

static void set_name(struct sample *s, size_t i, const char *name)
{
	struct tls_cert *leaf = &s->r.tls.chain[0];

	free(leaf->names[i]);
	leaf->names[i] = strdup(name);
	ck_assert_ptr_nonnull(leaf->names[i]);
	if (leaf->name_count <= i)
		leaf->name_count = i + 1;
}

/* A name is proposed only when it may stand behind an option as it is. */
START_TEST(name_mismatch_proposals)
{
	struct sample s;

	sample_init(&s);
	set_name(&s, 0, "*.example.org");
	set_name(&s, 1, "pop.example.org");
	ck_assert_str_eq(message_of(&s, PHASE_TLS, REASON_CERT_NAME_MISMATCH),
		"certificate is for *.example.org, pop.example.org; try --sni pop.example.org");
	set_name(&s, 1, "x;reboot");
	ck_assert_str_eq(message_of(&s, PHASE_TLS, REASON_CERT_NAME_MISMATCH),
		"certificate is for *.example.org, x;reboot");
	set_name(&s, 1, "--help");
	ck_assert_str_eq(message_of(&s, PHASE_TLS, REASON_CERT_NAME_MISMATCH),
		"certificate is for *.example.org, --help");
	sample_fini(&s);
}
END_TEST

START_TEST(names_are_capped)
{
	struct sample s;
	struct tls_cert *leaf = &s.r.tls.chain[0];
	char *pair[2];

	sample_init(&s);
	memcpy(pair, leaf->names, sizeof(pair));
	free(leaf->names);
	leaf->names = calloc(TLS_NAMES_MAX, sizeof(char *));
	ck_assert_ptr_nonnull(leaf->names);
	leaf->names[0] = pair[0];
	for (size_t i = 1; i < TLS_NAMES_MAX; i++)
		set_name(&s, i, "m.example.net");
	ck_assert_str_eq(message_of(&s, PHASE_TLS, REASON_CERT_NAME_MISMATCH),
		"certificate is for mail.example.org, m.example.net, m.example.net, m.example.net "
		"and 28 more; try --sni mail.example.org");
	sample_fini(&s);
}
END_TEST

static const struct {
	int64_t left;
	const char *text;
} ends[] = {
	{62 * DAY + 5, "Certificate 'mail.example.org' expires in 62 day(s) (Mon Jan 25 06:00:05 "
		       "2027 +0000)."},
	{10 * DAY, "Certificate 'mail.example.org' expires in 10 day(s) (Fri Dec  4 06:00:00 2026 "
		   "+0000)."},
	{DAY - 1, "Certificate 'mail.example.org' expires in 23 hours (Wed Nov 25 05:59:59 2026 "
		  "+0000)"},
	{3599, "Certificate 'mail.example.org' expires in 59 minutes (Tue Nov 24 06:59:59 2026 "
	       "+0000)"},
	{0, "Certificate 'mail.example.org' just expired (Tue Nov 24 06:00:00 2026 +0000)."},
	{-1, "Certificate 'mail.example.org' expired on Tue Nov 24 05:59:59 2026 +0000."},
	{-400 * (int64_t)DAY,
		"Certificate 'mail.example.org' expired on Mon Oct 20 06:00:00 2025 +0000."},
};

START_TEST(expiry_words)
{
	struct sample s;

	sample_init(&s);
	s.r.tls.verified = false;
	s.r.tls.chain[0].not_after = NOW + ends[_i].left;
	s.policy.has_cert_warning = s.policy.has_cert_critical = true;
	s.policy.cert_warning_days = 100;
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 1);
	ck_assert_str_eq(s.v.problems[0].message, ends[_i].text);
	ck_assert_int_eq(s.v.problems[0].phase, PHASE_TLS);
	ck_assert_int_eq(s.v.problems[0].reason,
		ends[_i].left < 0 ? REASON_CERT_EXPIRED : REASON_CERT_EXPIRING);
	ck_assert_int_eq(s.v.state, ends[_i].left < DAY ? SEVERITY_CRITICAL : SEVERITY_WARNING);
	sample_fini(&s);
}
END_TEST

START_TEST(certificate_words_when_fine)
{
	struct sample s;
	struct buf out;

	sample_init(&s);
	buf_init(&out, 1024);
	ck_assert(report_certificate_text(&out, &s.r));
	ck_assert_str_eq(buf_str(&out), "Certificate 'mail.example.org' will expire on Mon Jan 25 "
					"06:00:00 2027 +0000.");
	buf_clear(&out);
	sample_empty(&s);
	ck_assert(report_certificate_text(&out, &s.r));
	ck_assert_uint_eq(out.n, 0);
	buf_fini(&out);
	sample_fini(&s);
}
END_TEST

/* U7: whatever the server says, one line without controls and without a bar. */
START_TEST(hostile_text)
{
	static const char text[] = "-ERR \x1b[31m|x=1s;2\r\n\xe2\x80\xae\xff\x7f <b>";
	struct sample s;
	const char *m;

	sample_init(&s);
	sample_fail(&s, PHASE_AUTH, REASON_AUTH_REJECTED, "a|b\n", NULL);
	buf_add(&s.r.server_text, text, sizeof(text) - 1);
	sample_judge(&s);
	m = s.v.problems[0].message;
	ck_assert_str_eq(m, "login rejected (PLAIN): a!b\\n: -ERR \\x1b[31m!x=1s;2\\r\\n"
			    "\\xe2\\x80\\xae\\xff\\x7f <b>");
	buf_clear(&s.r.server_text);
	for (int i = 0; i < SERVER_TEXT_MAX; i++)
		buf_add_char(&s.r.server_text, 'x');
	sample_judge(&s);
	ck_assert_uint_lt(strlen(s.v.problems[0].message), 260);
	sample_fini(&s);
}
END_TEST

TCase *tcase_report_words(void)
{
	TCase *t = tcase_create("words");

	tcase_add_loop_test(t, reason_words, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, reasons_with_nothing_known, 0, REASON_COUNT);
	tcase_add_test(t, words_by_circumstances);
	tcase_add_test(t, login_needs_stls);
	tcase_add_test(t, name_mismatch_proposals);
	tcase_add_test(t, names_are_capped);
	tcase_add_loop_test(t, expiry_words, 0, sizeof(ends) / sizeof(ends[0]));
	tcase_add_test(t, certificate_words_when_fine);
	tcase_add_test(t, hostile_text);
	return t;
}
