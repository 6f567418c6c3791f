#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_fail(const char *file, int line, const char *why)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, why);
	abort();
}

size_t fuzz_piece(unsigned cut, unsigned *random, size_t n)
{
	if (cut == FUZZ_WHOLE)
		return n;
	if (cut == FUZZ_OCTETS)
		return 1;
	*random = *random * 1103515245u + 12345u;
	return 1 + (*random >> 16) % 9 % n;
}

unsigned fuzz_octet(struct slice *in)
{
	unsigned c;

	if (in->n == 0)
		return 0;
	c = in->p[0];
	in->p++;
	in->n--;
	return c;
}

/* --- text ------------------------------------------------------------------------------------ */

/* RFC 3629 section 4; the octets of one character, 0 when it is none. */
static size_t character(struct slice s, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s.p[0] < 0x80    ? 1
		   : s.p[0] >= 0xf0 ? 4
		   : s.p[0] >= 0xe0 ? 3
		   : s.p[0] >= 0xc0 ? 2
				    : 0;

	if (n == 0 || n > s.n || s.p[0] > 0xf4)
		return 0;
	*code = n == 1 ? s.p[0] : s.p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s.p[i] & 0x3fu);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

static bool forbidden(uint32_t c, bool lines)
{
	if (c == '\n')
		return !lines;
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool fuzz_is_clean(struct slice text, bool lines)
{
	while (text.n > 0) {
		uint32_t code = 0;
		size_t n = character(text, &code);

		if (n == 0 || forbidden(code, lines))
			return false;
		text.p += n;
		text.n -= n;
	}
	return true;
}

static bool contains(struct slice hay, const char *needle, size_t n)
{
	return n > 0 && memmem(hay.p, hay.n, needle, n) != NULL;
}

/* The value of a digit of either alphabet; 64 for none. */
static unsigned digit(unsigned char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '-' ? digits + 62 : c == '_' ? digits + 63 : strchr(digits, c);

	return c == '\0' || at == NULL ? 64 : (unsigned)(at - digits);
}

/* Decodes a run of digits, which may end in the middle of a group. */
static size_t decode(struct slice run, unsigned char *out)
{
	size_t n = 0, bits = 0;
	unsigned value = 0;

	for (size_t i = 0; i < run.n; i++) {
		value = value << 6 | digit(run.p[i]);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		out[n++] = (unsigned char)(value >> bits);
	}
	return n;
}

/* In each run of base64 digits, read from each place a group may begin at. */
static bool in_base64(struct slice text, struct slice secret)
{
	unsigned char *octets = malloc(text.n + 1);
	bool found = false;

	FUZZ_CHECK(octets != NULL);
	for (size_t i = 0; i < text.n && !found; i++) {
		struct slice run = {text.p + i, 0};

		if (i >= 4 && digit(text.p[i - 1]) < 64 && digit(text.p[i - 2]) < 64 &&
			digit(text.p[i - 3]) < 64 && digit(text.p[i - 4]) < 64)
			continue;
		while (i + run.n < text.n && digit(run.p[run.n]) < 64)
			run.n++;
		found = memmem(octets, decode(run, octets), secret.p, secret.n) != NULL;
	}
	free(octets);
	return found;
}

static size_t escaped(struct slice secret, const char *format, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < secret.n; i++)
		n += (size_t)sprintf(out + n, format, secret.p[i]);
	return n;
}

bool fuzz_has_secret(struct slice text, struct slice secret)
{
	static const char *const formats[] = {"%02x", "%02X", "%%%02x", "%%%02X"};
	char form[1024];

	FUZZ_CHECK(secret.n < sizeof(form) / 4);
	if (text.n == 0)
		return false;
	if (memmem(text.p, text.n, secret.p, secret.n) != NULL)
		return true;
	if (in_base64(text, secret))
		return true;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (contains(text, form, escaped(secret, formats[i], form)))
			return true;
	return false;
}

/* --- digests --------------------------------------------------------------------------------- */

static size_t size(enum crypto_digest alg)
{
	return alg == CRYPTO_MD5 ? 16 : alg == CRYPTO_SHA1 ? 20 : 32;
}

static uint32_t mix(uint32_t h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * 16777619u;
	return h;
}

static void spread(enum crypto_digest alg, uint32_t h, unsigned char *out)
{
	for (size_t i = 0; i < size(alg); i++) {
		h = h * 1103515245u + 12345u;
		out[i] = (unsigned char)(h >> 16);
	}
}

static bool digest(enum crypto_digest alg, struct slice data, unsigned char *out)
{
	spread(alg, mix(2166136261u, data), out);
	return true;
}

static bool hmac(enum crypto_digest alg, struct slice key, struct slice data, unsigned char *out)
{
	spread(alg, mix(mix(1u, key), data), out);
	return true;
}

static bool pbkdf2(enum crypto_digest alg, struct slice password, struct slice salt,
	unsigned iterations, unsigned char *out)
{
	FUZZ_CHECK(iterations >= 4096 && iterations <= 100000);
	spread(alg, mix(mix(iterations, password), salt), out);
	return true;
}

static bool same_random(unsigned char *out, size_t n)
{
	memset(out, 0x5a, n);
	return true;
}

const struct crypto_ops fuzz_crypto = {
	.size = size,
	.digest = digest,
	.hmac = hmac,
	.pbkdf2 = pbkdf2,
	.random = same_random,
};
