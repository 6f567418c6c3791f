#include "test_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void expect(struct sample *s, size_t i, enum probe_reason reason, enum probe_severity state)
{
	ck_assert_uint_lt(i, s->v.problem_count);
	ck_assert_str_eq(probe_reason_name(s->v.problems[i].reason), probe_reason_name(reason));
	ck_assert_int_eq(s->v.problems[i].severity, state);
}

static void limit(struct sample *s, enum probe_measure m, const char *warning, const char *critical)
{
	struct report_limit *l = &s->policy.limits[m];

	l->has_warning = warning != NULL;
	l->has_critical = critical != NULL;
	ck_assert(!warning || !report_range_parse(warning, &l->warning));
	ck_assert(!critical || !report_range_parse(critical, &l->critical));
}

static const struct report_measurement *measurement(struct sample *s, enum probe_measure m)
{
	for (size_t i = 0; i < s->v.measurement_count; i++)
		if (s->v.measurements[i].measure == m)
			return &s->v.measurements[i];
	return NULL;
}

START_TEST(nothing_wrong)
{
	struct sample s;

	sample_init(&s);
	sample_judge(&s);
	ck_assert_int_eq(s.v.state, SEVERITY_OK);
	ck_assert_uint_eq(s.v.problem_count, 0);
	ck_assert(fabs(measurement(&s, MEASURE_TIME)->value - 0.043) < 1e-9);
	ck_assert(measurement(&s, MEASURE_CERT_DAYS)->value == 62);
	ck_assert(measurement(&s, MEASURE_OCTETS)->value == 4787);
	ck_assert_ptr_null(measurement(&s, MEASURE_TIME_PROXY));
	ck_assert_ptr_null(measurement(&s, MEASURE_TIME)->limit);
	sample_fini(&s);
}
END_TEST

START_TEST(limits_judge)
{
	struct sample s;

	sample_init(&s);
	s.r.phase_ns[PHASE_AUTH] = 2310000000;
	limit(&s, MEASURE_TIME_AUTH, "1", "2");
	limit(&s, MEASURE_MESSAGES, "5:", NULL);
	limit(&s, MEASURE_OCTETS, "@4000:5000", "10000");
	limit(&s, MEASURE_TIME, "0.01", NULL);
	limit(&s, MEASURE_TIME_STAT, "5", "10");
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 4);
	expect(&s, 0, REASON_LIMIT, SEVERITY_CRITICAL);
	ck_assert_str_eq(
		s.v.problems[0].message, "time_auth 2.310s exceeds 2s (critical threshold)");
	ck_assert_int_eq(s.v.problems[0].phase, PHASE_AUTH);
	ck_assert_str_eq(s.v.problems[1].message,
		"time 0.043s exceeds 0.01s (warning threshold), most of it in auth");
	ck_assert_str_eq(s.v.problems[2].message, "messages 2 is below 5 (warning threshold)");
	ck_assert_int_eq(s.v.problems[2].phase, PHASE_STAT);
	ck_assert_str_eq(
		s.v.problems[3].message, "octets 4787B lies in @4000:5000 (warning threshold)");
	ck_assert_int_eq(measurement(&s, MEASURE_TIME_AUTH)->state, SEVERITY_CRITICAL);
	ck_assert_int_eq(measurement(&s, MEASURE_TIME_STAT)->state, SEVERITY_OK);
	sample_fini(&s);
}
END_TEST

/* CRITICAL > UNKNOWN > WARNING; among equals the dialogue first. */
START_TEST(worst_first)
{
	struct sample s;

	sample_init(&s);
	limit(&s, MEASURE_TIME, NULL, "0.01");
	limit(&s, MEASURE_TIME_TLS, "0", NULL);
	sample_fail(&s, PHASE_AUTH, REASON_IN_USE, "", NULL);
	sample_judge(&s);
	expect(&s, 0, REASON_LIMIT, SEVERITY_CRITICAL);
	expect(&s, 1, REASON_IN_USE, SEVERITY_WARNING);
	expect(&s, 2, REASON_LIMIT, SEVERITY_WARNING);
	sample_fail(&s, PHASE_AUTH, REASON_PLAINTEXT_REFUSED, "", NULL);
	sample_judge(&s);
	expect(&s, 0, REASON_LIMIT, SEVERITY_CRITICAL);
	expect(&s, 1, REASON_PLAINTEXT_REFUSED, SEVERITY_UNKNOWN);
	expect(&s, 2, REASON_LIMIT, SEVERITY_WARNING);
	sample_fail(&s, PHASE_AUTH, REASON_AUTH_REJECTED, "", NULL);
	sample_judge(&s);
	expect(&s, 0, REASON_AUTH_REJECTED, SEVERITY_CRITICAL);
	ck_assert_int_eq(s.v.state, SEVERITY_CRITICAL);
	sample_fini(&s);
}
END_TEST

START_TEST(operator_states)
{
	struct sample s;

	sample_init(&s);
	s.policy.states[REASON_AUTH_REJECTED] = SEVERITY_WARNING;
	s.policy.state_given[REASON_AUTH_REJECTED] = true;
	sample_fail(&s, PHASE_AUTH, REASON_AUTH_REJECTED, "", NULL);
	sample_judge(&s);
	expect(&s, 0, REASON_AUTH_REJECTED, SEVERITY_WARNING);
	s.policy.states[REASON_AUTH_REJECTED] = SEVERITY_OK;
	limit(&s, MEASURE_TIME, "0.01", NULL);
	sample_judge(&s);
	expect(&s, 0, REASON_LIMIT, SEVERITY_WARNING);
	expect(&s, 1, REASON_AUTH_REJECTED, SEVERITY_OK);
	ck_assert_int_eq(s.v.state, SEVERITY_WARNING);
	s.policy.states[REASON_LIMIT] = SEVERITY_UNKNOWN;
	s.policy.state_given[REASON_LIMIT] = true;
	sample_judge(&s);
	expect(&s, 0, REASON_LIMIT, SEVERITY_UNKNOWN);
	sample_fini(&s);
}
END_TEST

START_TEST(mismatch_state)
{
	struct sample s;

	sample_init(&s);
	s.policy.has_mismatch = true;
	s.policy.mismatch = SEVERITY_WARNING;
	sample_fail(&s, PHASE_GREETING, REASON_REJECTED, "", "-ERR no");
	sample_judge(&s);
	expect(&s, 0, REASON_REJECTED, SEVERITY_WARNING);
	sample_fail(&s, PHASE_GREETING, REASON_SYS_TEMP, "", "-ERR [SYS/TEMP] no");
	sample_judge(&s);
	expect(&s, 0, REASON_SYS_TEMP, SEVERITY_WARNING);
	sample_fail(&s, PHASE_STAT, REASON_SYS_PERM, "", "-ERR [SYS/PERM] no");
	sample_judge(&s);
	expect(&s, 0, REASON_SYS_PERM, SEVERITY_CRITICAL);
	sample_fail(&s, PHASE_SCRIPT, REASON_EXPECT_MISMATCH, "", NULL);
	sample_judge(&s);
	expect(&s, 0, REASON_EXPECT_MISMATCH, SEVERITY_WARNING);
	sample_fail(&s, PHASE_STAT, REASON_PROTOCOL_ERROR, "", NULL);
	sample_judge(&s);
	expect(&s, 0, REASON_PROTOCOL_ERROR, SEVERITY_CRITICAL);
	s.policy.states[REASON_REJECTED] = SEVERITY_UNKNOWN;
	s.policy.state_given[REASON_REJECTED] = true;
	sample_fail(&s, PHASE_GREETING, REASON_REJECTED, "", "-ERR no");
	sample_judge(&s);
	expect(&s, 0, REASON_REJECTED, SEVERITY_UNKNOWN);
	sample_fini(&s);
}
END_TEST

START_TEST(several_defects)
{
	struct sample s;

	sample_init(&s);
	s.r.tls.verified = false;
	s.r.tls.chain[0].not_after = NOW - DAY;
	s.r.tls.defects = 1U << TLS_DEFECT_UNTRUSTED | 1U << TLS_DEFECT_EXPIRED |
			  1U << TLS_DEFECT_NAME_MISMATCH;
	s.policy.has_cert_warning = true;
	s.policy.cert_warning_days = 30;
	sample_fail(&s, PHASE_TLS, REASON_CERT_UNTRUSTED, "", NULL);
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 3);
	expect(&s, 0, REASON_CERT_UNTRUSTED, SEVERITY_CRITICAL);
	expect(&s, 1, REASON_CERT_NAME_MISMATCH, SEVERITY_CRITICAL);
	expect(&s, 2, REASON_CERT_EXPIRED, SEVERITY_CRITICAL);
	ck_assert_int_eq(measurement(&s, MEASURE_CERT_DAYS)->state, SEVERITY_CRITICAL);
	sample_fini(&s);
}
END_TEST

/* A dialogue that failed elsewhere takes no blame from a certificate that was not verified. */
START_TEST(defects_only_when_they_decide)
{
	struct sample s;

	sample_init(&s);
	s.r.tls.defects = 1U << TLS_DEFECT_WEAK;
	sample_fail(&s, PHASE_STAT, REASON_CLOSED, "", NULL);
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 1);
	sample_fini(&s);
}
END_TEST

static const struct {
	long warning, critical; /* -1: not given */
	int64_t left;
	enum probe_severity state;
} expiries[] = {
	{30, -1, 31 * DAY, SEVERITY_OK},
	{30, -1, 31 * DAY - 1, SEVERITY_WARNING},
	{30, 14, 15 * DAY, SEVERITY_WARNING},
	{30, 14, 15 * DAY - 1, SEVERITY_CRITICAL},
	{-1, 14, 20 * DAY, SEVERITY_OK},
	{30, 0, DAY, SEVERITY_WARNING},
	{30, 0, DAY - 1, SEVERITY_CRITICAL},
	{30, -1, -5, SEVERITY_CRITICAL},
	{-1, -1, -5, SEVERITY_OK},
};

START_TEST(certificate_thresholds)
{
	struct sample s;

	sample_init(&s);
	s.r.tls.path_not_after = NOW + expiries[_i].left;
	s.policy.has_cert_warning = expiries[_i].warning >= 0;
	s.policy.has_cert_critical = expiries[_i].critical >= 0;
	s.policy.cert_warning_days = expiries[_i].warning;
	s.policy.cert_critical_days = expiries[_i].critical;
	sample_judge(&s);
	ck_assert_int_eq(s.v.state, expiries[_i].state);
	ck_assert_int_eq(measurement(&s, MEASURE_CERT_DAYS)->state, expiries[_i].state);
	ck_assert_uint_eq(s.v.problem_count, expiries[_i].state != SEVERITY_OK);
	sample_fini(&s);
}
END_TEST

/* The path's earliest decides; a served one off the path is a note. */
START_TEST(path_and_notes)
{
	struct sample s;

	sample_init(&s);
	free(s.r.tls.path_not_after_subject);
	s.r.tls.path_not_after_subject = strdup("Sub CA");
	s.r.tls.path_not_after = NOW + 12 * DAY;
	s.r.tls.chain[1].not_after = NOW + 3 * DAY;
	s.r.tls.chain[1].on_path = false;
	s.policy.has_cert_warning = true;
	s.policy.cert_warning_days = 30;
	sample_judge(&s);
	ck_assert_str_eq(s.v.problems[0].message,
		"Certificate 'Sub CA' expires in 12 day(s) (Sun Dec  6 06:00:00 2026 +0000). Also "
		"served: 'Sub CA' ends Fri Nov 27 06:00:00 2026 +0000");
	/* Nothing verified: the leaf is judged, all others are notes. */
	s.r.tls.verified = false;
	s.r.tls.chain[0].not_after = NOW + 20 * DAY;
	s.r.tls.chain[1].on_path = true;
	sample_judge(&s);
	ck_assert_str_eq(s.v.problems[0].message,
		"Certificate 'mail.example.org' expires in 20 day(s) (Mon Dec 14 06:00:00 2026 "
		"+0000). Also served: 'Sub CA' ends Fri Nov 27 06:00:00 2026 +0000");
	/* On the path of the one that decides: no note. */
	s.r.tls.verified = true;
	s.r.tls.path_not_after = NOW + 12 * DAY;
	sample_judge(&s);
	ck_assert_ptr_null(strstr(s.v.problems[0].message, "Also"));
	sample_fini(&s);
}
END_TEST

START_TEST(cert_days_are_truncated)
{
	struct sample s;
	double days;

	sample_init(&s);
	s.r.tls.verified = false;
	s.r.tls.chain[0].not_after = NOW - 1;
	ck_assert(probe_measure_value(&s.r, MEASURE_CERT_DAYS, &days) && days == 0);
	s.r.tls.chain[0].not_after = NOW - DAY;
	ck_assert(probe_measure_value(&s.r, MEASURE_CERT_DAYS, &days) && days == -1);
	s.r.tls.chain[0].not_after = NOW - DAY - 1;
	ck_assert(probe_measure_value(&s.r, MEASURE_CERT_DAYS, &days) && days == -1);
	s.r.tls.chain[0].not_after = NOW + DAY - 1;
	ck_assert(probe_measure_value(&s.r, MEASURE_CERT_DAYS, &days) && days == 0);
	s.r.tls.chain[0].not_after = INT64_MIN;
	ck_assert(!probe_measure_value(&s.r, MEASURE_CERT_DAYS, &days));
	sample_judge(&s);
	sample_fini(&s);
}
END_TEST

START_TEST(capabilities)
{
	static const char *const wanted[] = {
		"uidl", "SASL LOGIN", "STLS", "SASL CRAM-MD5", "PIPELINING"};
	static const char *const forbidden[] = {"USER", "APOP"};
	struct sample s;

	sample_init(&s);
	s.policy.require_capabilities = wanted;
	s.policy.require_count = 5;
	s.policy.forbid_capabilities = forbidden;
	s.policy.forbid_count = 2;
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 2);
	expect(&s, 0, REASON_CAPABILITY_MISSING, SEVERITY_CRITICAL);
	ck_assert_str_eq(s.v.problems[0].message,
		"capability STLS, SASL CRAM-MD5, PIPELINING are not offered");
	expect(&s, 1, REASON_CAPABILITY_FORBIDDEN, SEVERITY_CRITICAL);
	ck_assert_str_eq(s.v.problems[1].message, "forbidden capability USER is offered");
	sample_fini(&s);
}
END_TEST

START_TEST(capabilities_not_known)
{
	static const char *const wanted[] = {"UIDL"};
	struct sample s;

	sample_init(&s);
	s.policy.require_capabilities = wanted;
	s.policy.require_count = 1;
	/* STLS failed: the list in clear text is not the one before login. */
	pop3_capa_free(s.r.capa[CAPA_TLS]);
	s.r.capa[CAPA_TLS] = NULL;
	s.r.capa_asked[CAPA_TLS] = false;
	sample_fail(&s, PHASE_STLS, REASON_STLS_REFUSED, "", NULL);
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 1);
	/* Lost under way. */
	s.r.capa_asked[CAPA_TLS] = true;
	sample_fail(&s, PHASE_CAPA, REASON_CLOSED, "", NULL);
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 1);
	/* Refused: the server offers nothing. */
	s.r.reason = REASON_NONE;
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 1);
	ck_assert_str_eq(
		s.v.problems[0].message, "capability UIDL is not offered: CAPA was refused");
	sample_fini(&s);
}
END_TEST

START_TEST(thresholds_as_perfdata)
{
	struct sample s;
	char text[REPORT_RANGE_TEXT_MAX];

	sample_init(&s);
	s.policy.has_cert_warning = s.policy.has_cert_critical = true;
	s.policy.cert_warning_days = 30;
	s.policy.cert_critical_days = 14;
	limit(&s, MEASURE_TIME, "2", "5:7");
	sample_judge(&s);
	report_threshold_text(measurement(&s, MEASURE_CERT_DAYS), false, -1, text, sizeof(text));
	ck_assert_str_eq(text, "30");
	report_threshold_text(measurement(&s, MEASURE_CERT_DAYS), true, -1, text, sizeof(text));
	ck_assert_str_eq(text, "14");
	report_threshold_text(measurement(&s, MEASURE_TIME), false, 6, text, sizeof(text));
	ck_assert_str_eq(text, "2.000000");
	report_threshold_text(measurement(&s, MEASURE_TIME), true, -1, text, sizeof(text));
	ck_assert_str_eq(text, "5:7");
	report_threshold_text(measurement(&s, MEASURE_OCTETS), true, -1, text, sizeof(text));
	ck_assert_str_eq(text, "");
	limit(&s, MEASURE_CERT_DAYS, "21:", NULL);
	sample_judge(&s);
	report_threshold_text(measurement(&s, MEASURE_CERT_DAYS), false, -1, text, sizeof(text));
	ck_assert_str_eq(text, "21");
	sample_fini(&s);
}
END_TEST

TCase *tcase_report_verdict(void)
{
	TCase *t = tcase_create("verdict");

	tcase_add_test(t, nothing_wrong);
	tcase_add_test(t, limits_judge);
	tcase_add_test(t, worst_first);
	tcase_add_test(t, operator_states);
	tcase_add_test(t, mismatch_state);
	tcase_add_test(t, several_defects);
	tcase_add_test(t, defects_only_when_they_decide);
	tcase_add_loop_test(t, certificate_thresholds, 0, sizeof(expiries) / sizeof(expiries[0]));
	tcase_add_test(t, path_and_notes);
	tcase_add_test(t, cert_days_are_truncated);
	tcase_add_test(t, capabilities);
	tcase_add_test(t, capabilities_not_known);
	tcase_add_test(t, thresholds_as_perfdata);
	return t;
}
