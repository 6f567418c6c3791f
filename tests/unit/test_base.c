#include "test_base.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/secret.h"
#include "base/slice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(slice_basics)
{
	struct slice rest = SLICE_LIT("a,,bc");

	ck_assert_uint_eq(slice_str(NULL).n, 0);
	ck_assert(slice_eq(slice_str(""), slice_str(NULL)));
	ck_assert(slice_eq(SLICE_LIT("ab"), slice_str("ab")));
	ck_assert(!slice_eq(SLICE_LIT("ab"), SLICE_LIT("aB")));
	ck_assert(slice_ieq(SLICE_LIT("sTLs"), SLICE_LIT("StlS")));
	ck_assert(!slice_ieq(SLICE_LIT("@["), SLICE_LIT("`{")));
	ck_assert(!slice_ieq(SLICE_LIT("a"), SLICE_LIT("ab")));
	ck_assert(slice_prefix(SLICE_LIT("+OK x"), SLICE_LIT("+OK")));
	ck_assert(!slice_prefix(SLICE_LIT("+O"), SLICE_LIT("+OK")));
	ck_assert(slice_eq(slice_cut(&rest, ','), SLICE_LIT("a")));
	ck_assert_uint_eq(slice_cut(&rest, ',').n, 0);
	ck_assert(slice_eq(slice_cut(&rest, ','), SLICE_LIT("bc")));
	ck_assert_uint_eq(rest.n, 0);
	ck_assert_uint_eq(slice_cut(&rest, ',').n, 0);
}
END_TEST

START_TEST(slice_finding)
{
	struct slice hay = SLICE_LIT("abcabc");

	ck_assert_uint_eq(slice_find(hay, SLICE_LIT("bc"), 0), 1);
	ck_assert_uint_eq(slice_find(hay, SLICE_LIT("bc"), 2), 4);
	ck_assert_uint_eq(slice_find(hay, SLICE_LIT("bc"), 5), (size_t)-1);
	ck_assert_uint_eq(slice_find(hay, SLICE_LIT("bc"), 99), (size_t)-1);
	ck_assert_uint_eq(slice_find(hay, SLICE_LIT(""), 3), 3);
	ck_assert_uint_eq(slice_find(slice_str(NULL), SLICE_LIT("x"), 0), (size_t)-1);
}
END_TEST

static const struct {
	const char *in;
	enum num_status status;
	uint64_t value;
} numbers[] = {
	{"0", NUM_OK, 0},
	{"007", NUM_OK, 7},
	{"18446744073709551615", NUM_OK, UINT64_MAX},
	{"00000000000000000000018446744073709551615", NUM_OK, UINT64_MAX},
	{"18446744073709551616", NUM_RANGE, 0},
	{"18446744073709551620", NUM_RANGE, 0},
	{"99999999999999999999999", NUM_RANGE, 0},
	{"99999999999999999999999x", NUM_SYNTAX, 0},
	{"", NUM_SYNTAX, 0},
	{"-1", NUM_SYNTAX, 0},
	{"+1", NUM_SYNTAX, 0},
	{" 1", NUM_SYNTAX, 0},
	{"1 ", NUM_SYNTAX, 0},
	{"0x1", NUM_SYNTAX, 0},
	{"1.0", NUM_SYNTAX, 0},
	{"1:", NUM_SYNTAX, 0},
	{"1/", NUM_SYNTAX, 0},
	{"\xd9\xa1", NUM_SYNTAX, 0},
};

START_TEST(numbers_are_strict)
{
	uint64_t value = 4711;

	ck_assert_int_eq(num_parse_u64(slice_str(numbers[_i].in), &value), numbers[_i].status);
	ck_assert_uint_eq(value, numbers[_i].status == NUM_OK ? numbers[_i].value : 4711);
}
END_TEST

START_TEST(buf_appends_whole_or_not)
{
	struct buf b;

	buf_init(&b, 8);
	ck_assert_str_eq(buf_str(&b), "");
	ck_assert(buf_add_str(&b, "1234"));
	ck_assert(buf_addf(&b, "%d", 5678));
	ck_assert_str_eq(buf_str(&b), "12345678");
	ck_assert(!buf_add_char(&b, 'x') && b.failed);
	ck_assert_uint_eq(b.n, 8);
	buf_consume(&b, 6);
	ck_assert_str_eq(buf_str(&b), "78");
	ck_assert_msg(!buf_add_char(&b, 'x'), "a gap would go unseen");
	buf_clear(&b);
	ck_assert(!b.failed && buf_add_str(&b, ""));
	ck_assert(!buf_addf(&b, "%s", "123456789") && b.failed);
	ck_assert_uint_eq(b.n, 0);
	buf_release(&b);
	ck_assert(buf_add(&b, NULL, 0) && !b.p);
	buf_fini(&b);
}
END_TEST

START_TEST(buf_never_passes_max)
{
	struct buf b;
	char *copy;

	buf_init(&b, 1000);
	while (buf_add_str(&b, "0123456"))
		ck_assert_uint_le(b.cap, 1001);
	ck_assert_uint_eq(b.n, 1000 / 7 * 7);
	copy = buf_dup(&b);
	ck_assert_str_eq(copy, buf_str(&b));
	free(copy);
	buf_truncate(&b, 3);
	ck_assert_str_eq(buf_str(&b), "012");
	buf_truncate(&b, 30);
	ck_assert_uint_eq(b.n, 3);
	buf_fini(&b);
	buf_init(&b, (size_t)-1);
	ck_assert(!buf_extend(&b, (size_t)-1 / 2) && b.failed);
	buf_fini(&b);
}
END_TEST

START_TEST(buf_secret_leaves_nothing)
{
	struct buf b;
	static const unsigned char zero[8];

	buf_init_secret(&b, 1000);
	buf_add_str(&b, "hunter22");
	buf_consume(&b, 4);
	ck_assert_mem_eq(b.p, "er22", 4);
	ck_assert_mem_eq(b.p + 4, zero, 4);
	buf_clear(&b);
	ck_assert_mem_eq(b.p, zero, 8);
	for (int i = 0; i < 100; i++)
		ck_assert(buf_add_str(&b, "hunter22"));
	ck_assert_uint_eq(b.n, 800);
	buf_fini(&b);
}
END_TEST

/* RFC 4648 section 10 */
static const char *const base64_pairs[][2] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
	{"\xfb\xff\xfe", "+//+"},
};

START_TEST(base64_vectors)
{
	struct buf out;

	buf_init(&out, 100);
	ck_assert(base64_encode(&out, slice_str(base64_pairs[_i][0])));
	ck_assert_str_eq(buf_str(&out), base64_pairs[_i][1]);
	buf_clear(&out);
	ck_assert(base64_decode(&out, slice_str(base64_pairs[_i][1])));
	ck_assert_str_eq(buf_str(&out), base64_pairs[_i][0]);
	buf_fini(&out);
}
END_TEST

static const char *const base64_bad[] = {
	"Z",
	"Zg",
	"Zg=",
	"Zg===",
	"=",
	"====",
	"Z===",
	"Zh==",
	"Zm9=",
	"Zm9v\n",
	"Zm 9",
	"Zm9v=",
	"Zm=v",
	"Z=9v",
	"Zg==Zg==",
	"-__-",
	"Zm9vYg=",
	"Zm9vY===",
	"Zm\x80v",
	"Zg=A",
	"*",
};

START_TEST(base64_refuses)
{
	struct buf out;

	buf_init(&out, 100);
	buf_add_str(&out, "kept");
	ck_assert(!base64_decode(&out, slice_str(base64_bad[_i])));
	ck_assert_str_eq(buf_str(&out), "kept");
	ck_assert(!out.failed);
	buf_fini(&out);
}
END_TEST

START_TEST(base64_full)
{
	struct buf out;

	buf_init(&out, 4);
	ck_assert(base64_encode(&out, SLICE_LIT("foo")));
	ck_assert(!base64_encode(&out, SLICE_LIT("f")) && out.failed);
	buf_clear(&out);
	ck_assert(!base64_decode(&out, SLICE_LIT("Zm9vYmFy")) && out.failed);
	ck_assert_uint_eq(out.n, 0);
	buf_fini(&out);
}
END_TEST

/* Whether the mapping with this address is marked "dd" (do not dump) in /proc/self/smaps. */
static bool not_dumped(const void *p)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	uintptr_t from, to, at = (uintptr_t)p;
	bool inside = false, marked = false;
	char line[512];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
			inside = at >= from && at < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			marked = strstr(line, " dd") != NULL;
	}
	(void)fclose(f);
	return marked;
}

START_TEST(secrets)
{
	struct secret *s = secret_new("pass\0word", 9);
	struct secret *empty = secret_new(NULL, 0);
	char text[] = "hunter22";

	ck_assert_ptr_nonnull(s);
	ck_assert(slice_eq(secret_slice(s), SLICE_LIT("pass\0word")));
	ck_assert_uint_eq(secret_slice(s).p[9], 0);
	ck_assert_ptr_nonnull(empty);
	ck_assert_uint_eq(secret_slice(empty).n, 0);
	ck_assert_uint_eq(secret_slice(NULL).n, 0);
	secret_wipe(text, sizeof(text));
	ck_assert_mem_eq(text, "\0\0\0\0\0\0\0\0", 8);
	ck_assert(not_dumped(secret_slice(s).p));
	secret_free(s);
	secret_free(empty);
	secret_free(NULL);
	ck_assert_ptr_null(secret_new("x", (size_t)-1));
}
END_TEST

static TCase *tcase_octets(void)
{
	TCase *tc = tcase_create("octets");

	tcase_add_test(tc, slice_basics);
	tcase_add_test(tc, slice_finding);
	tcase_add_loop_test(tc, numbers_are_strict, 0, sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(tc, buf_appends_whole_or_not);
	tcase_add_test(tc, buf_never_passes_max);
	tcase_add_test(tc, buf_secret_leaves_nothing);
	tcase_add_loop_test(tc, base64_vectors, 0, sizeof(base64_pairs) / sizeof(base64_pairs[0]));
	tcase_add_loop_test(tc, base64_refuses, 0, sizeof(base64_bad) / sizeof(base64_bad[0]));
	tcase_add_test(tc, base64_full);
	tcase_add_test(tc, secrets);
	return tc;
}

Suite *suite_base(void)
{
	Suite *suite = suite_create("base");

	suite_add_tcase(suite, tcase_octets());
	suite_add_tcase(suite, tcase_text());
	suite_add_tcase(suite, tcase_redact());
	return suite;
}
