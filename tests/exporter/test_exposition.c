/* The checker must know good from bad before it judges ours. */
#include "expo.h"
#include "suite.h"

#include <string.h>

#define H(n, t) "# HELP " n " x\n# TYPE " n " " t "\n"

static const struct {
	bool openmetrics, good;
	const char *text;
} rows[] = {
	{false, true, H("a", "gauge") "a 1\n"},
	{false, true, H("a", "gauge") "a{b=\"c\\\\\\\"\\n\"} 1.5e-05\n"},
	{false, true, H("a", "gauge") "a 1\n" H("b_total", "counter") "b_total{x=\"1\"} 2\n"},
	{false, true,
		H("h", "histogram") "h_bucket{le=\"1.0\"} 1\nh_bucket{le=\"+Inf\"} 2\n"
				    "h_sum 3\nh_count 2\n"},
	{true, true, "# TYPE a gauge\n# HELP a x\na 1\n# EOF\n"},
	{true, true, "# TYPE a counter\n# HELP a x\na_total 1\n# EOF\n"},
	{true, true, "# TYPE a info\n# HELP a x\na_info{v=\"1\"} 1\n# EOF\n"},
	{true, true,
		"# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# HELP a_seconds x\n"
		"a_seconds 1\n# EOF\n"},
	{false, false, "a 1\n"},
	{false, false, "# TYPE a gauge\na 1\n"},
	{false, false, H("a", "gauge") "a 1"},
	{false, false, H("a", "gauge") "a 1\r\n"},
	{false, false, H("a", "gauge") "a 1\n\n"},
	{false, false, H("a", "gauge") "a 1\na 1\n"},
	{false, false, H("a", "gauge") "a -nan\n"},
	{false, false, H("a", "gauge") "a 1,5\n"},
	{false, false, H("a", "gauge") "a 0x1p3\n"},
	{false, false, H("a", "gauge") "a 1 1600000000\n"},
	{false, false, H("a", "gauge") "a{b=\"c} 1\n"},
	{false, false, H("a", "gauge") "a{b=\"\"} 1\n"},
	{false, false, H("a", "gauge") "a{b=\"\\x\"} 1\n"},
	{false, false, H("a", "gauge") "a{b=\"1\",b=\"2\"} 1\n"},
	{false, false, H("a", "gauge") "a{__b=\"1\"} 1\n"},
	{false, false, H("a", "gauge") "a{b=\"\xff\"} 1\n"},
	{false, false, H("a", "gauge") "a{b=\"1\"} 1\na{c=\"1\"} 1\n"},
	{false, false, H("a_info", "gauge") "a_info 2\n"},
	{false, false, H("a", "info") "a 1\n"},
	{false, false, H("a_total", "gauge") "a_total 1\n"},
	{false, false, H("a", "counter") "a 1\n"},
	{false, false, H("b", "gauge") "b 1\n" H("a", "gauge") "a 1\n"},
	{false, false, H("a", "gauge") "a 1\n" H("b", "gauge") "b 1\na{x=\"1\"} 1\n"},
	{false, false,
		H("h", "histogram") "h_bucket{le=\"1.0\"} 3\nh_bucket{le=\"+Inf\"} 2\n"
				    "h_sum 3\nh_count 2\n"},
	{false, false, H("h", "histogram") "h_bucket{le=\"1.0\"} 1\nh_sum 3\nh_count 1\n"},
	{false, false, H("h", "histogram") "h_bucket{le=\"+Inf\"} 1\nh_sum 3\nh_count 2\n"},
	{false, false, "# hello\n" H("a", "gauge") "a 1\n"},
	{true, false, "# TYPE a gauge\n# HELP a x\na 1\n"},
	{true, false, "# TYPE a gauge\n# HELP a x\na 1\n# EOF\n# EOF\n"},
	{true, false, "# TYPE a_total counter\n# HELP a_total x\na_total 1\n# EOF\n"},
	{true, false, "# TYPE a gauge\n# UNIT a seconds\n# HELP a x\na 1\n# EOF\n"},
};

START_TEST(row)
{
	char why[EXPO_WHY_MAX];
	const char *got =
		expo_check(rows[_i].text, strlen(rows[_i].text), rows[_i].openmetrics, why);

	ck_assert_msg((got == NULL) == rows[_i].good, "%s\n%s", rows[_i].text, got ? got : "good");
}
END_TEST

Suite *exposition_suite(void)
{
	Suite *s = suite_create("exposition checker");
	TCase *c = tcase_create("rows");

	tcase_add_loop_test(c, row, 0, sizeof(rows) / sizeof(rows[0]));
	suite_add_tcase(s, c);
	return s;
}
