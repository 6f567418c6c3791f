/* Many small allocations that end together, wiped: what is read may hold secrets. */
#ifndef CONFIG_ARENA_H
#define CONFIG_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	bool failed; /* sticky: memory ran out */
};

void arena_fini(struct arena *a);
/* Zeroed, aligned for any object; NULL when memory is short. */
void *arena_alloc(struct arena *a, size_t count, size_t size);
/* n octets and a NUL. */
char *arena_copy(struct arena *a, const char *text, size_t n);
char *arena_format(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
