/* Implicit TLS and STLS: what may travel in clear text, and what the outcome of a handshake means.
 */
#include "test_probe.h"

#include <string.h>

#define HELLO	">" RIG_HELLO
#define SHAKEN	"=" RIG_SERVER_HELLO
#define TO_STLS "<+OK", ">CAPA", "<+OK", "<STLS", "<SASL PLAIN", "<.", ">STLS"
#define LOGIN	">AUTH PLAIN AHVzZXIAcGVuY2ls"

/* --- implicit -------------------------------------------------------------------------------- */

START_TEST(implicit)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_IMPLICIT, "stat");
	rig_play(&r, SCRIPT(HELLO, SHAKEN, "<+OK", ">CAPA", "<+OK", "<SASL PLAIN", "<.", LOGIN,
			     "<+OK", ">STAT", "<+OK 1 2", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert(r.result->has_tls);
	ck_assert_str_eq(r.result->tls.version, "TLS 1.3");
	ck_assert(r.result->capa_asked[CAPA_TLS] && !r.result->capa_asked[CAPA_PLAIN]);
	ck_assert_uint_eq(r.result->phase_ns[PHASE_TLS], 2 * MS);
	ck_assert(rig_tells(&r, "TLS 1.3, TLS_FAKE"));
	rig_fini(&r);
}
END_TEST

static const struct {
	enum tls_status status;
	uint32_t defects;
	const char *verdict;
} handshakes[] = {
	{TLS_VERSION, 0, "tls/tls_version"},
	{TLS_HANDSHAKE, 0, "tls/tls_handshake"},
	{TLS_FAILED, 0, "tls/tls_handshake"},
	{TLS_CLOSED, 0, "tls/closed"},
	{TLS_NO_MEMORY, 0, "tls/internal"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_SELF_SIGNED, "tls/cert_self_signed"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_CHAIN_INCOMPLETE, "tls/cert_chain_incomplete"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_UNTRUSTED, "tls/cert_untrusted"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_REVOKED, "tls/cert_revoked"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_NAME_MISMATCH, "tls/cert_name_mismatch"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_EXPIRED, "tls/cert_expired"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_NOT_YET_VALID, "tls/cert_not_yet_valid"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_WEAK, "tls/cert_weak"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_PIN, "tls/pin_mismatch"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_PIN | 1u << TLS_DEFECT_EXPIRED, "tls/cert_expired"},
	{TLS_CERTIFICATE, 1u << TLS_DEFECT_EXPIRED | 1u << TLS_DEFECT_UNTRUSTED,
		"tls/cert_untrusted"},
};

enum { HANDSHAKES = sizeof(handshakes) / sizeof(handshakes[0]) };

START_TEST(handshake_fails)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_IMPLICIT, "stat");
	r.tls.outcome = handshakes[_i].status;
	r.tls.defects = handshakes[_i].defects;
	r.tls.error = "words of the library";
	rig_play(&r, SCRIPT(HELLO, SHAKEN));
	ck_verdict(&r, handshakes[_i].verdict);
	if (handshakes[_i].status == TLS_CERTIFICATE)
		ck_assert_str_eq(r.result->detail, "something about it");
	rig_fini(&r);
}
END_TEST

/* After a failed handshake nothing is said in clear text, STLS or not. */
START_TEST(handshake_fails_after_stls)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_STLS, "stat");
	r.login.allow_plaintext = true;
	r.tls.outcome = handshakes[_i].status;
	r.tls.defects = handshakes[_i].defects;
	rig_play(&r, SCRIPT(TO_STLS, "<+OK", HELLO, SHAKEN));
	ck_verdict(&r, handshakes[_i].verdict);
	ck_assert(!rig_sent(&r, "pencil"));
	rig_fini(&r);
}
END_TEST

START_TEST(plaintext_where_tls_is_due)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_IMPLICIT, "stat");
	rig_run(&r, SCRIPT(HELLO, "<+OK ready"), RIG_WHOLE);
	ck_verdict(&r, "tls/peer_speaks_plaintext");
	ck_assert(slice_prefix(buf_slice(&r.result->server_text), SLICE_LIT("+OK ready")));
	rig_run(&r, SCRIPT(HELLO, "<+OK ready"), RIG_OCTETS);
	ck_verdict(&r, "tls/peer_speaks_plaintext");
	rig_play(&r, SCRIPT(HELLO, "=\x80garbage"));
	ck_verdict(&r, "tls/tls_handshake");
	rig_fini(&r);
}
END_TEST

/* The end of a TLS stream without close_notify is an error as much as any other end. */
START_TEST(ends_under_tls)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_IMPLICIT, "capa");
	rig_play(&r, SCRIPT(HELLO, "$"));
	ck_verdict(&r, "tls/closed");
	rig_play(&r, SCRIPT(HELLO, SHAKEN, "$"));
	ck_verdict(&r, "greeting/closed");
	rig_play(&r, SCRIPT(HELLO, SHAKEN, "<+OK", ">CAPA", "=" RIG_CLOSE));
	ck_verdict(&r, "capa/closed");
	rig_play(&r, SCRIPT(HELLO, SHAKEN, "<+OK", ">CAPA", "=+OK" RIG_CLOSE));
	ck_verdict(&r, "capa/closed");
	rig_play(&r, SCRIPT(HELLO, SHAKEN, "<+OK", ">CAPA", "=" RIG_BROKEN));
	ck_verdict(&r, "capa/protocol_error");
	rig_play(&r, SCRIPT(HELLO, SHAKEN, "<+OK", ">CAPA", "%"));
	ck_verdict(&r, "capa/reset");
	rig_play(&r, SCRIPT(HELLO, SHAKEN, "<+OK", ">CAPA", "<-ERR", ">QUIT", "=" RIG_BROKEN));
	ck_verdict(&r, "");
	ck_assert(r.result->quit_failed);
	rig_play(&r, SCRIPT(HELLO, SHAKEN, "<+OK", ">CAPA", "<-ERR", ">QUIT", "<+OK", "$"));
	ck_verdict(&r, "");
	ck_assert(!r.result->quit_failed);
	rig_fini(&r);
}
END_TEST

START_TEST(without_tls)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_IMPLICIT, "banner");
	r.spec.tls = NULL;
	rig_run(&r, SCRIPT("$"), RIG_WHOLE);
	ck_verdict(&r, "tls/internal");
	ck_assert_uint_eq(r.sent.n, 0);
	rig_fini(&r);
}
END_TEST

/* --- STLS ------------------------------------------------------------------------------------ */

START_TEST(stls)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_STLS, "stat");
	rig_play(&r, SCRIPT(TO_STLS, "<+OK go", HELLO, SHAKEN, ">CAPA", "<+OK", "<SASL PLAIN", "<X",
			     "<.", LOGIN, "<+OK", ">STAT", "<+OK 1 2", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert(r.result->capa_asked[CAPA_PLAIN] && r.result->capa_asked[CAPA_TLS]);
	ck_assert(pop3_capa_find(r.result->capa[CAPA_PLAIN], SLICE_LIT("STLS"), NULL));
	ck_assert(pop3_capa_find(probe_result_capa(r.result), SLICE_LIT("X"), NULL));
	ck_assert_uint_eq(r.result->phase_ns[PHASE_STLS], 2 * MS);
	ck_assert_uint_eq(r.result->phase_ns[PHASE_CAPA], 4 * MS);
	rig_fini(&r);
}
END_TEST

/* What was offered before TLS is forgotten (RFC 2595 section 4). */
START_TEST(stls_forgets)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_STLS, "stat");
	rig_play(&r, SCRIPT(TO_STLS, "<+OK", HELLO, SHAKEN, ">CAPA", "<+OK", "<SASL LOGIN", "<.",
			     ">AUTH LOGIN", "$"));
	ck_verdict(&r, "auth/closed");
	rig_play(&r, SCRIPT(TO_STLS, "<+OK", HELLO, SHAKEN, ">CAPA", "<-ERR", ">USER user", "$"));
	ck_verdict(&r, "auth/closed");
	rig_play(
		&r, SCRIPT(TO_STLS, "<+OK", HELLO, SHAKEN, ">CAPA", "<+OK", "<.", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/mechanism_unavailable");
	rig_fini(&r);
}
END_TEST

START_TEST(stls_unavailable)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_STLS, "stat");
	r.login.allow_plaintext = true;
	rig_play(&r,
		SCRIPT("<+OK", ">CAPA", "<+OK", "<STLSX", "<SASL PLAIN", "<.", ">QUIT", "<+OK"));
	ck_verdict(&r, "stls/stls_unavailable");
	ck_assert(!rig_sent(&r, "pencil"));
	/* A server without CAPA is asked all the same. */
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<-ERR", ">STLS", "<-ERR no", ">QUIT", "<+OK"));
	ck_verdict(&r, "stls/stls_refused");
	rig_fini(&r);
}
END_TEST

static const struct {
	const char *reply, *verdict;
	bool quits;
} refusals[] = {
	{"<-ERR no", "stls/stls_refused", true},
	{"<-ERR [SYS/TEMP] no", "stls/stls_refused", true},
	{"<+OKAY", "stls/protocol_error", false},
	{"<+ ", "stls/protocol_error", false},
	{"<220 Ready to start TLS", "stls/protocol_error", false},
	{"$", "stls/closed", false},
	{"%", "stls/reset", false},
	{"#20000", "stls/timeout", false},
};

START_TEST(stls_refused)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_STLS, "stat");
	r.login.allow_plaintext = true;
	rig_play(&r,
		SCRIPT(TO_STLS, refusals[_i].reply, refusals[_i].quits ? ">QUIT" : NULL, "<+OK"));
	ck_verdict(&r, refusals[_i].verdict);
	ck_assert(!rig_sent(&r, "pencil"));
	ck_assert(!r.result->has_tls);
	rig_fini(&r);
}
END_TEST

/* CVE-2011-0411 and its kin: clear text behind the reply to STLS. */
static const struct {
	const char *behind;
	size_t octets;
} injections[] = {
	{"<+OK injected", 14},
	{"=+", 1},
	{"=\r\n", 2},
	{"=" RIG_SERVER_HELLO, 4},
};

START_TEST(stls_injection_at_once)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_STLS, "stat");
	rig_run(&r, SCRIPT(TO_STLS, "<+OK", injections[_i].behind), RIG_WHOLE);
	ck_verdict(&r, "stls/stls_injection");
	ck_assert_uint_eq(r.result->stls_trailing_octets, injections[_i].octets);
	ck_assert(!r.result->has_tls);
	rig_fini(&r);
}
END_TEST

START_TEST(stls_injection_later)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_STLS, "stat");
	rig_run(&r, SCRIPT(TO_STLS, "<+OK", HELLO, "<+OK injected"), RIG_WHOLE);
	ck_verdict(&r, "stls/stls_injection");
	ck_assert(slice_prefix(buf_slice(&r.result->server_text), SLICE_LIT("+OK injected")));
	ck_assert_uint_gt(r.result->stls_trailing_octets, 0);
	rig_run(&r, SCRIPT(TO_STLS, "<+OK", HELLO, "<+OK injected"), RIG_OCTETS);
	ck_verdict(&r, "stls/stls_injection");
	rig_play(&r, SCRIPT(TO_STLS, "<+OK", HELLO, "=\x80garbage"));
	ck_verdict(&r, "tls/tls_handshake");
	/* Inside TLS, before CAPA was sent again. */
	rig_run(&r, SCRIPT(TO_STLS, "<+OK", HELLO, SHAKEN, "<+OK injected"), RIG_WHOLE);
	ck_verdict(&r, "tls/protocol_error");
	rig_fini(&r);
}
END_TEST

/* The clear-text login is not offered as a way out. */
START_TEST(stls_never_falls_back)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_STLS, "stat");
	r.login.allow_plaintext = true;
	rig_mech(&r, AUTH_USER);
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<+OK", "<USER", "<STLS", "<.", ">STLS", "<-ERR",
			     ">QUIT", "<+OK"));
	ck_verdict(&r, "stls/stls_refused");
	ck_assert(!rig_sent(&r, "user"));
	rig_fini(&r);
}
END_TEST

TCase *tcase_probe_tls(void)
{
	TCase *tc = tcase_create("tls");

	tcase_add_test(tc, implicit);
	tcase_add_loop_test(tc, handshake_fails, 0, HANDSHAKES);
	tcase_add_loop_test(tc, handshake_fails_after_stls, 0, HANDSHAKES);
	tcase_add_test(tc, plaintext_where_tls_is_due);
	tcase_add_test(tc, ends_under_tls);
	tcase_add_test(tc, without_tls);
	tcase_add_test(tc, stls);
	tcase_add_test(tc, stls_forgets);
	tcase_add_test(tc, stls_unavailable);
	tcase_add_loop_test(tc, stls_refused, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_loop_test(
		tc, stls_injection_at_once, 0, (int)(sizeof(injections) / sizeof(injections[0])));
	tcase_add_test(tc, stls_injection_later);
	tcase_add_test(tc, stls_never_falls_back);
	return tc;
}
