#include "base/buf.h"

#include "base/secret.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST_OCTETS = 64 };

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4};
}

void buf_init_secret(struct buf *b, size_t max)
{
	buf_init(b, max);
	b->secret = true;
}

void buf_release(struct buf *b)
{
	if (b->secret && b->p)
		secret_wipe(b->p, b->cap);
	free(b->p);
	b->p = NULL;
	b->n = 0;
	b->cap = 0;
	b->failed = false;
}

void buf_fini(struct buf *b)
{
	buf_release(b);
}

void buf_truncate(struct buf *b, size_t n)
{
	if (n >= b->n)
		return;
	if (b->secret)
		secret_wipe(b->p + n, b->n - n);
	b->n = n;
}

void buf_clear(struct buf *b)
{
	buf_truncate(b, 0);
	b->failed = false;
}

/* One octet more than max may be allocated, so that buf_str() has room for its NUL. */
static size_t buf_next_cap(const struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST_OCTETS;

	while (cap < need)
		cap *= 2;
	return cap > b->max + 1 ? b->max + 1 : cap;
}

/* realloc() would leave a copy of a secret behind; so the move is made by hand. */
static bool buf_grow(struct buf *b, size_t need)
{
	size_t cap = buf_next_cap(b, need);
	unsigned char *p = b->secret ? malloc(cap) : realloc(b->p, cap);

	if (!p)
		return false;
	if (b->secret && b->p) {
		memcpy(p, b->p, b->n);
		secret_wipe(b->p, b->cap);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return true;
}

unsigned char *buf_extend(struct buf *b, size_t n)
{
	unsigned char *at;

	if (b->failed)
		return NULL;
	if (n > b->max - b->n || (b->cap < b->n + n + 1 && !buf_grow(b, b->n + n + 1))) {
		b->failed = true;
		return NULL;
	}
	at = b->p + b->n;
	b->n += n;
	return at;
}

bool buf_add(struct buf *b, const void *p, size_t n)
{
	unsigned char *at;

	if (n == 0)
		return !b->failed;
	at = buf_extend(b, n);
	if (!at)
		return false;
	memcpy(at, p, n);
	return true;
}

bool buf_add_slice(struct buf *b, struct slice s)
{
	return buf_add(b, s.p, s.n);
}

bool buf_add_str(struct buf *b, const char *s)
{
	return buf_add_slice(b, slice_str(s));
}

bool buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool buf_addf(struct buf *b, const char *fmt, ...)
{
	unsigned char *at = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n >= 0)
		at = buf_extend(b, (size_t)n);
	if (!at) {
		b->failed = true;
		return false;
	}
	va_start(args, fmt);
	/* buf_extend() keeps an octet behind the end: the NUL falls there. */
	(void)vsnprintf((char *)at, (size_t)n + 1, fmt, args);
	va_end(args);
	return true;
}

void buf_consume(struct buf *b, size_t n)
{
	size_t rest;

	if (n == 0)
		return;
	rest = b->n - n;
	memmove(b->p, b->p + n, rest);
	buf_truncate(b, rest);
}

struct slice buf_slice(const struct buf *b)
{
	return (struct slice){b->p, b->n};
}

const char *buf_str(struct buf *b)
{
	if (!b->p)
		return "";
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

char *buf_dup(const struct buf *b)
{
	char *copy = malloc(b->n + 1);

	if (!copy)
		return NULL;
	if (b->n)
		memcpy(copy, b->p, b->n);
	copy[b->n] = '\0';
	return copy;
}
