#include "test_report.h"

#include "report/number.h"
#include "report/range.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *text, *exact, *perf;
	double quiet, alert; /* NAN: none to try */
} good[] = {
	{"10", "10", "10", 10, 10.0001},
	{"10", "10", "10", 0, -0.0001},
	{"10:", "10:", "10:", 10, 9.99},
	{"~:10", "~:10", "10", -1e300, 10.5},
	{"10:20", "10:20", "10:20", 20, 21},
	{"10:20", "10:20", "10:20", 10, 9},
	{"@10:20", "@10:20", "@10:20", 9.9, 10},
	{"@10:20", "@10:20", "@10:20", 20.1, 20},
	{"@10", "@10", "@10", -1, 0},
	{"@~:10", "@~:10", "@~:10", 11, -5},
	{"@10:", "@10:", "@10:", 9, 1e9},
	{":5.75", "5.75", "5.75", 5.75, 5.76},
	{"0:5", "5", "5", 5, 6},
	{"10%", "10", "10", 10, 11},
	{"10%:20%", "10:20", "10:20", 15, 25},
	{"-10:-5", "-10:-5", "-10:-5", -7, -4},
	{"~:-5", "~:-5", "-5", -6, -4},
	{"-5:", "-5:", "-5:", -5, -6},
	{"9007199254740993:", "9007199254740992:", "9007199254740992:", 1e16, 1},
	{"0.5", "0.5", "0.5", 0.5, 0.51},
	{".5", "0.5", "0.5", 0.5, 0.51},
	{"1e3", "1000", "1000", 1000, 1001},
	{"~:", "~:", "~:", 1e308, NAN},
	{"@~:", "@~:", "@~:", NAN, 0},
	{" 5", "5", "5", 5, 6},
	{"5 ", "5", "5", 5, 6},
	{"0", "0", "0", 0, 0.1},
	{"5:5", "5:5", "5:5", 5, 6},
};

START_TEST(range_good)
{
	struct report_range r, again;
	char text[REPORT_RANGE_TEXT_MAX];

	ck_assert_msg(!report_range_parse(good[_i].text, &r), "%s", good[_i].text);
	report_range_exact(&r, -1, text, sizeof(text));
	ck_assert_str_eq(text, good[_i].exact);
	ck_assert_ptr_null(report_range_parse(text, &again));
	ck_assert(r.start == again.start && r.end == again.end && r.inside == again.inside);
	report_range_text(&r, -1, text, sizeof(text));
	ck_assert_str_eq(text, good[_i].perf);
	if (!isnan(good[_i].quiet))
		ck_assert(!report_range_alert(&r, good[_i].quiet));
	if (!isnan(good[_i].alert))
		ck_assert(report_range_alert(&r, good[_i].alert));
}
END_TEST

static const char *const bad[] = {"", " ", "2:1", "@2:1", "-5", ":", "@", "@:", "~", "junk", "5x",
	"0x10", "inf", "nan", "1:2:3", "1,5", "10:~", "1e999", "--5", "+", "1.2.3", "5 6", "1e",
	"%", ".", "1:%"};

START_TEST(range_bad)
{
	struct report_range r = {1, 2, true};

	ck_assert_msg(report_range_parse(bad[_i], &r), "%s", bad[_i]);
	ck_assert(r.start == 1 && r.end == 2 && r.inside);
}
END_TEST

START_TEST(range_decimals)
{
	struct report_range r;
	char text[REPORT_RANGE_TEXT_MAX];

	ck_assert_ptr_null(report_range_parse("2", &r));
	report_range_text(&r, 6, text, sizeof(text));
	ck_assert_str_eq(text, "2.000000");
	ck_assert_ptr_nonnull(report_range_parse(NULL, &r));
}
END_TEST

START_TEST(number_text)
{
	char text[REPORT_NUMBER_MAX];

	ck_assert_str_eq(report_number(0.043, 6, text, sizeof(text)), "0.043000");
	ck_assert_str_eq(report_number(0.1 + 0.2, -1, text, sizeof(text)), "0.30000000000000004");
	ck_assert_str_eq(report_number(1799999999, -1, text, sizeof(text)), "1799999999");
	ck_assert_str_eq(report_number(1800000000, -1, text, sizeof(text)), "1800000000");
	ck_assert_str_eq(report_number(-0.0, -1, text, sizeof(text)), "0");
	ck_assert_str_eq(report_number((double)-NAN, -1, text, sizeof(text)), "NaN");
	ck_assert_str_eq(report_number(INFINITY, 6, text, sizeof(text)), "+Inf");
	ck_assert_str_eq(report_number(-INFINITY, -1, text, sizeof(text)), "-Inf");
	report_number(-1.7976931348623157e308, 9, text, sizeof(text));
	ck_assert_uint_eq(strlen(text), 1 + 309 + 1 + 9);
}
END_TEST

START_TEST(number_ignores_locale)
{
	char text[REPORT_NUMBER_MAX];
	struct report_range r;

	if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "de_DE"))
		return;
	ck_assert_str_eq(report_number(0.5, -1, text, sizeof(text)), "0.5");
	ck_assert_str_eq(report_number(0.5, 3, text, sizeof(text)), "0.500");
	ck_assert_ptr_null(report_range_parse("0.5", &r));
	ck_assert(r.end == 0.5);
	setlocale(LC_ALL, "C");
}
END_TEST

static const struct {
	const char *text;
	bool any_case, ok;
	enum probe_severity state;
} states[] = {
	{"ok", false, true, SEVERITY_OK},
	{"okay", false, true, SEVERITY_OK},
	{"warn", false, true, SEVERITY_WARNING},
	{"warning", false, true, SEVERITY_WARNING},
	{"crit", false, true, SEVERITY_CRITICAL},
	{"critical", false, true, SEVERITY_CRITICAL},
	{"unknown", false, true, SEVERITY_UNKNOWN},
	{"2", false, true, SEVERITY_CRITICAL},
	{"CRIT", false, false, SEVERITY_OK},
	{"CRITICAL", true, true, SEVERITY_CRITICAL},
	{"Unknown", true, true, SEVERITY_UNKNOWN},
	{"", false, false, SEVERITY_OK},
	{"4", false, false, SEVERITY_OK},
	{"22", false, false, SEVERITY_OK},
	{"w", true, false, SEVERITY_OK},
	{NULL, true, false, SEVERITY_OK},
};

START_TEST(state_words)
{
	enum probe_severity s = SEVERITY_OK;

	ck_assert(report_state_parse(states[_i].text, states[_i].any_case, &s) == states[_i].ok);
	ck_assert_int_eq(s, states[_i].state);
}
END_TEST

START_TEST(state_order)
{
	ck_assert_int_eq(
		report_state_worse(SEVERITY_CRITICAL, SEVERITY_UNKNOWN), SEVERITY_CRITICAL);
	ck_assert_int_eq(
		report_state_worse(SEVERITY_UNKNOWN, SEVERITY_CRITICAL), SEVERITY_CRITICAL);
	ck_assert_int_eq(report_state_worse(SEVERITY_WARNING, SEVERITY_UNKNOWN), SEVERITY_UNKNOWN);
	ck_assert_int_eq(report_state_worse(SEVERITY_OK, SEVERITY_WARNING), SEVERITY_WARNING);
	ck_assert_int_eq(report_exit_code(SEVERITY_UNKNOWN), 3);
	ck_assert_str_eq(report_state_name(SEVERITY_CRITICAL), "CRITICAL");
}
END_TEST

START_TEST(names_parse_back)
{
	for (int i = 0; i < REASON_COUNT; i++) {
		enum probe_reason back = REASON_NONE;

		ck_assert(probe_reason_parse(probe_reason_name((enum probe_reason)i), &back));
		ck_assert_int_eq(back, i);
	}
	for (int i = 0; i < MEASURE_COUNT; i++) {
		enum probe_measure back = MEASURE_COUNT;

		ck_assert(probe_measure_parse(probe_measure_name((enum probe_measure)i), &back));
		ck_assert_int_eq(back, i);
		ck_assert_uint_gt(strlen(probe_measure_help((enum probe_measure)i)), 0);
	}
	ck_assert_str_eq(probe_phase_name(PHASE_AUTH), "auth");
	ck_assert_str_eq(probe_measure_unit(MEASURE_OCTETS), "B");
	ck_assert_int_eq(probe_reason_severity(REASON_IN_USE), SEVERITY_WARNING);
	ck_assert_int_eq(probe_reason_severity(REASON_CANCELLED), SEVERITY_UNKNOWN);
}
END_TEST

TCase *tcase_report_range(void)
{
	TCase *t = tcase_create("range");

	tcase_add_loop_test(t, range_good, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(t, range_bad, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, range_decimals);
	tcase_add_test(t, number_text);
	tcase_add_test(t, number_ignores_locale);
	tcase_add_loop_test(t, state_words, 0, sizeof(states) / sizeof(states[0]));
	tcase_add_test(t, state_order);
	tcase_add_test(t, names_parse_back);
	return t;
}
