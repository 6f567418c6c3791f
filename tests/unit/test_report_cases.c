#include "test_report.h"

#include <stdlib.h>
#include <string.h>

static void slow_login(struct sample *s)
{
	struct report_limit *l = &s->policy.limits[MEASURE_TIME_AUTH];

	l->has_warning = true;
	ck_assert_ptr_null(report_range_parse("0.001", &l->warning));
}

START_TEST(tap_of_success)
{
	struct sample s;

	sample_init(&s);
	sample_judge(&s);
	ck_assert_str_eq(sample_print(&s, report_tap),
		"TAP version 13\n1..8\n"
		"ok 1 - pop3.mail.example.org:110.pop3_stls connect\n"
		"ok 2 - pop3.mail.example.org:110.pop3_stls greeting\n"
		"ok 3 - pop3.mail.example.org:110.pop3_stls capa\n"
		"ok 4 - pop3.mail.example.org:110.pop3_stls stls\n"
		"ok 5 - pop3.mail.example.org:110.pop3_stls tls\n"
		"ok 6 - pop3.mail.example.org:110.pop3_stls capa (2)\n"
		"ok 7 - pop3.mail.example.org:110.pop3_stls login\n"
		"ok 8 - pop3.mail.example.org:110.pop3_stls quit\n");
	sample_fini(&s);
}
END_TEST

START_TEST(tap_of_failure)
{
	struct sample s;

	sample_init(&s);
	slow_login(&s);
	sample_fail(&s, PHASE_AUTH, REASON_AUTH_REJECTED, "", "-ERR \"no\" \\ way");
	sample_judge(&s);
	ck_assert_ptr_nonnull(strstr(sample_print(&s, report_tap),
		"not ok 7 - pop3.mail.example.org:110.pop3_stls login\n"
		"  ---\n"
		"  severity: CRITICAL\n"
		"  problems:\n"
		"    - state: CRITICAL\n"
		"      phase: auth\n"
		"      reason: auth_rejected\n"
		"      message: \"login rejected (PLAIN): -ERR \\\"no\\\" \\\\ way\"\n"
		"      hint: \"check user and password\"\n"
		"    - state: WARNING\n"
		"      phase: auth\n"
		"      reason: limit\n"
		"      message: \"time_auth 0.008s exceeds 0.001s (warning threshold)\"\n"
		"  ...\n"
		"ok 8 - pop3.mail.example.org:110.pop3_stls quit # SKIP not reached\n"));
	sample_fini(&s);
}
END_TEST

START_TEST(tap_directives_are_escaped)
{
	struct sample s;

	sample_init(&s);
	s.steps[1].name = "x # SKIP\n\\";
	sample_judge(&s);
	ck_assert_ptr_nonnull(
		strstr(sample_print(&s, report_tap), "pop3_stls x \\# SKIP\\\\n\\\\\nok 3"));
	sample_fini(&s);
}
END_TEST

static const struct {
	enum probe_phase phase;
	enum probe_reason reason;
	const char *text;
} junit[] = {
	{PHASE_TLS, REASON_TIMEOUT,
		"name=\"tls\" time=\"0.005000\">\n   <failure type=\"tls/timeout\" "
		"message=\"Socket timeout after 10 seconds in the TLS handshake, after stls\">"
		"CRITICAL [tls/timeout] Socket timeout after 10 seconds in the TLS handshake, "
		"after stls\n</failure>\n  </testcase>\n"},
	{PHASE_AUTH, REASON_INTERNAL,
		"<error type=\"auth/internal\" message=\"internal failure "
		"(PLAIN): &lt;&amp;&quot;&apos;&gt;\">"},
	{PHASE_AUTH, REASON_IN_USE,
		"<system-out>WARNING [auth/in_use] maildrop is locked by another session (PLAIN): "
		"&lt;&amp;&quot;&apos;&gt;; give the check a mailbox of its own, or --wait "
		"SECONDS\n</system-out>"},
	{PHASE_AUTH, REASON_IN_USE,
		"name=\"quit\" time=\"0.000000\">\n   <skipped message=\"not reached\"/>\n"},
	{PHASE_AUTH, REASON_AUTH_REJECTED,
		"<testsuite name=\"pop3.mail.example.org:110.pop3_stls\" tests=\"8\" "
		"failures=\"1\" errors=\"0\" skipped=\"1\" time=\"0.045000\" "
		"timestamp=\"2026-11-24T06:00:00\" hostname=\"mail.example.org\">"},
	{PHASE_AUTH, REASON_AUTH_REJECTED,
		"<testcase classname=\"pop3.mail.example.org:110.pop3_stls\" name=\"connect\" "
		"time=\"0.001000\"/>\n"},
};

START_TEST(junit_cases)
{
	struct sample s;
	const char *text;

	sample_init(&s);
	sample_fail(&s, junit[_i].phase, junit[_i].reason, "",
		junit[_i].phase == PHASE_AUTH ? "<&\"'>" : NULL);
	sample_judge(&s);
	text = sample_print(&s, report_junit);
	ck_assert_msg(strstr(text, junit[_i].text) != NULL, "no %s in\n%s", junit[_i].text, text);
	sample_fini(&s);
}
END_TEST

/* Names depend on the program alone. */
START_TEST(problems_find_their_step)
{
	struct sample s;
	const char *text;

	sample_init(&s);
	slow_login(&s);
	s.policy.has_cert_warning = true;
	s.policy.cert_warning_days = 100;
	sample_judge(&s);
	text = sample_print(&s, report_junit);
	ck_assert_ptr_nonnull(strstr(text, "name=\"tls\" time=\"0.005000\">\n   <system-out>"
					   "WARNING [tls/cert_expiring]"));
	ck_assert_ptr_nonnull(strstr(text, "name=\"login\" time=\"0.007000\">\n   <system-out>"
					   "WARNING [auth/limit]"));
	ck_assert_ptr_nonnull(
		strstr(text, "tests=\"8\" failures=\"0\" errors=\"0\" skipped=\"0\""));
	sample_fini(&s);
}
END_TEST

/* No step of that phase, no step at all: the problem is shown all the same. */
START_TEST(no_problem_is_lost)
{
	struct sample s;

	sample_init(&s);
	sample_empty(&s);
	sample_fail(&s, PHASE_RESOLVE, REASON_DNS_FAILED, "", NULL);
	for (size_t i = 0; i < s.r.step_count; i++)
		s.steps[i].state = STEP_STATE_NOT_REACHED;
	sample_judge(&s);
	ck_assert_ptr_nonnull(
		strstr(sample_print(&s, report_tap), "not ok 1 - pop3.mail.example.org:110."
						     "pop3_stls connect\n  ---\n"));
	s.r.step_count = 0;
	ck_assert_ptr_nonnull(strstr(sample_print(&s, report_tap),
		"1..1\nnot ok 1 - pop3.mail.example.org:110.pop3_stls probe\n  ---\n"));
	ck_assert_ptr_nonnull(strstr(sample_print(&s, report_junit), "name=\"probe\""));
	sample_fini(&s);
}
END_TEST

START_TEST(junit_without_a_port)
{
	struct sample s;

	sample_init(&s);
	s.ctx.host = "/run/pop3";
	s.ctx.port = 0;
	s.ctx.module = NULL;
	sample_judge(&s);
	ck_assert_ptr_nonnull(
		strstr(sample_print(&s, report_junit), "classname=\"pop3./run/pop3.pop3\""));
	sample_fini(&s);
}
END_TEST

TCase *tcase_report_cases(void)
{
	TCase *t = tcase_create("cases");

	tcase_add_test(t, tap_of_success);
	tcase_add_test(t, tap_of_failure);
	tcase_add_test(t, tap_directives_are_escaped);
	tcase_add_loop_test(t, junit_cases, 0, sizeof(junit) / sizeof(junit[0]));
	tcase_add_test(t, problems_find_their_step);
	tcase_add_test(t, no_problem_is_lost);
	tcase_add_test(t, junit_without_a_port);
	return t;
}
