/* A borrowed run of octets. Never owns, never NUL-terminated by promise. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>

struct slice {
	const unsigned char *p;
	size_t n;
};

/* A string literal as a slice, without its NUL. */
#define SLICE_LIT(s) ((struct slice){(const unsigned char *)(s), sizeof(s) - 1})

/* The same as an initializer, for tables with static storage. */
#define SLICE_INIT(s)                                                                              \
	{                                                                                          \
		(const unsigned char *)(s), sizeof(s) - 1                                          \
	}

/* The octets of a C string; NULL gives an empty slice. */
struct slice slice_str(const char *s);
bool slice_eq(struct slice a, struct slice b);
/* Equal but for the case of ASCII letters (RFC 1939 section 3: keywords are case-insensitive). */
bool slice_ieq(struct slice a, struct slice b);
bool slice_prefix(struct slice s, struct slice prefix);
/* The offset of needle in hay at or after from, or (size_t)-1. An empty needle is found at from. */
size_t slice_find(struct slice hay, struct slice needle, size_t from);
/* Cuts the octets up to the next sep from *rest and returns them; *rest then begins behind it. */
struct slice slice_cut(struct slice *rest, unsigned char sep);

#endif
