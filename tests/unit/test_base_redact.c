/* Properties of redaction: whatever stands around a secret, and however it is spelt, it does not
 * survive; and what holds no secret stays as it is. */
#include "test_base.h"

#include "base/base64.h"
#include "base/redact.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

enum { BIG = 1 << 20 };

static uint32_t rng_state;

/* xorshift: the same sequence on each run. */
static uint32_t rng(uint32_t below)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 17;
	rng_state ^= rng_state << 5;
	return rng_state % below;
}

static void add_random(struct buf *b, size_t n, bool printable)
{
	for (size_t i = 0; i < n; i++)
		buf_add_char(b, (char)(printable ? 0x20 + rng(0x5f) : rng(256)));
}

static bool holds(const struct buf *b, struct slice what)
{
	return slice_find(buf_slice(b), what, 0) != (size_t)-1;
}

static void spell_raw(struct buf *out, struct slice secret)
{
	buf_add_slice(out, secret);
}

static void spell_hex_lower(struct buf *out, struct slice secret)
{
	for (size_t i = 0; i < secret.n; i++)
		buf_addf(out, "%02x", secret.p[i]);
}

static void spell_hex_upper(struct buf *out, struct slice secret)
{
	for (size_t i = 0; i < secret.n; i++)
		buf_addf(out, "%02X", secret.p[i]);
}

static void spell_hex_colons(struct buf *out, struct slice secret)
{
	for (size_t i = 0; i < secret.n; i++)
		buf_addf(out, "%s%02X", i ? ":" : "", secret.p[i]);
}

static void spell_percent(struct buf *out, struct slice secret)
{
	for (size_t i = 0; i < secret.n; i++)
		buf_addf(out, "%%%02X", secret.p[i]);
}

static void spell_octet(struct buf *out, unsigned char c, uint32_t how)
{
	switch (how) {
	case 0:
		buf_addf(out, "%%%02X", c);
		break;
	case 1:
		buf_addf(out, "%%%02x", c);
		break;
	case 2:
		buf_addf(out, "\\x%02x", c);
		break;
	case 3:
		buf_addf(out, "=%02X", c);
		break;
	case 4:
		buf_addf(out, "\\u00%02x", c);
		break;
	default:
		buf_add_char(out, (char)c);
	}
}

static void spell_mixed(struct buf *out, struct slice secret)
{
	for (size_t i = 0; i < secret.n; i++)
		spell_octet(out, secret.p[i], rng(8));
}

static void spell_printable(struct buf *out, struct slice secret)
{
	text_printable(out, secret, 0, TEXT_NO_PIPE);
}

/* The secret with `before` octets in front and `after` behind it, as RFC 4616 puts it. */
static void spell_base64(struct buf *out, struct slice secret, size_t before, size_t after)
{
	struct buf plain;

	buf_init(&plain, BIG);
	add_random(&plain, before, false);
	buf_add_slice(&plain, secret);
	add_random(&plain, after, false);
	base64_encode(out, buf_slice(&plain));
	buf_fini(&plain);
}

static void spell_base64_any(struct buf *out, struct slice secret)
{
	spell_base64(out, secret, rng(9), rng(9));
}

static void spell_base64url(struct buf *out, struct slice secret)
{
	size_t from = out->n;

	spell_base64_any(out, secret);
	while (out->n > from && out->p[out->n - 1] == '=')
		buf_truncate(out, out->n - 1);
	for (size_t i = from; i < out->n; i++)
		if (out->p[i] == '+' || out->p[i] == '/')
			out->p[i] = out->p[i] == '+' ? '-' : '_';
}

static void spell_base64_wrapped(struct buf *out, struct slice secret)
{
	struct buf line;
	size_t width = 3 + rng(20);

	buf_init(&line, BIG);
	spell_base64_any(&line, secret);
	for (size_t i = 0; i < line.n; i++) {
		if (i % width == 0)
			buf_add_str(out, rng(2) ? "\r\n " : "\n");
		buf_add_char(out, (char)line.p[i]);
	}
	buf_fini(&line);
}

static void spell_base64_escaped(struct buf *out, struct slice secret)
{
	struct buf line;

	buf_init(&line, BIG);
	spell_base64_any(&line, secret);
	for (size_t i = 0; i < line.n; i++) {
		if (strchr("+/=", line.p[i]))
			buf_addf(out, "%%%02X", line.p[i]);
		else
			buf_add_char(out, (char)line.p[i]);
	}
	buf_fini(&line);
}

static void (*const spellings[])(struct buf *out, struct slice secret) = {
	spell_raw,
	spell_hex_lower,
	spell_hex_upper,
	spell_hex_colons,
	spell_percent,
	spell_mixed,
	spell_printable,
	spell_base64_any,
	spell_base64url,
	spell_base64_wrapped,
	spell_base64_escaped,
};

enum { SPELLINGS = sizeof(spellings) / sizeof(spellings[0]) };

/* Masking once must leave nothing to be found; and the searcher itself is checked by the plain
 * searches below, which share no code with it. */
static void check_hidden(struct slice text, struct slice spelt, struct slice secret)
{
	struct buf out;

	buf_init(&out, BIG);
	ck_assert(redact_finds(text, secret));
	ck_assert(redact_text(&out, text, secret));
	ck_assert_msg(!holds(&out, spelt), "spelling survived");
	ck_assert_msg(!holds(&out, secret), "secret survived");
	ck_assert(holds(&out, SLICE_LIT("***")));
	ck_assert(!redact_finds(buf_slice(&out), secret));
	buf_fini(&out);
}

/* Whether the spelling is one run of characters: of base64 in lines some may stay that hold nothing
 * of the secret, and of a long secret, found in pieces, the colons between them. */
static bool is_one_run(int spelling, size_t n)
{
	return spellings[spelling] != spell_base64_wrapped &&
	       (spellings[spelling] != spell_hex_colons || n <= 64);
}

/* Between blanks nothing is left but the mask. */
static void check_whole(struct slice spelt, struct slice secret)
{
	struct buf text, out;

	buf_init(&text, BIG);
	buf_init(&out, BIG);
	buf_add_str(&text, "[ ");
	buf_add_slice(&text, spelt);
	buf_add_str(&text, " ]");
	ck_assert(redact_text(&out, buf_slice(&text), secret));
	if (slice_find(secret, SLICE_LIT("*"), 0) == (size_t)-1)
		ck_assert_str_eq(buf_str(&out), "[ *** ]");
	buf_fini(&text);
	buf_fini(&out);
}

START_TEST(no_spelling_survives)
{
	rng_state = 0x9e3779b9U + (uint32_t)_i;
	for (int round = 0; round < 400; round++) {
		struct buf secret, text, spelt;

		buf_init(&secret, BIG);
		buf_init(&text, BIG);
		buf_init(&spelt, BIG);
		add_random(&secret, 4 + rng(round % 10 ? 40 : 300), rng(2));
		spellings[_i](&spelt, buf_slice(&secret));
		if (is_one_run(_i, secret.n))
			check_whole(buf_slice(&spelt), buf_slice(&secret));
		add_random(&text, rng(60), rng(2));
		buf_add_slice(&text, buf_slice(&spelt));
		add_random(&text, rng(60), rng(2));
		check_hidden(buf_slice(&text), buf_slice(&spelt), buf_slice(&secret));
		buf_fini(&secret);
		buf_fini(&text);
		buf_fini(&spelt);
	}
}
END_TEST

/* Each length, each offset, each tail: the inner characters of base64 are few for short secrets. */
START_TEST(base64_at_every_offset)
{
	struct buf secret, text;

	rng_state = 77;
	buf_init(&secret, BIG);
	buf_init(&text, BIG);
	for (size_t n = REDACT_MIN_OCTETS; n < 24; n++) {
		for (size_t around = 0; around < 36; around++) {
			buf_clear(&secret);
			buf_clear(&text);
			add_random(&secret, n, true);
			buf_add_str(&text, "-ERR what is ");
			spell_base64(&text, buf_slice(&secret), around / 6, around % 6);
			buf_add_str(&text, " ?");
			check_hidden(buf_slice(&text), buf_slice(&text), buf_slice(&secret));
		}
	}
	buf_fini(&secret);
	buf_fini(&text);
}
END_TEST

static const struct {
	const char *in, *secret, *out;
} shown[] = {
	{"-ERR [AUTH] no", "hunter22", "-ERR [AUTH] no"},
	{"", "hunter22", ""},
	{"hunter22", "", "hunter22"},
	{"hunter22", "hunter22", "***"},
	{"-ERR hunter22?", "hunter22", "-ERR ***?"},
	{"Hunter22", "hunter22", "Hunter22"},
	{"hunter2", "hunter22", "hunter2"},
	{"xhunter22hunter22y", "hunter22", "x***y"},
	{"abababab", "abab", "***"},
	{"ababa", "abab", "***a"},
	{"anything at all", "abc", "***"},
	{"", "abc", ""},
	/* a last character that holds only some bits of the secret may be missing */
	{"x cGFzc y", "pass", "x *** y"},
	/* base64 of "\0alice\0hunter22": nothing of it is left */
	{"bad AGFsaWNlAGh1bnRlcjIy.", "hunter22", "bad ***"},
	{"bad AGFsaWNlAGh1bnRlcjIy, x", "hunter22", "bad ***, x"},
	{"p%61ss%77ord", "password", "***"},
	{"x 70:61:73:73 y", "pass", "x *** y"},
	{"x 70 61 73 73 y", "pass", "x *** y"},
	{"a%41%20b", "a%41 b", "***"},
	{"50%", "50%25", "50%"},
	{"a!b!c", "a|b|c", "***"},
	{"a\\\"b\\\\c", "a\"b\\c", "***"},
	{"p\\r\\nq1", "p\r\nq1", "***"},
	{"xx***y", "x***", "***"},
};

START_TEST(exactly)
{
	struct buf out;

	buf_init(&out, BIG);
	ck_assert(redact_text(&out, slice_str(shown[_i].in), slice_str(shown[_i].secret)));
	ck_assert_str_eq(buf_str(&out), shown[_i].out);
	buf_fini(&out);
}
END_TEST

/* Half a bearer token in a reply that was cut: its pieces are hidden, and what hangs on them. */
START_TEST(part_of_a_long_secret)
{
	struct buf token, text, out;

	rng_state = 5;
	buf_init(&token, BIG);
	buf_init(&text, BIG);
	buf_init(&out, BIG);
	while (token.n < 1500)
		buf_add_char(&token, (char)('a' + rng(26)));
	buf_add_str(&text, "-ERR bad token: ");
	buf_add(&text, token.p, 490);
	ck_assert(redact_text(&out, buf_slice(&text), buf_slice(&token)));
	ck_assert_str_eq(buf_str(&out), "-ERR bad token: ***");
	buf_fini(&token);
	buf_fini(&text);
	buf_fini(&out);
}
END_TEST

START_TEST(innocent_text_stays)
{
	rng_state = 4711;
	for (int round = 0; round < 2000; round++) {
		struct buf secret, text, out;

		buf_init(&secret, BIG);
		buf_init(&text, BIG);
		buf_init(&out, BIG);
		add_random(&secret, rng(2) ? 8 + rng(20) : 65 + rng(99), true);
		add_random(&text, rng(200), rng(2));
		ck_assert(!redact_finds(buf_slice(&text), buf_slice(&secret)));
		ck_assert(redact_text(&out, buf_slice(&text), buf_slice(&secret)));
		ck_assert(slice_eq(buf_slice(&out), buf_slice(&text)));
		buf_fini(&secret);
		buf_fini(&text);
		buf_fini(&out);
	}
}
END_TEST

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* 64 KiB in which every octet begins, goes on and ends a match. */
START_TEST(hostile_text_takes_no_longer)
{
	static unsigned char text[65536], secret[64];
	double before = cpu_seconds();
	struct buf out;

	memset(text, 'a', sizeof(text));
	memset(secret, 'a', sizeof(secret));
	buf_init(&out, BIG);
	ck_assert(redact_text(
		&out, (struct slice){text, sizeof(text)}, (struct slice){secret, sizeof(secret)}));
	ck_assert_str_eq(buf_str(&out), "***");
	secret[63] = 'b';
	ck_assert(!redact_finds(
		(struct slice){text, sizeof(text)}, (struct slice){secret, sizeof(secret)}));
	ck_assert_double_lt(cpu_seconds() - before, 1.0);
	buf_fini(&out);
}
END_TEST

START_TEST(full_buffer_stays_as_it_was)
{
	struct buf out;

	buf_init(&out, 10);
	buf_add_str(&out, "1234");
	ck_assert(!redact_text(&out, SLICE_LIT("abc hunter22 def"), SLICE_LIT("hunter22")));
	ck_assert(out.failed);
	ck_assert_str_eq(buf_str(&out), "1234");
	buf_fini(&out);
}
END_TEST

TCase *tcase_redact(void)
{
	TCase *tc = tcase_create("redact");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, no_spelling_survives, 0, SPELLINGS);
	tcase_add_test(tc, base64_at_every_offset);
	tcase_add_loop_test(tc, exactly, 0, sizeof(shown) / sizeof(shown[0]));
	tcase_add_test(tc, part_of_a_long_secret);
	tcase_add_test(tc, innocent_text_stays);
	tcase_add_test(tc, hostile_text_takes_no_longer);
	tcase_add_test(tc, full_buffer_stays_as_it_was);
	return tc;
}
