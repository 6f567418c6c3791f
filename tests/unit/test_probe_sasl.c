/* SASL exchanges through the engine: what goes over the wire and what ends them. */
#include "test_probe.h"

#include <string.h>

#define BEGIN(mechs) "<+OK", ">CAPA", "<+OK", "<SASL " mechs, "<."
#define QUIT	     ">QUIT", "<+OK"

#define SCRAM_FIRST ">AUTH SCRAM-SHA-1 biwsbj11c2VyLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdM"
#define SCRAM_CHALLENGE                                                                            \
	"<+ cj1meWtvK2QybGJiRmdPTlJ2OXFreGRhd0wzcmZjTkhZSlkxWlZ2V1ZzN2oscz1RU1hDUitRNnNlazhiZjky"  \
	"LGk9NDA5Ng=="
#define SCRAM_PROOF                                                                                \
	">Yz1iaXdzLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdMM3JmY05IWUpZMVpWdldWczdqLHA9djBYOHYzQnoyVDB" \
	"DSkdiSlF5RjBYK0hJNFRzPQ=="
#define SCRAM_VERIFIER "<+ dj1ybUY5cFdWOFM3c3VBb1pXamE0ZEpSa0ZzS1E9"
#define SCRAM_SIGNED   "<+ dj1ybUY5cHFWOFM3c3VBb1pXamE0ZEpSa0ZzS1E9"

static void sasl_rig(struct rig *r, enum auth_mech mech)
{
	rig_init(r, PROBE_TLS_NONE, "login");
	rig_mech(r, mech);
	r->login.allow_plaintext = true;
}

/* The exchange of RFC 5802 section 5. */
START_TEST(scram)
{
	struct rig r;

	sasl_rig(&r, AUTH_SCRAM_SHA_1);
	rig_play(&r, SCRIPT(BEGIN("SCRAM-SHA-1"), SCRAM_FIRST, SCRAM_CHALLENGE, SCRAM_PROOF,
			     SCRAM_SIGNED, ">", "<+OK", QUIT));
	ck_verdict(&r, "");
	ck_assert(r.result->login_accepted);
	ck_assert(!rig_sent(&r, "pencil"));
	ck_assert(rig_tells(&r, "AUTH SCRAM-SHA-1 ***"));
	rig_fini(&r);
}
END_TEST

/* A server that cannot prove that it knows the password has not let us in. */
START_TEST(scram_unproved)
{
	struct rig r;

	sasl_rig(&r, AUTH_SCRAM_SHA_1);
	rig_play(&r,
		SCRIPT(BEGIN("SCRAM-SHA-1"), SCRAM_FIRST, SCRAM_CHALLENGE, SCRAM_PROOF, "<+OK"));
	ck_verdict(&r, "auth/protocol_error");
	rig_play(&r, SCRIPT(BEGIN("SCRAM-SHA-1"), SCRAM_FIRST, SCRAM_CHALLENGE, SCRAM_PROOF,
			     SCRAM_VERIFIER, ">*"));
	ck_verdict(&r, "auth/protocol_error");
	ck_assert(!r.result->login_accepted);
	rig_play(&r, SCRIPT(BEGIN("SCRAM-SHA-1"), SCRAM_FIRST, "<+OK"));
	ck_verdict(&r, "auth/protocol_error");
	rig_fini(&r);
}
END_TEST

static const char *const bad_scram[] = {
	/* 4095 and 100001 iterations, a nonce that is not ours */
	"<+ cj1meWtvK2QybGJiRmdPTlJ2OXFreGRhd0x4LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTQwOTU=",
	"<+ cj1meWtvK2QybGJiRmdPTlJ2OXFreGRhd0x4LHM9UVNYQ1IrUTZzZWs4YmY5MixpPTEwMDAwMQ==",
	"<+ cj1vdGhlcixzPVFTWENSK1E2c2VrOGJmOTIsaT00MDk2",
	"<+ ",
	"<+",
	"<+ AQ==",
};

START_TEST(scram_bad_challenge)
{
	struct rig r;

	sasl_rig(&r, AUTH_SCRAM_SHA_1);
	rig_play(&r, SCRIPT(BEGIN("SCRAM-SHA-1"), SCRAM_FIRST, bad_scram[_i], ">*"));
	ck_verdict(&r, "auth/protocol_error");
	ck_assert_uint_eq(strlen(r.result->detail) > 0, 1);
	rig_fini(&r);
}
END_TEST

/* The server says why, the client answers with nothing, the -ERR follows (RFC 5802 section 7). */
START_TEST(scram_refused)
{
	struct rig r;

	sasl_rig(&r, AUTH_SCRAM_SHA_1);
	rig_play(&r, SCRIPT(BEGIN("SCRAM-SHA-1"), SCRAM_FIRST, SCRAM_CHALLENGE, SCRAM_PROOF,
			     "<+ ZT1pbnZhbGlkLXByb29m", ">", "<-ERR [AUTH] no", QUIT));
	ck_verdict(&r, "auth/auth_rejected");
	rig_play(&r, SCRIPT(BEGIN("SCRAM-SHA-1"), SCRAM_FIRST, SCRAM_CHALLENGE, SCRAM_PROOF,
			     "<+ ZT1pbnZhbGlkLXByb29m", ">", "<+OK"));
	ck_verdict(&r, "auth/protocol_error");
	rig_fini(&r);
}
END_TEST

START_TEST(cram_md5)
{
	struct rig r;

	sasl_rig(&r, AUTH_CRAM_MD5);
	rig_play(
		&r, SCRIPT(BEGIN("CRAM-MD5"), ">AUTH CRAM-MD5",
			    "<+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
			    ">dXNlciAyNjZmODJiYjJkMWFjZTY3MjlkMmM1NzNlNGUwMDRjNg==", "<+OK", QUIT));
	ck_verdict(&r, "");
	rig_play(&r, SCRIPT(BEGIN("CRAM-MD5"), ">AUTH CRAM-MD5",
			     "<+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
			     ">dXNlciAyNjZmODJiYjJkMWFjZTY3MjlkMmM1NzNlNGUwMDRjNg==",
			     "<+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+", ">*"));
	ck_verdict(&r, "auth/protocol_error");
	rig_play(&r, SCRIPT(BEGIN("CRAM-MD5"), ">AUTH CRAM-MD5", "<+OK"));
	ck_verdict(&r, "auth/protocol_error");
	ck_assert(!r.result->login_accepted);
	rig_fini(&r);
}
END_TEST

START_TEST(login)
{
	struct rig r;

	sasl_rig(&r, AUTH_LOGIN);
	rig_play(&r, SCRIPT(BEGIN("LOGIN"), ">AUTH LOGIN", "<+ VXNlcm5hbWU6",
			     ">dXNlcg==", "<+ UGFzc3dvcmQ6", ">cGVuY2ls", "<+OK", QUIT));
	ck_verdict(&r, "");
	rig_play(&r, SCRIPT(BEGIN("LOGIN"), ">AUTH LOGIN", "<+ VXNlcm5hbWU6", ">dXNlcg==", "<+OK"));
	ck_verdict(&r, "auth/protocol_error");
	ck_assert(!rig_sent(&r, "pencil"));
	rig_play(&r, SCRIPT(BEGIN("LOGIN"), ">AUTH LOGIN", "<+ VXNlcm5hbWU6",
			     ">dXNlcg==", "<-ERR [AUTH] who", QUIT));
	ck_verdict(&r, "auth/auth_rejected");
	rig_fini(&r);
}
END_TEST

START_TEST(plain_in_two_lines)
{
	struct rig r;

	sasl_rig(&r, AUTH_PLAIN);
	r.login.two_line = true;
	rig_play(&r,
		SCRIPT(BEGIN("PLAIN"), ">AUTH PLAIN", "<+ ", ">AHVzZXIAcGVuY2ls", "<+OK", QUIT));
	ck_verdict(&r, "");
	rig_play(
		&r, SCRIPT(BEGIN("PLAIN"), ">AUTH PLAIN", "<+", ">AHVzZXIAcGVuY2ls", "<+OK", QUIT));
	ck_verdict(&r, "");
	/* RFC 5034 section 4: that challenge is empty. */
	rig_play(&r, SCRIPT(BEGIN("PLAIN"), ">AUTH PLAIN", "<+ VXNlcm5hbWU6", ">*"));
	ck_verdict(&r, "auth/protocol_error");
	ck_assert(!rig_sent(&r, "pencil"));
	rig_play(&r, SCRIPT(BEGIN("PLAIN"), ">AUTH PLAIN", "<+OK"));
	ck_verdict(&r, "auth/protocol_error");
	ck_assert(!r.result->login_accepted);
	rig_fini(&r);
}
END_TEST

/* Before anything of the credentials went out, -ERR is about the mechanism. */
START_TEST(mechanism_refused)
{
	struct rig r;

	sasl_rig(&r, AUTH_LOGIN);
	rig_play(&r, SCRIPT(BEGIN("LOGIN"), ">AUTH LOGIN", "<-ERR unknown", QUIT));
	ck_verdict(&r, "auth/mechanism_unavailable");
	r.login.expect_reject = true;
	rig_play(&r, SCRIPT(BEGIN("LOGIN"), ">AUTH LOGIN", "<-ERR unknown", QUIT));
	ck_verdict(&r, "auth/mechanism_unavailable");
	rig_play(&r, SCRIPT(BEGIN("LOGIN"), ">AUTH LOGIN", "<-ERR [SYS/TEMP] x", QUIT));
	ck_verdict(&r, "auth/sys_temp");
	rig_fini(&r);
}
END_TEST

START_TEST(plain_challenged)
{
	struct rig r;

	sasl_rig(&r, AUTH_PLAIN);
	rig_play(&r, SCRIPT(BEGIN("PLAIN"), ">AUTH PLAIN AHVzZXIAcGVuY2ls", "<+ ", ">*"));
	ck_verdict(&r, "auth/protocol_error");
	rig_play(&r, SCRIPT(BEGIN("PLAIN"), ">AUTH PLAIN AHVzZXIAcGVuY2ls", "<+ not base64"));
	ck_verdict(&r, "auth/protocol_error");
	ck_server_text(&r, "+ not base64");
	rig_play(&r, SCRIPT(BEGIN("PLAIN"), ">AUTH PLAIN AHVzZXIAcGVuY2ls", "<+OKAY"));
	ck_verdict(&r, "auth/protocol_error");
	rig_fini(&r);
}
END_TEST

START_TEST(tokens)
{
	struct rig r;

	sasl_rig(&r, AUTH_XOAUTH2);
	rig_play(&r,
		SCRIPT(BEGIN("XOAUTH2"), ">AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHBlbmNpbAEB",
			"<+ eyJzdGF0dXMiOiI0MDEifQ==", ">", "<-ERR [AUTH] no", QUIT));
	ck_verdict(&r, "auth/token_rejected");
	rig_mech(&r, AUTH_OAUTHBEARER);
	rig_play(&r, SCRIPT(BEGIN("OAUTHBEARER"),
			     ">AUTH OAUTHBEARER "
			     "bixhPXVzZXIsAWhvc3Q9bWFpbC5leGFtcGxlAXBvcnQ9MTEwAWF1dGg9Qm"
			     "VhcmVyIHBlbmNpbAEB",
			     "<+ eyJzdGF0dXMiOiI0MDEifQ==", ">AQ==", "<-ERR no", QUIT));
	ck_verdict(&r, "auth/token_rejected");
	rig_play(&r, SCRIPT(BEGIN("OAUTHBEARER"),
			     ">AUTH OAUTHBEARER "
			     "bixhPXVzZXIsAWhvc3Q9bWFpbC5leGFtcGxlAXBvcnQ9MTEwAWF1dGg9Qm"
			     "VhcmVyIHBlbmNpbAEB",
			     "<+ eyJzdGF0dXMiOiI0MDEifQ==", ">AQ==", "<+OK"));
	ck_verdict(&r, "auth/protocol_error");
	rig_fini(&r);
}
END_TEST

/* An initial response goes into the AUTH line only where 255 octets hold it. */
START_TEST(long_token)
{
	char token[400];
	struct rig r;

	memset(token, 't', sizeof(token));
	token[sizeof(token) - 1] = '\0';
	sasl_rig(&r, AUTH_XOAUTH2);
	rig_password(&r, token);
	rig_run(&r, SCRIPT(BEGIN("XOAUTH2"), ">AUTH XOAUTH2", "<-ERR", QUIT), RIG_OCTETS);
	ck_verdict(&r, "auth/mechanism_unavailable");
	ck_assert(!rig_sent(&r, token));
	rig_fini(&r);
}
END_TEST

START_TEST(external)
{
	struct rig r;

	sasl_rig(&r, AUTH_EXTERNAL);
	r.login.creds.secret = NULL;
	rig_play(&r, SCRIPT(BEGIN("EXTERNAL"), ">AUTH EXTERNAL =", "<+OK", QUIT));
	ck_verdict(&r, "");
	r.login.creds.authzid = "admin";
	rig_play(&r, SCRIPT(BEGIN("EXTERNAL"), ">AUTH EXTERNAL YWRtaW4=", "<+OK", QUIT));
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

static void challenge_of(struct rig *r, size_t octets, const char *verdict)
{
	static char line[14000];

	memset(line, 'A', sizeof(line));
	memcpy(line, "<+ ", 3);
	line[octets + 1] = '\0';
	rig_run(r, SCRIPT(BEGIN("LOGIN"), ">AUTH LOGIN", line, "$"), RIG_WHOLE);
	ck_verdict(r, verdict);
	rig_run(r, SCRIPT(BEGIN("LOGIN"), ">AUTH LOGIN", line, "$"), RIG_OCTETS);
	ck_verdict(r, verdict);
}

/* RFC 5034 section 4: 12288 octets, CRLF included. */
START_TEST(challenge_length)
{
	struct rig r;

	sasl_rig(&r, AUTH_LOGIN);
	r.octets_max = SIZE_MAX - 1;
	challenge_of(&r, 12286, "auth/closed");
	challenge_of(&r, 12287, "auth/line_too_long");
	rig_fini(&r);
}
END_TEST

TCase *tcase_probe_sasl(void)
{
	TCase *tc = tcase_create("sasl");

	tcase_add_test(tc, scram);
	tcase_add_test(tc, scram_unproved);
	tcase_add_loop_test(
		tc, scram_bad_challenge, 0, (int)(sizeof(bad_scram) / sizeof(bad_scram[0])));
	tcase_add_test(tc, scram_refused);
	tcase_add_test(tc, cram_md5);
	tcase_add_test(tc, login);
	tcase_add_test(tc, plain_in_two_lines);
	tcase_add_test(tc, mechanism_refused);
	tcase_add_test(tc, plain_challenged);
	tcase_add_test(tc, tokens);
	tcase_add_test(tc, long_token);
	tcase_add_test(tc, external);
	tcase_add_test(tc, challenge_length);
	return tc;
}
