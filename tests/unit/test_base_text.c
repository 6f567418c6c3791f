#include "test_base.h"

#include "base/text.h"

#include <string.h>

static const struct {
	struct slice in;
	const char *out;
} printable[] = {
	{SLICE_INIT(""), ""},
	{SLICE_INIT("+OK ready"), "+OK ready"},
	{SLICE_INIT("a\r\n\tb"), "a\\r\\n\\tb"},
	{SLICE_INIT("a\0b"), "a\\x00b"},
	{SLICE_INIT("\x1b[31m"), "\\x1b[31m"},
	{SLICE_INIT("\x7f"), "\\x7f"},
	{SLICE_INIT("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f"},
	{SLICE_INIT("\xf0\x9f\x93\xac"), "\xf0\x9f\x93\xac"},
	{SLICE_INIT("\xc2\x80\xc2\x9f"), "\\xc2\\x80\\xc2\\x9f"},
	{SLICE_INIT("\xc2\xa0"), "\xc2\xa0"},
	{SLICE_INIT("\xd8\x9c"), "\\xd8\\x9c"},
	{SLICE_INIT("\xe2\x80\x8a"), "\xe2\x80\x8a"},
	{SLICE_INIT("\xe2\x80\x8b"), "\\xe2\\x80\\x8b"},
	{SLICE_INIT("\xe2\x80\x8f"), "\\xe2\\x80\\x8f"},
	{SLICE_INIT("\xe2\x80\x90"), "\xe2\x80\x90"},
	{SLICE_INIT("\xe2\x80\xa7"), "\xe2\x80\xa7"},
	{SLICE_INIT("\xe2\x80\xa8"), "\\xe2\\x80\\xa8"},
	{SLICE_INIT("\xe2\x80\xa9"), "\\xe2\\x80\\xa9"},
	{SLICE_INIT("\xe2\x80\xaa"), "\\xe2\\x80\\xaa"},
	{SLICE_INIT("\xe2\x80\xae"), "\\xe2\\x80\\xae"},
	{SLICE_INIT("\xe2\x80\xaf"), "\xe2\x80\xaf"},
	{SLICE_INIT("\xe2\x81\xa0"), "\\xe2\\x81\\xa0"},
	{SLICE_INIT("\xe2\x81\xa6\xe2\x81\xa9"), "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
	{SLICE_INIT("\xef\xbb\xbf"), "\\xef\\xbb\\xbf"},
	{SLICE_INIT("\xef\xb7\x90"), "\\xef\\xb7\\x90"},
	{SLICE_INIT("\xef\xbf\xbd"), "\xef\xbf\xbd"},
	{SLICE_INIT("\xef\xbf\xbe\xef\xbf\xbf"), "\\xef\\xbf\\xbe\\xef\\xbf\\xbf"},
	{SLICE_INIT("\xf4\x8f\xbf\xbf"), "\\xf4\\x8f\\xbf\\xbf"},
	{SLICE_INIT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"},
	{SLICE_INIT("\xed\x9f\xbf"), "\xed\x9f\xbf"},
	{SLICE_INIT("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
	{SLICE_INIT("\xed\xbf\xbf"), "\\xed\\xbf\\xbf"},
	{SLICE_INIT("\xc0\xaf"), "\\xc0\\xaf"},
	{SLICE_INIT("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf"},
	{SLICE_INIT("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf"},
	{SLICE_INIT("\x9b"
		    "31m"),
		"\\x9b"
		"31m"},
	{SLICE_INIT("a\xc3"), "a\\xc3"},
	{SLICE_INIT("\xe2\x82"), "\\xe2\\x82"},
	{SLICE_INIT("\xc3\xc3\xbc"), "\\xc3\xc3\xbc"},
	{SLICE_INIT("\xff\xfe"), "\\xff\\xfe"},
	{SLICE_INIT("a|b"), "a|b"},
};

START_TEST(characters)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(text_printable(&out, printable[_i].in, 0, TEXT_PLAIN));
	ck_assert_str_eq(buf_str(&out), printable[_i].out);
	buf_fini(&out);
}
END_TEST

START_TEST(no_pipe)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(text_printable(&out, SLICE_LIT("a|b\\|c"), 0, TEXT_NO_PIPE));
	ck_assert_str_eq(buf_str(&out), "a!b\\!c");
	buf_fini(&out);
}
END_TEST

static const struct {
	const char *in;
	size_t max;
	const char *out;
} limited[] = {
	{"abcdef", 6, "abcdef"},
	{"abcdef", 5, "abcde..."},
	{"abcdef", 1, "a..."},
	{"ab\xc3\xbc", 4, "ab\xc3\xbc"},
	{"ab\xc3\xbc", 3, "ab..."},
	{"ab\x01", 5, "ab..."},
	{"ab\x01", 6, "ab\\x01"},
	{"ab\xe2\x80\xae", 13, "ab..."},
};

START_TEST(limits)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(text_printable(&out, slice_str(limited[_i].in), limited[_i].max, 0));
	ck_assert_str_eq(buf_str(&out), limited[_i].out);
	buf_fini(&out);
}
END_TEST

START_TEST(full_buffer)
{
	struct buf out;

	buf_init(&out, 7);
	ck_assert(!text_printable(&out, SLICE_LIT("abcd\xe2\x82\xac\xe2\x82\xac"), 0, 0));
	ck_assert_str_eq(buf_str(&out), "abcd\xe2\x82\xac");
	buf_fini(&out);
}
END_TEST

/* The result is text whatever went in: again through the same filter it stays as it is. */
START_TEST(idempotent)
{
	unsigned state = 1;
	struct buf once, twice;

	buf_init(&once, 10000);
	buf_init(&twice, 10000);
	for (int round = 0; round < 3000; round++) {
		unsigned char in[64];

		for (size_t i = 0; i < sizeof(in); i++) {
			state = state * 1103515245U + 12345U;
			in[i] = (unsigned char)(state >> 16 | (i % 3 ? 0x80 : 0));
		}
		buf_clear(&once);
		buf_clear(&twice);
		ck_assert(text_printable(&once, (struct slice){in, sizeof(in)}, 0, TEXT_NO_PIPE));
		ck_assert(text_printable(&twice, buf_slice(&once), 0, TEXT_NO_PIPE));
		ck_assert(slice_eq(buf_slice(&once), buf_slice(&twice)));
		ck_assert(!strpbrk(buf_str(&once), "|\r\n\t\x1b\x7f"));
	}
	buf_fini(&once);
	buf_fini(&twice);
}
END_TEST

TCase *tcase_text(void)
{
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, characters, 0, sizeof(printable) / sizeof(printable[0]));
	tcase_add_test(tc, no_pipe);
	tcase_add_loop_test(tc, limits, 0, sizeof(limited) / sizeof(limited[0]));
	tcase_add_test(tc, full_buffer);
	tcase_add_test(tc, idempotent);
	return tc;
}
