#include "config/utf8.h"

#include <stdint.h>

static size_t sequence(const unsigned char *p, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t want = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	uint32_t c;

	if (want == 0 || want > n)
		return 0;
	c = p[0] & (0x7fu >> want);
	for (size_t i = 1; i < want; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[want] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return want;
}

size_t utf8_check(struct slice s)
{
	size_t i = 0;

	while (i < s.n) {
		unsigned char c = s.p[i];
		size_t n = c >= 0x80 ? sequence(s.p + i, s.n - i)
			   : c == '\t' || c == '\r' || c == '\n' || (c >= ' ' && c != 0x7f) ? 1
											    : 0;

		if (n == 0)
			return i;
		i += n;
	}
	return (size_t)-1;
}
