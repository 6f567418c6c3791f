#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Plain runs of comparisons, no table: what is decoded may be a secret, and table look-ups leave
 * traces in the cache. */
static uint32_t base64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - (uint32_t)'A';
	if (c >= 'a' && c <= 'z')
		return c - (uint32_t)'a' + 26;
	if (c >= '0' && c <= '9')
		return c - (uint32_t)'0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : UINT32_MAX;
}

static void base64_put(unsigned char *at, const unsigned char *p, size_t n)
{
	uint32_t bits = (uint32_t)p[0] << 16;

	if (n > 1)
		bits |= (uint32_t)p[1] << 8;
	if (n > 2)
		bits |= p[2];
	at[0] = (unsigned char)alphabet[bits >> 18];
	at[1] = (unsigned char)alphabet[bits >> 12 & 63];
	at[2] = n > 1 ? (unsigned char)alphabet[bits >> 6 & 63] : '=';
	at[3] = n > 2 ? (unsigned char)alphabet[bits & 63] : '=';
}

bool base64_encode(struct buf *out, struct slice in)
{
	unsigned char *at;

	if (in.n == 0)
		return !out->failed;
	if (in.n > SIZE_MAX / 2) {
		out->failed = true;
		return false;
	}
	at = buf_extend(out, (in.n + 2) / 3 * 4);
	if (!at)
		return false;
	for (size_t i = 0; i < in.n; i += 3, at += 4)
		base64_put(at, in.p + i, in.n - i < 3 ? in.n - i : 3);
	return true;
}

/* Reads `octets` (1 to 3) from a group of four, the rest of which is "="; spare bits must be zero
 * (RFC 4648 section 3.5). */
static bool base64_get(unsigned char *at, const unsigned char *p, size_t octets)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		uint32_t value = i <= octets ? base64_value(p[i]) : 0;

		if (value > 63)
			return false;
		bits = bits << 6 | value;
	}
	for (size_t i = 0; i < 3; i++) {
		unsigned char octet = (unsigned char)(bits >> (16 - 8 * i) & 0xff);

		if (i < octets)
			at[i] = octet;
		else if (octet != 0)
			return false;
	}
	return true;
}

static size_t base64_padding(struct slice in)
{
	if (in.p[in.n - 1] != '=')
		return 0;
	return in.p[in.n - 2] == '=' ? 2 : 1;
}

bool base64_decode(struct buf *out, struct slice in)
{
	size_t before = out->n, total;
	unsigned char *at;

	if (in.n == 0)
		return !out->failed;
	if (in.n % 4 != 0)
		return false;
	total = in.n / 4 * 3 - base64_padding(in);
	at = buf_extend(out, total);
	if (!at)
		return false;
	for (size_t i = 0, to = 0; i < in.n; i += 4, to += 3) {
		size_t octets = total - to < 3 ? total - to : 3;

		if (!base64_get(at + to, in.p + i, octets)) {
			buf_truncate(out, before);
			return false;
		}
	}
	return true;
}
