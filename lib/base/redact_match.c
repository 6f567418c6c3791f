/* The patterns (raw, hex, base64 at three offsets) lie end to end in one bit vector; bit j of a
 * state says that the text read so far ends with pattern characters up to j. One step is a shift
 * and a mask (Shift-And, Baeza-Yates and Gonnet 1992), whatever the text; that an octet of the text
 * may be spelt raw or as an escape of two to six octets only adds another older state to take the
 * step from. A second pass runs backwards from the ends that were found and marks what they cover.
 */
#include "base/redact_match.h"

#include "base/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATTERNS = 5, /* raw, hex, base64 three times */
	WORDS = 8,    /* 64 raw + 128 hex + 3 * 86 base64 characters are 450 bits */
	RING = 8,     /* states kept: the longest escape has 6 octets */
	ESCAPE_MAX = 6,
	BASE64_PLAIN_MIN = 5, /* characters fully known by the secret that are enough to go by */
};

struct redact_matcher {
	uint64_t accept[256][WORDS]; /* the bits that an octet of the text may stand for */
	uint64_t first[WORDS];
	uint64_t base64[WORDS];	      /* all bits of the base64 patterns */
	uint64_t skip_wrapped[WORDS]; /* where a line break may stand between characters */
	uint64_t skip_spelled[WORDS]; /* where ':' or '-' may ("70:61:73:73") */
	uint64_t ring[RING][WORDS];
	size_t bits, words;
	size_t last[PATTERNS]; /* the last bit of each */
	size_t patterns;
};

static const uint64_t nothing[WORDS];

static void set_bit(uint64_t *words, size_t bit)
{
	words[bit / 64] |= (uint64_t)1 << (bit % 64);
}

static void accept_octet(struct redact_matcher *m, unsigned char c)
{
	set_bit(m->accept[c], m->bits);
}

/* Closes the pattern that began at bit `from`. */
static void close_pattern(struct redact_matcher *m, size_t from)
{
	set_bit(m->first, from);
	m->last[m->patterns++] = m->bits - 1;
}

static void add_raw(struct redact_matcher *m, struct slice piece)
{
	size_t from = m->bits;

	for (size_t i = 0; i < piece.n; i++, m->bits++) {
		accept_octet(m, piece.p[i]);
		if (piece.p[i] == '|') /* text_printable() with TEXT_NO_PIPE */
			accept_octet(m, '!');
		if (piece.p[i] == ' ') /* in forms */
			accept_octet(m, '+');
	}
	close_pattern(m, from);
}

static void add_hex(struct redact_matcher *m, struct slice piece)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	size_t from = m->bits;

	for (size_t i = 0; i < 2 * piece.n; i++, m->bits++) {
		unsigned digit = piece.p[i / 2] >> (i % 2 ? 0 : 4) & 15;

		accept_octet(m, (unsigned char)lower[digit]);
		accept_octet(m, (unsigned char)upper[digit]);
		if (i + 1 < 2 * piece.n) {
			set_bit(m->skip_wrapped, m->bits);
			set_bit(m->skip_spelled, m->bits);
		}
	}
	close_pattern(m, from);
}

/* Whether base64 character number k of a stream, in which the piece begins at octet `offset`, may
 * have this value, as far as the piece decides it. */
static bool base64_may_be(struct slice piece, size_t offset, size_t k, unsigned value)
{
	for (size_t t = 0; t < 6; t++) {
		size_t bit = 6 * k + t;

		if (bit < 8 * offset || bit >= 8 * (offset + piece.n))
			continue;
		if ((value >> (5 - t) & 1) !=
			((unsigned)piece.p[bit / 8 - offset] >> (7 - bit % 8) & 1))
			return false;
	}
	return true;
}

static void accept_base64(struct redact_matcher *m, struct slice piece, size_t offset, size_t k)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (unsigned value = 0; value < 64; value++) {
		if (!base64_may_be(piece, offset, k, value))
			continue;
		accept_octet(m, (unsigned char)alphabet[value]);
		if (value >= 62) /* RFC 4648 section 5 */
			accept_octet(m, value == 62 ? '-' : '_');
	}
}

/* The characters that the piece decides alone; where these are too few to go by, those that it
 * decides in part as well. */
static void add_base64(struct redact_matcher *m, struct slice piece, size_t offset)
{
	size_t begin = (8 * offset + 5) / 6, end = 8 * (offset + piece.n) / 6;
	size_t from = m->bits;

	if (end < begin + BASE64_PLAIN_MIN) {
		begin = 8 * offset / 6;
		end = (8 * (offset + piece.n) + 5) / 6;
	}
	for (size_t k = begin; k < end; k++, m->bits++) {
		accept_base64(m, piece, offset, k);
		set_bit(m->base64, m->bits);
		if (k + 1 < end)
			set_bit(m->skip_wrapped, m->bits);
	}
	close_pattern(m, from);
}

struct redact_matcher *redact_matcher_new(struct slice piece)
{
	struct redact_matcher *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	add_raw(m, piece);
	add_hex(m, piece);
	for (size_t offset = 0; offset < 3; offset++)
		add_base64(m, piece, offset);
	m->words = (m->bits + 63) / 64;
	return m;
}

void redact_matcher_free(struct redact_matcher *m)
{
	if (!m)
		return;
	secret_wipe(m, sizeof(*m));
	free(m);
}

static int hex_octet(const unsigned char *p)
{
	unsigned value = 0;

	for (size_t i = 0; i < 2; i++) {
		unsigned char c = p[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + (c | 0x20U) - 'a' + 10;
		else
			return -1;
	}
	return (int)value;
}

/* \r \n \t, and a backslash before what needs one in quoted strings. */
static int short_escape(unsigned char c)
{
	switch (c) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '\\':
	case '"':
	case '\'':
	case '/':
		return c;
	default:
		return -1;
	}
}

/* The octet that an escape of exactly n octets at p stands for; -1: it is none. Percent-encoding
 * (RFC 3986 section 2.1), quoted-printable (RFC 2045 section 6.7), text_printable(), JSON. */
static int escape_value(const unsigned char *p, size_t n)
{
	if (*p != '\\' && *p != '%' && *p != '=')
		return -1;
	if (n == 2)
		return *p == '\\' ? short_escape(p[1]) : -1;
	if (n == 3)
		return *p != '\\' ? hex_octet(p + 1) : -1;
	if (n == 4)
		return *p == '\\' && p[1] == 'x' ? hex_octet(p + 2) : -1;
	if (n == 6)
		return *p != '=' && memcmp(p + 1, "u00", 3) == 0 ? hex_octet(p + 4) : -1;
	return -1;
}

/* The bits that stay as they are when c stands between two characters of a pattern. */
static const uint64_t *skipped_by(const struct redact_matcher *m, unsigned char c)
{
	if (c == '\r' || c == '\n' || c == ' ' || c == '\t')
		return m->skip_wrapped;
	return c == ':' || c == '-' ? m->skip_spelled : nothing;
}

static void step_forward(struct redact_matcher *m, size_t from, size_t to, unsigned char c)
{
	const uint64_t *old = m->ring[from % RING], *accept = m->accept[c],
		       *skip = skipped_by(m, c);
	uint64_t *new = m->ring[to % RING], carry = 0;

	for (size_t w = 0; w < m->words; w++) {
		uint64_t shifted = old[w] << 1 | carry | m->first[w];

		carry = old[w] >> 63;
		new[w] |= (shifted & accept[w]) | (old[w] & skip[w]);
	}
}

/* One flag for each pattern that ends here. */
static unsigned char ends_at(const struct redact_matcher *m, size_t at)
{
	const uint64_t *state = m->ring[at % RING];
	unsigned ends = 0;

	for (size_t i = 0; i < PATTERNS; i++)
		ends |= (unsigned)(state[m->last[i] / 64] >> (m->last[i] % 64) & 1) << i;
	return (unsigned char)ends;
}

static bool run_forward(struct redact_matcher *m, struct slice text, unsigned char *ends)
{
	bool found = false;

	memset(m->ring, 0, sizeof(m->ring));
	ends[0] = 0;
	for (size_t to = 1; to <= text.n; to++) {
		memset(m->ring[to % RING], 0, sizeof(m->ring[0]));
		step_forward(m, to - 1, to, text.p[to - 1]);
		for (size_t n = 2; n <= ESCAPE_MAX && n <= to; n++) {
			int c = escape_value(text.p + to - n, n);

			if (c >= 0)
				step_forward(m, to - n, to, (unsigned char)c);
		}
		ends[to] = ends_at(m, to);
		found = found || ends[to];
	}
	return found;
}

/* Puts the last bits of the patterns flagged in `ends` into the state at `at`. */
static void begin_backward(struct redact_matcher *m, size_t at, unsigned char ends)
{
	for (size_t i = 0; i < PATTERNS; i++)
		if (ends >> i & 1)
			set_bit(m->ring[at % RING], m->last[i]);
}

/* Goes back over c, which the text spells between `to` and `from`; what that says of it. */
static unsigned char step_backward(
	struct redact_matcher *m, size_t from, size_t to, unsigned char c)
{
	const uint64_t *old = m->ring[from % RING], *accept = m->accept[c],
		       *skip = skipped_by(m, c);
	uint64_t *new = m->ring[to % RING], any = 0, base64 = 0, carry = 0;

	for (size_t w = m->words; w-- > 0;) {
		uint64_t used = old[w] & accept[w], kept = old[w] & skip[w];
		uint64_t go_on = used & ~m->first[w];

		new[w] |= go_on >> 1 | carry | kept;
		carry = go_on << 63;
		any |= used | kept;
		base64 |= (used | kept) & m->base64[w];
	}
	return (unsigned char)((any ? REDACT_COVERED : 0) | (base64 ? REDACT_BASE64 : 0));
}

static void mark(unsigned char *cover, size_t from, size_t to, unsigned char flags)
{
	for (size_t i = from; flags && i < to; i++)
		cover[i] |= flags;
}

static void run_backward(struct redact_matcher *m, struct slice text, const unsigned char *ends,
	unsigned char *cover)
{
	memset(m->ring, 0, sizeof(m->ring));
	for (size_t from = text.n; from > 0; from--) {
		uint64_t *state = m->ring[from % RING];

		begin_backward(m, from, ends[from]);
		if (memcmp(state, nothing, sizeof(nothing)) == 0)
			continue;
		mark(cover, from - 1, from, step_backward(m, from, from - 1, text.p[from - 1]));
		for (size_t n = 2; n <= ESCAPE_MAX && n <= from; n++) {
			int c = escape_value(text.p + from - n, n);

			if (c >= 0)
				mark(cover, from - n, from,
					step_backward(m, from, from - n, (unsigned char)c));
		}
		memset(state, 0, sizeof(m->ring[0]));
	}
}

bool redact_matcher_run(
	struct redact_matcher *m, struct slice text, unsigned char *ends, unsigned char *cover)
{
	if (!run_forward(m, text, ends))
		return false;
	run_backward(m, text, ends, cover);
	return true;
}
