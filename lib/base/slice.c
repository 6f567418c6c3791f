#include "base/slice.h"

#include <string.h>

struct slice slice_str(const char *s)
{
	return (struct slice){(const unsigned char *)s, s ? strlen(s) : 0};
}

bool slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* tolower() follows the locale; keywords do not. */
static unsigned char ascii_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

bool slice_ieq(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool slice_prefix(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_eq((struct slice){s.p, prefix.n}, prefix);
}

size_t slice_find(struct slice hay, struct slice needle, size_t from)
{
	const unsigned char *hit;

	if (from > hay.n)
		return (size_t)-1;
	if (needle.n == 0)
		return from;
	if (needle.n > hay.n - from)
		return (size_t)-1;
	hit = memmem(hay.p + from, hay.n - from, needle.p, needle.n);
	return hit ? (size_t)(hit - hay.p) : (size_t)-1;
}

struct slice slice_cut(struct slice *rest, unsigned char sep)
{
	const unsigned char *hit = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
	struct slice head = *rest;

	if (!hit) {
		*rest = (struct slice){rest->n ? rest->p + rest->n : rest->p, 0};
		return head;
	}
	head.n = (size_t)(hit - rest->p);
	*rest = (struct slice){hit + 1, rest->n - head.n - 1};
	return head;
}
