#include "config/arena.h"

#include "base/secret.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_OCTETS = 8192 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	alignas(max_align_t) unsigned char octets[];
};

void arena_fini(struct arena *a)
{
	struct arena_chunk *next;

	for (struct arena_chunk *c = a->chunks; c; c = next) {
		next = c->next;
		secret_wipe(c->octets, c->used);
		free(c);
	}
	*a = (struct arena){0};
}

static struct arena_chunk *chunk_new(struct arena *a, size_t n)
{
	size_t size = n > CHUNK_OCTETS ? n : CHUNK_OCTETS;
	struct arena_chunk *c = calloc(1, sizeof(*c) + size);

	if (!c) {
		a->failed = true;
		return NULL;
	}
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
	struct arena_chunk *c = a->chunks;
	size_t n;
	void *p;

	if (size != 0 && count > SIZE_MAX / 4 / size) {
		a->failed = true;
		return NULL;
	}
	n = (count * size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	if (!c || c->size - c->used < n)
		c = chunk_new(a, n);
	if (!c)
		return NULL;
	p = c->octets + c->used;
	c->used += n;
	return p;
}

char *arena_copy(struct arena *a, const char *text, size_t n)
{
	char *p = arena_alloc(a, n + 1, 1);

	if (p && n)
		memcpy(p, text, n);
	return p;
}

char *arena_format(struct arena *a, const char *fmt, ...)
{
	va_list args, again;
	char *p = NULL;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	if (n >= 0)
		p = arena_alloc(a, (size_t)n + 1, 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(args);
	return p;
}
