#include "test_pop3.h"

#include "base/buf.h"
#include "pop3/capa.h"
#include "pop3/limits.h"
#include "pop3/listing.h"

#include <string.h>

static bool add(struct pop3_capa *c, struct slice line)
{
	return pop3_capa_add(c, line, line) == POP3_ERROR_NONE;
}

/* --- CAPA ------------------------------------------------------------------------------------ */

static struct pop3_capa *capa_of(const char *const *lines)
{
	struct pop3_capa *c = pop3_capa_new();

	ck_assert_ptr_nonnull(c);
	for (; *lines != NULL; lines++)
		ck_assert(add(c, slice_str(*lines)));
	return c;
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool same(struct slice s, const char *text)
{
	return slice_eq(s, slice_str(text));
}

START_TEST(capa_lines)
{
	struct pop3_capa *c = capa_of(LINES("TOP", "", "LOGIN-DELAY 900 USER", "USER "));
	struct slice args;

	ck_assert_uint_eq(pop3_capa_count(c), 4);
	ck_assert(same(pop3_capa_line(c, 0), "TOP"));
	ck_assert(same(pop3_capa_line(c, 1), ""));
	ck_assert(same(pop3_capa_line(c, 2), "LOGIN-DELAY 900 USER"));
	ck_assert(same(pop3_capa_tag(c, 1), ""));
	ck_assert(same(pop3_capa_tag(c, 2), "LOGIN-DELAY"));
	ck_assert(pop3_capa_find(c, SLICE_LIT("login-delay"), &args));
	ck_assert(same(args, "900 USER"));
	ck_assert(pop3_capa_find(c, SLICE_LIT("USER"), &args));
	ck_assert(same(args, ""));
	ck_assert(!pop3_capa_find(c, SLICE_LIT("900"), NULL));
	ck_assert(!pop3_capa_find(c, SLICE_LIT("LOGIN"), NULL));
	ck_assert(!pop3_capa_find(c, SLICE_LIT("TOPS"), NULL));
	pop3_capa_free(c);
	pop3_capa_free(NULL);
}
END_TEST

static const struct {
	const char *line;
	uint32_t mechs;
} sasl_lines[] = {
	{"SASL PLAIN", 1u << AUTH_PLAIN},
	{"sasl plain Login", 1u << AUTH_PLAIN | 1u << AUTH_LOGIN},
	{"SASL  SCRAM-SHA-256   SCRAM-SHA-1 ", 1u << AUTH_SCRAM_SHA_256 | 1u << AUTH_SCRAM_SHA_1},
	{"SASL XOAUTH2 OAUTHBEARER EXTERNAL",
		1u << AUTH_XOAUTH2 | 1u << AUTH_OAUTHBEARER | 1u << AUTH_EXTERNAL},
	{"SASL", 0},
	{"SASL USER APOP", 0},
	{"SASL PLAINX XPLAIN SCRAM-SHA-256-PLUS", 0},
	{"SASL\tPLAIN", 0},
	{"XSASL PLAIN", 0},
	{"PLAIN SASL", 0},
	{"SASL PLAIN\r", 0},
};

START_TEST(capa_sasl)
{
	struct pop3_capa *c = capa_of(LINES("TOP", sasl_lines[_i].line));

	ck_assert_uint_eq(pop3_capa_sasl(c), sasl_lines[_i].mechs);
	pop3_capa_free(c);
}
END_TEST

START_TEST(capa_bounds)
{
	static char line[POP3_CAPA_OCTETS_MAX + 1];
	struct pop3_capa *c = pop3_capa_new();

	ck_assert_ptr_nonnull(c);
	for (size_t i = 0; i < POP3_CAPA_LINES_MAX; i++)
		ck_assert(add(c, SLICE_LIT("X")));
	ck_assert(!add(c, SLICE_LIT("X")));
	ck_assert_uint_eq(pop3_capa_count(c), POP3_CAPA_LINES_MAX);
	pop3_capa_free(c);
	c = pop3_capa_new();
	ck_assert_ptr_nonnull(c);
	memset(line, 'x', POP3_CAPA_OCTETS_MAX);
	ck_assert(add(c, slice_str(line)));
	ck_assert_uint_eq(pop3_capa_line(c, 0).n, POP3_CAPA_OCTETS_MAX);
	ck_assert(!add(c, SLICE_LIT("X")));
	ck_assert_uint_eq(pop3_capa_count(c), 1);
	pop3_capa_free(c);
	c = pop3_capa_new();
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(pop3_capa_sasl(c), 0);
	ck_assert(!add(c, (struct slice){(unsigned char *)line, sizeof(line)}));
	pop3_capa_free(c);
}
END_TEST

/* --- numbers --------------------------------------------------------------------------------- */

#define ROW(text, status, a, b)                                                                    \
	{                                                                                          \
		SLICE_INIT(text), status, a, b                                                     \
	}

static const struct {
	struct slice text;
	enum num_status status;
	uint64_t first, second;
} pairs[] = {
	ROW("0 0", NUM_OK, 0, 0),
	ROW("2 320", NUM_OK, 2, 320),
	ROW("2 320 ", NUM_OK, 2, 320),
	ROW("2 320 octets, and more", NUM_OK, 2, 320),
	ROW("2 320  \xff", NUM_OK, 2, 320),
	ROW("007 000", NUM_OK, 7, 0),
	ROW("18446744073709551615 18446744073709551615", NUM_OK, UINT64_MAX, UINT64_MAX),
	ROW("18446744073709551616 0", NUM_RANGE, 0, 0),
	ROW("0 18446744073709551616", NUM_RANGE, 0, 0),
	ROW("36893488147419103232 1", NUM_RANGE, 0, 0),
	ROW("1 99999999999999999999999999999999", NUM_RANGE, 0, 0),
	ROW("", NUM_SYNTAX, 0, 0),
	ROW(" ", NUM_SYNTAX, 0, 0),
	ROW("1", NUM_SYNTAX, 0, 0),
	ROW("1 ", NUM_SYNTAX, 0, 0),
	ROW(" 1 2", NUM_SYNTAX, 0, 0),
	ROW("1  2", NUM_SYNTAX, 0, 0),
	ROW("1\t2", NUM_SYNTAX, 0, 0),
	ROW("1 2\t", NUM_SYNTAX, 0, 0),
	ROW("1 2,", NUM_SYNTAX, 0, 0),
	ROW("-1 2", NUM_SYNTAX, 0, 0),
	ROW("1 -2", NUM_SYNTAX, 0, 0),
	ROW("+1 2", NUM_SYNTAX, 0, 0),
	ROW("-0 0", NUM_SYNTAX, 0, 0),
	ROW("0x1 2", NUM_SYNTAX, 0, 0),
	ROW("1e3 2", NUM_SYNTAX, 0, 0),
	ROW("1.0 2", NUM_SYNTAX, 0, 0),
	ROW("1,000 2", NUM_SYNTAX, 0, 0),
	ROW("a 2", NUM_SYNTAX, 0, 0),
	ROW("1 b", NUM_SYNTAX, 0, 0),
	ROW("1\0 2", NUM_SYNTAX, 0, 0),
	ROW("1 2\0", NUM_SYNTAX, 0, 0),
	/* ARABIC-INDIC DIGIT ONE, FULLWIDTH DIGIT TWO, SUPERSCRIPT TWO, NO-BREAK SPACE */
	ROW("\xd9\xa1 2", NUM_SYNTAX, 0, 0),
	ROW("1 \xef\xbc\x92", NUM_SYNTAX, 0, 0),
	ROW("1 2\xc2\xb2", NUM_SYNTAX, 0, 0),
	ROW("1\xc2\xa0"
	    "2",
		NUM_SYNTAX, 0, 0),
};

START_TEST(listing)
{
	uint64_t first = 0, second = 0;

	ck_assert_int_eq(pop3_listing_pair(pairs[_i].text, &first, &second), pairs[_i].status);
	if (pairs[_i].status == NUM_OK) {
		ck_assert_uint_eq(first, pairs[_i].first);
		ck_assert_uint_eq(second, pairs[_i].second);
	}
}
END_TEST

Suite *suite_pop3(void)
{
	Suite *s = suite_create("pop3");
	TCase *tc = tcase_create("lists");

	tcase_add_test(tc, capa_lines);
	tcase_add_loop_test(tc, capa_sasl, 0, (int)(sizeof(sasl_lines) / sizeof(sasl_lines[0])));
	tcase_add_test(tc, capa_bounds);
	tcase_add_loop_test(tc, listing, 0, (int)(sizeof(pairs) / sizeof(pairs[0])));
	suite_add_tcase(s, tc);
	suite_add_tcase(s, tcase_pop3_reader());
	suite_add_tcase(s, tcase_pop3_limits());
	suite_add_tcase(s, tcase_pop3_session());
	return s;
}
