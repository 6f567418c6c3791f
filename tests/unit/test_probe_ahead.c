/* What comes before its time or is read twice: answers in advance, stamps, octets during a delay.
 */
#include "test_probe.h"

#include <string.h>

#define GREETING "<+OK ready"
#define STAMPED	 "<+OK ready <1896.697170952@dbc.mtview.ca.us>"

static const struct probe_step delayed[] = {
	{.verb = STEP_DELAY, .ns = 3000 * MS}, {.verb = STEP_GREETING}};

/* The digest is made over the timestamp as it came, wherever it stands in the greeting: not over a
 * text that was cut or redacted for people, let alone over nothing. */
START_TEST(apop_far_in_the_greeting)
{
	char greeting[700];
	struct rig r;

	memset(greeting, 'x', sizeof(greeting));
	memcpy(greeting, STAMPED, 5);
	greeting[5] = ' ';
	strcpy(greeting + 600, STAMPED + 11);
	rig_init(&r, PROBE_TLS_NONE, "login");
	rig_mech(&r, AUTH_APOP);
	rig_play(&r,
		SCRIPT(greeting, ">CAPA", "<-ERR", ">APOP user ec87818fbba45646df08ce6d6a516815",
			"<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

START_TEST(apop_stamp_with_password)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	rig_mech(&r, AUTH_APOP);
	rig_password(&r, "mtview");
	rig_play(
		&r, SCRIPT(STAMPED, ">CAPA", "<-ERR", ">APOP user 2db40a8b3b9fc9d4d731856c83e641bd",
			    "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert(!rig_tells(&r, "mtview"));
	rig_fini(&r);
}
END_TEST

/* What a server offers is read before it is redacted: a password may be a word of the protocol. */
START_TEST(password_is_a_keyword)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	rig_password(&r, "PLAIN");
	r.login.allow_plaintext = true;
	rig_play(&r, SCRIPT(GREETING, ">CAPA", "<+OK", "<SASL PLAIN", "<.",
			     ">AUTH PLAIN AHVzZXIAUExBSU4=", "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

/* A failure leaves by QUIT; what a script has behind it does not run. */
START_TEST(nothing_behind_quit)
{
	static const struct probe_step steps[] = {{.verb = STEP_GREETING}, {.verb = STEP_LOGIN},
		{.verb = STEP_QUIT}, {.verb = STEP_SEND, .text = SLICE_INIT("x\r\n")},
		{.verb = STEP_QUIT}};
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, steps, 5);
	rig_mech(&r, AUTH_APOP);
	rig_play(&r, SCRIPT("<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "auth/mechanism_unavailable");
	rig_fini(&r);
}
END_TEST

/* A server that talks on during a delay is held to the same limits as at any other time. */
START_TEST(delay_flood)
{
	static char line[17000];
	struct rig r;

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "<+OK", 4);
	rig_init_steps(&r, PROBE_TLS_NONE, delayed, 2);
	rig_play(&r, SCRIPT(line, "#3500"));
	ck_verdict(&r, "greeting/line_too_long");
	rig_fini(&r);
}
END_TEST

/* U8: octets that are there before a command goes out do not answer it. */
START_TEST(delay_before_command)
{
	static const struct probe_step steps[] = {{.verb = STEP_GREETING},
		{.verb = STEP_DELAY, .ns = 1000 * MS}, {.verb = STEP_CAPA}};
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, steps, 3);
	rig_play(&r, SCRIPT("<+OK", "#10", "<-ERR planted", "#2000", "$"));
	ck_assert_str_ne(rig_verdict(&r), "");
	ck_assert_int_eq(r.result->reason, REASON_PROTOCOL_ERROR);
	rig_fini(&r);
}
END_TEST

/* U8: one answer for each line that was sent. What stands behind it in the same segment was there
 * before the next line went out, and answers nothing. */
START_TEST(answers_in_advance)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "login");
	r.login.allow_plaintext = true;
	r.octets_max = SIZE_MAX - 1;
	rig_run(&r, SCRIPT(GREETING, ">CAPA", "<-ERR", ">USER user", "<+OK", "<+OK in", "$", "$"),
		RIG_WHOLE);
	ck_verdict(&r, "auth/protocol_error");
	ck_assert(!r.result->login_accepted);
	rig_mech(&r, AUTH_LOGIN);
	rig_run(&r,
		SCRIPT(GREETING, ">CAPA", "<-ERR", ">AUTH LOGIN", "<+ VXNlcm5hbWU6",
			"<+ UGFzc3dvcmQ6", "<+OK", "$", "$"),
		RIG_WHOLE);
	ck_verdict(&r, "auth/protocol_error");
	ck_assert(!r.result->login_accepted);
	ck_assert(!rig_sent(&r, "pencil"));
	rig_fini(&r);
}
END_TEST

TCase *tcase_probe_ahead(void)
{
	TCase *tc = tcase_create("answers ahead, stamps, delays");

	tcase_add_test(tc, apop_far_in_the_greeting);
	tcase_add_test(tc, apop_stamp_with_password);
	tcase_add_test(tc, password_is_a_keyword);
	tcase_add_test(tc, nothing_behind_quit);
	tcase_add_test(tc, delay_flood);
	tcase_add_test(tc, delay_before_command);
	tcase_add_test(tc, answers_in_advance);
	return tc;
}
