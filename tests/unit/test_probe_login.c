/* STEP_LOGIN: which mechanism, and whether it may be used at all. */
#include "test_probe.h"

#include <string.h>

#define GREETING "<+OK ready"
#define STAMPED	 "<+OK ready <1896.697170952@dbc.mtview.ca.us>"

/* `auto` takes the strongest that is offered. */
static const struct {
	const char *greeting, *capa1, *capa2, *sent;
	bool reusable;
} choices[] = {
	{STAMPED, "<SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", "<USER",
		">AUTH SCRAM-SHA-256 biwsbj11c2VyLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdM", false},
	{STAMPED, "<SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1", "<USER",
		">AUTH SCRAM-SHA-1 biwsbj11c2VyLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdM", false},
	{STAMPED, "<SASL PLAIN LOGIN CRAM-MD5", "<USER", ">AUTH CRAM-MD5", false},
	{STAMPED, "<SASL PLAIN LOGIN", "<USER", ">APOP user ec87818fbba45646df08ce6d6a516815",
		false},
	{GREETING, "<SASL PLAIN LOGIN", "<USER", ">AUTH PLAIN AHVzZXIAcGVuY2ls", true},
	{GREETING, "<sasl plain login", "<USER", ">AUTH PLAIN AHVzZXIAcGVuY2ls", true},
	{GREETING, "<SASL LOGIN", "<USER", ">AUTH LOGIN", true},
	{GREETING, "<SASL XOAUTH2 OAUTHBEARER EXTERNAL", "<USER", ">USER user", true},
	{GREETING, "<USER", "<X", ">USER user", true},
	/* Names are whole words. */
	{GREETING, "<SASL PLAIN-X XPLAIN", "<user", ">USER user", true},
	{GREETING, "<XSASL PLAIN", "<USER", ">USER user", true},
	/* An APOP timestamp is a msg-id of printable ASCII. */
	{"<+OK <no-at-sign>", "<USER", "<X", ">USER user", true},
	{"<+OK <a\x01@b>", "<USER", "<X", ">USER user", true},
	{"<+OK <a@b", "<USER", "<X", ">USER user", true},
};

enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

START_TEST(automatic)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.login.allow_plaintext = true;
	rig_play(&r, SCRIPT(choices[_i].greeting, ">CAPA", "<+OK", choices[_i].capa1,
			     choices[_i].capa2, "<.", choices[_i].sent, "$"));
	ck_verdict(&r, "auth/closed");
	ck_assert(r.result->login_tried && !r.result->login_accepted);
	rig_fini(&r);
}
END_TEST

/* Without leave, what can be read and used again does not go out in clear text: not one octet of
 * the login does. */
START_TEST(automatic_in_clear)
{
	const char *sent = choices[_i].reusable ? ">QUIT" : choices[_i].sent;
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	rig_play(&r, SCRIPT(choices[_i].greeting, ">CAPA", "<+OK", choices[_i].capa1,
			     choices[_i].capa2, "<.", sent, "$"));
	ck_verdict(&r, choices[_i].reusable ? "auth/plaintext_refused" : "auth/closed");
	ck_assert(r.result->login_tried == !choices[_i].reusable);
	ck_assert(!rig_sent(&r, "pencil"));
	rig_fini(&r);
}
END_TEST

START_TEST(nothing_offered)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.login.allow_plaintext = true;
	rig_play(&r,
		SCRIPT(GREETING, ">CAPA", "<+OK", "<SASL XOAUTH2", "<TOP", "<.", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/mechanism_unavailable");
	ck_assert(!r.result->login_tried);
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<+OK", "<STLS", "<.", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/mechanism_unavailable");
	ck_assert_ptr_nonnull(strstr(r.result->detail, "STLS"));
	rig_fini(&r);
}
END_TEST

/* Of a server without CAPA USER alone is assumed. */
START_TEST(without_capa)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.login.allow_plaintext = true;
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">USER user", "<+OK", ">PASS pencil",
			     "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert_int_eq(r.result->mech, AUTH_USER);
	rig_mech(&r, AUTH_PLAIN);
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">AUTH PLAIN AHVzZXIAcGVuY2ls", "<+OK",
			     ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_mech(&r, AUTH_APOP);
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/mechanism_unavailable");
	rig_fini(&r);
}
END_TEST

START_TEST(chosen_but_not_offered)
{
	static const enum auth_mech mechs[] = {
		AUTH_SCRAM_SHA_256, AUTH_PLAIN, AUTH_LOGIN, AUTH_XOAUTH2, AUTH_USER, AUTH_APOP};
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.login.allow_plaintext = true;
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
		rig_mech(&r, mechs[i]);
		rig_play(&r,
			SCRIPT(GREETING, ">CAPA", "<+OK", "<SASL CRAM-MD5", "<.", ">QUIT", "<+OK"));
		ck_verdict(&r, "auth/mechanism_unavailable");
	}
	rig_fini(&r);
}
END_TEST

START_TEST(chosen_in_clear)
{
	static const enum auth_mech mechs[] = {
		AUTH_PLAIN, AUTH_LOGIN, AUTH_XOAUTH2, AUTH_OAUTHBEARER, AUTH_USER};
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
		rig_mech(&r, mechs[i]);
		rig_play(&r,
			SCRIPT(GREETING, ">CAPA", "<+OK", "<SASL PLAIN LOGIN XOAUTH2 OAUTHBEARER",
				"<USER", "<.", ">QUIT", "<+OK"));
		ck_verdict(&r, "auth/plaintext_refused");
		ck_assert_int_eq(r.result->mech, mechs[i]);
		ck_assert(!r.result->login_tried);
	}
	rig_fini(&r);
}
END_TEST

/* An authorization identity is never dropped: what cannot carry it is not chosen. */
START_TEST(authorization_identity)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.login.allow_plaintext = true;
	r.login.creds.authzid = "admin";
	rig_play(&r, SCRIPT(STAMPED, ">CAPA", "<+OK", "<SASL PLAIN LOGIN CRAM-MD5", "<USER", "<.",
			     ">AUTH PLAIN YWRtaW4AdXNlcgBwZW5jaWw=", "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_play(&r, SCRIPT(STAMPED, ">CAPA", "<+OK", "<SASL LOGIN CRAM-MD5", "<USER", "<.",
			     ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/mechanism_unavailable");
	rig_fini(&r);
}
END_TEST

/* Without digests (no TLS module) what needs them is passed over. */
START_TEST(without_crypto)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.spec.tls = NULL;
	r.spec.tls_config = NULL;
	r.login.allow_plaintext = true;
	rig_play(&r, SCRIPT(STAMPED, ">CAPA", "<+OK", "<SASL CRAM-MD5 SCRAM-SHA-1 PLAIN", "<.",
			     ">AUTH PLAIN AHVzZXIAcGVuY2ls", "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

/* --- replies --------------------------------------------------------------------------------- */

static const struct {
	const char *reply, *verdict, *expecting; /* expecting: with expect_reject */
} replies[] = {
	{"<-ERR no", "auth/auth_rejected", ""},
	{"<-ERR [AUTH] no", "auth/auth_rejected", ""},
	{"<-ERR [IN-USE] no", "auth/in_use", "auth/in_use"},
	{"<-ERR [LOGIN-DELAY] no", "auth/login_delay", "auth/login_delay"},
	{"<-ERR [SYS/TEMP] no", "auth/sys_temp", "auth/sys_temp"},
	{"<-ERR [SYS/PERM] no", "auth/sys_perm", "auth/sys_perm"},
	{"<+OK", "", "auth/auth_accepted"},
};

START_TEST(password_replies)
{
	const char *const *script = SCRIPT(GREETING, ">CAPA", "<-ERR", ">USER user", "<+OK",
		">PASS pencil", replies[_i].reply, ">QUIT", "<+OK");
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.login.allow_plaintext = true;
	rig_play(&r, script);
	ck_verdict(&r, replies[_i].verdict);
	r.login.expect_reject = true;
	rig_play(&r, script);
	ck_verdict(&r, replies[_i].expecting);
	ck_assert_int_eq(r.result->login_accepted, replies[_i].reply[1] == '+');
	if (*replies[_i].expecting == '\0')
		ck_server_text(&r, replies[_i].reply + 1);
	rig_fini(&r);
}
END_TEST

START_TEST(user_refused)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.login.allow_plaintext = true;
	rig_play(
		&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">USER user", "<-ERR who", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/auth_rejected");
	ck_assert(!rig_sent(&r, "pencil"));
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">USER user", "<+ go on"));
	ck_verdict(&r, "auth/protocol_error");
	rig_fini(&r);
}
END_TEST

START_TEST(apop)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	rig_mech(&r, AUTH_APOP);
	rig_play(
		&r, SCRIPT(STAMPED, ">CAPA", "<-ERR", ">APOP user ec87818fbba45646df08ce6d6a516815",
			    "<-ERR no", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/auth_rejected");
	ck_assert(rig_tells(&r, "APOP user ***"));
	ck_assert(!rig_tells(&r, "ec87818f"));
	rig_fini(&r);
}
END_TEST

/* --- what cannot be sent --------------------------------------------------------------------- */

START_TEST(line_breakers)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	rig_mech(&r, AUTH_USER);
	r.login.allow_plaintext = true;
	r.login.creds.user = "user\r\nDELE 1";
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/internal");
	r.login.creds.user = "user";
	rig_password(&r, "pen\ncil");
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">USER user", "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/internal");
	rig_fini(&r);
}
END_TEST

START_TEST(long_password)
{
	char password[300], line[300];
	struct rig r;

	memset(password, 'p', sizeof(password));
	password[249] = '\0';
	rig_init(&r, PROBE_TLS_NONE, "login");
	rig_mech(&r, AUTH_USER);
	r.login.allow_plaintext = true;
	rig_password(&r, password);
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">USER user", "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/internal");
	ck_assert(!rig_sent(&r, password));
	password[248] = '\0';
	rig_password(&r, password);
	memcpy(line, ">PASS ", 6);
	memcpy(line + 6, password, 249);
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">USER user", "<+OK", line, "<+OK", ">QUIT",
			     "<+OK"));
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

TCase *tcase_probe_login(void)
{
	TCase *tc = tcase_create("login");

	tcase_add_loop_test(tc, automatic, 0, CHOICES);
	tcase_add_loop_test(tc, automatic_in_clear, 0, CHOICES);
	tcase_add_test(tc, nothing_offered);
	tcase_add_test(tc, without_capa);
	tcase_add_test(tc, chosen_but_not_offered);
	tcase_add_test(tc, chosen_in_clear);
	tcase_add_test(tc, authorization_identity);
	tcase_add_test(tc, without_crypto);
	tcase_add_loop_test(tc, password_replies, 0, (int)(sizeof(replies) / sizeof(replies[0])));
	tcase_add_test(tc, user_refused);
	tcase_add_test(tc, apop);
	tcase_add_test(tc, line_breakers);
	tcase_add_test(tc, long_password);
	return tc;
}
