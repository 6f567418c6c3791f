#include "judge_suite.h"

#include <stdlib.h>
#include <string.h>

#include "row.h"

#define CLASSIC "POP OK - 0.001 second response time on h port 1 [+OK]"
#define PERF	"|time=0.001000s;;;0.000000;10.000000"

/* One judgement: what theirs and ours print and end with, and what the fault must contain. */
struct judgement {
	enum want want;
	int their_code;
	const char *theirs;
	int our_code;
	const char *ours;
	int code;	   /* WANT_BETTER */
	const char *regex; /* of ours */
	const char *fault; /* part of it; NULL: the row holds */
};

static const struct judgement judgements[] = {
	/* the same line, with other times */
	{WANT_SAME, 0, CLASSIC PERF "\n", 0,
		"POP OK - 0.999 second response time on h port 1 [+OK]"
		"|time=0.999000s;;;0.000000;10.000000\n",
		0, NULL, NULL},
	/* more behind the classic part */
	{WANT_SAME, 0, CLASSIC PERF, 0, CLASSIC ", TLSv1.3" PERF, 0, NULL, NULL},
	{WANT_SAME, 0, CLASSIC PERF, 0, CLASSIC "more" PERF, 0, NULL, "the line differs"},
	{WANT_SAME, 0, CLASSIC PERF, 0, "POP OK" PERF, 0, NULL, "the line differs"},
	{WANT_SAME, 0, CLASSIC PERF, 1, CLASSIC PERF, 0, NULL, "exit code"},
	{WANT_SAME, 0, CLASSIC PERF, 0, CLASSIC, 0, NULL, "perfdata differ"},
	{WANT_SAME, 0, CLASSIC PERF, 0, CLASSIC PERF " cert_days=3", 0, NULL, "perfdata differ"},
	{WANT_SAME, 0, CLASSIC PERF, 0, CLASSIC "|time=0.001000s;1;;0.000000;10.000000", 0, NULL,
		"perfdata differ"},
	/* none of theirs: any of ours that parse */
	{WANT_SAME, 2, "No data", 2, "No data|time=0.1s", 0, NULL, NULL},
	{WANT_SAME, 2, "No data", 2, "No data|time=0,1s", 0, NULL, "does not parse"},
	/* manners */
	{WANT_SAME, 0, "", 0, "", 0, NULL, "printed nothing"},
	{WANT_SAME, 141, "", 141, "", 0, NULL, "ended with 141"},
	{WANT_BETTER, 0, "x", 0, "a\033b", 0, ".", "control characters"},
	{WANT_BETTER, 0, "x", 0, "a\rb", 0, ".", "control characters"},
	{WANT_BETTER, 0, "x", 0, "a\xe9 b", 0, ".", "bad UTF-8"},
	{WANT_BETTER, 0, "x", 0, "a\xc2\x9b b", 0, ".", "control characters"},
	{WANT_BETTER, 0, "x", 0, "caf\xc3\xa9", 0, "caf", NULL},
	{WANT_BETTER, 0, "x", 0, "a|b=1|c=2", 0, ".", "more than one |"},
	/* better */
	{WANT_BETTER, 0, "x", 2, "gone", 2, "^gone$", NULL},
	{WANT_BETTER, 0, "x", 1, "gone", 2, "^gone$", "exit code 1, wanted 2"},
	{WANT_BETTER, 0, "x", 2, "first\nsecond", 2, "second", "wanted /second/"},
	/* code */
	{WANT_CODE, 3, "usage", 3, "another usage", 0, NULL, NULL},
	{WANT_CODE, 3, "usage", 3, "another usage", 0, "port", "wanted /port/"},
	{WANT_CODE, 3, "usage", 2, "another usage", 0, NULL, "exit code"},
};

static void fill(struct outcome *out, int code, const char *text)
{
	out->code = code;
	out->raw = strdup(text);
	out->raw_octets = strlen(text);
	out->text = mask(text, strlen(text));
}

START_TEST(test_judgement)
{
	const struct judgement *j = &judgements[_i];
	struct row row = {.name = "row", .within = 1, .was_code = ANY_CODE, .was = ""};

	row.want = j->want;
	row.code = j->code;
	row.regex = j->regex;
	fill(&row.theirs, j->their_code, j->theirs);
	fill(&row.ours, j->our_code, j->ours);
	row.fault = row_judge(&row);
	if (j->fault)
		ck_assert_msg(row.fault && strstr(row.fault, j->fault), "%s, not: %s",
			row.fault ? row.fault : "no fault", j->fault);
	else
		ck_assert_msg(!row.fault, "%s", row.fault);
	free(row.fault);
	outcome_fini(&row.theirs);
	outcome_fini(&row.ours);
}
END_TEST

START_TEST(test_records)
{
	struct row row = {.within = 1, .was_code = 0, .was = "^x$", .want = WANT_CODE};

	fill(&row.theirs, 1, "x");
	fill(&row.ours, 1, "x");
	row.fault = row_judge(&row);
	ck_assert(row.fault && strstr(row.fault, "exit code 1, recorded 0"));
	free(row.fault);
	row.was_code = 1;
	row.was = "^y$";
	row.fault = row_judge(&row);
	ck_assert(row.fault && strstr(row.fault, "recorded /^y$/"));
	free(row.fault);
	row.was = "^x$";
	row.ours.seconds = 2;
	row.fault = row_judge(&row);
	ck_assert(row.fault && strstr(row.fault, "may take"));
	free(row.fault);
	row.ours.seconds = 0;
	row.server = "QUIT";
	row.fault = row_judge(&row);
	ck_assert(row.fault && strstr(row.fault, "(nothing), not /QUIT/"));
	free(row.fault);
	outcome_fini(&row.theirs);
	outcome_fini(&row.ours);
}
END_TEST

START_TEST(test_masks)
{
	static const char raw[] = "POP 1,201 second 1.5 seconds|time=1.2s;0.500000\n\r\033";
	char *masked = mask(raw, sizeof(raw) - 1);

	ck_assert_str_eq(masked, "POP T second T seconds|time=Ts;0.500000\\n\\r\\x1b");
	free(masked);
}
END_TEST

Suite *judge_suite(void)
{
	Suite *suite = suite_create("peers: the judge");
	TCase *tcase = tcase_create("judge");
	const int count = (int)(sizeof(judgements) / sizeof(judgements[0]));

	tcase_add_loop_test(tcase, test_judgement, 0, count);
	tcase_add_test(tcase, test_records);
	tcase_add_test(tcase, test_masks);
	suite_add_tcase(suite, tcase);
	return suite;
}
