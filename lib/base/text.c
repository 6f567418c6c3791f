#include "base/text.h"

#include <stdint.h>
#include <string.h>

enum {
	TEXT_UNIT_OCTETS = 4 * 4, /* the longest thing written at once: four octets as \xHH */
};

/* Code points that are seen by no reader, or that rearrange what is around them. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{0x80, 0x9f},	    /* C1 */
	{0xad, 0xad},	    /* soft hyphen */
	{0x61c, 0x61c},	    /* Arabic letter mark */
	{0x180e, 0x180e},   /* Mongolian vowel separator */
	{0x200b, 0x200f},   /* zero width, directional marks */
	{0x2028, 0x202e},   /* line and paragraph separator, bidi embeddings and overrides */
	{0x2060, 0x206f},   /* word joiner, invisible operators, bidi isolates */
	{0xfdd0, 0xfdef},   /* noncharacters */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xfff9, 0xfffb},   /* interlinear annotation */
	{0xe0000, 0xe007f}, /* tags */
};

static bool code_point_hidden(uint32_t cp)
{
	if (cp < 0x20 || cp == 0x7f || (cp & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return true;
	return false;
}

/* Octets that a UTF-8 sequence with this first octet has (RFC 3629 section 3); 0: none begins so.
 */
static size_t utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* The length of the character at p, and its code point; 0 when it is no valid UTF-8. */
static size_t utf8_decode(const unsigned char *p, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t length = utf8_length(p[0]);

	if (length == 0 || length > n)
		return 0;
	*cp = p[0] & (uint32_t)mask[length];
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3fU);
	}
	if (*cp < least[length] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return length;
}

/* \r, \n, \t or \xHH; the octets written. */
static size_t escape_octet(unsigned char c, unsigned char *to)
{
	static const char digits[] = "0123456789abcdef";

	to[0] = '\\';
	if (c == '\r' || c == '\n' || c == '\t') {
		to[1] = c == '\r' ? 'r' : c == '\n' ? 'n' : 't';
		return 2;
	}
	to[1] = 'x';
	to[2] = (unsigned char)digits[c >> 4];
	to[3] = (unsigned char)digits[c & 15];
	return 4;
}

/* Writes the character at p in its harmless form to `to`; *taken says how many octets it was. */
static size_t printable_unit(
	const unsigned char *p, size_t n, unsigned flags, unsigned char *to, size_t *taken)
{
	uint32_t cp = 0;
	size_t length = utf8_decode(p, n, &cp), written = 0;

	*taken = length ? length : 1;
	if (length && !code_point_hidden(cp)) {
		memcpy(to, p, length);
		if (cp == '|' && (flags & TEXT_NO_PIPE))
			to[0] = '!';
		return length;
	}
	for (size_t i = 0; i < *taken; i++)
		written += escape_octet(p[i], to + written);
	return written;
}

bool text_printable(struct buf *out, struct slice in, size_t max_octets, unsigned flags)
{
	size_t total = 0, taken;

	for (size_t i = 0; i < in.n; i += taken) {
		unsigned char unit[TEXT_UNIT_OCTETS];
		size_t n = printable_unit(in.p + i, in.n - i, flags, unit, &taken);

		if (max_octets && n > max_octets - total)
			return buf_add_str(out, "...");
		if (!buf_add(out, unit, n))
			return false;
		total += n;
	}
	return !out->failed;
}
