/* A growing buffer with a hard upper bound. Every append either happens whole or sets `failed`;
 * once failed, nothing more is appended (a gap in the middle would go unseen) until it is emptied
 * by buf_clear or buf_release. What is appended must not lie inside the same buffer. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
	unsigned char *p; /* heap, owned; NULL while empty */
	size_t n;	  /* octets in use */
	size_t cap;	  /* octets allocated */
	size_t max;	  /* never more than this */
	bool secret;	  /* wiped when moved, shortened or freed */
	bool failed;	  /* sticky: an append did not fit or memory ran out */
};

void buf_init(struct buf *b, size_t max);
/* As buf_init, for octets that must not stay in memory after use (passwords, SASL responses). */
void buf_init_secret(struct buf *b, size_t max);
void buf_fini(struct buf *b);
/* Empties it and keeps the memory (wiped when secret). */
void buf_clear(struct buf *b);
/* Empties it and gives the memory back. */
void buf_release(struct buf *b);
/* Appends; false (and b->failed) when that would pass max or memory is short: then nothing changed.
 */
bool buf_add(struct buf *b, const void *p, size_t n);
bool buf_add_slice(struct buf *b, struct slice s);
bool buf_add_str(struct buf *b, const char *s);
bool buf_add_char(struct buf *b, char c);
bool buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Appends n octets and returns where the caller is to write them now; NULL as buf_add is false. */
unsigned char *buf_extend(struct buf *b, size_t n);
/* Drops what lies behind the first n octets; `failed` stays as it is. */
void buf_truncate(struct buf *b, size_t n);
/* Drops n octets from the front. n <= b->n. */
void buf_consume(struct buf *b, size_t n);
struct slice buf_slice(const struct buf *b);
/* The content as a C string (a NUL is put behind it; room is always kept). Valid until the next
 * change. */
const char *buf_str(struct buf *b);
/* A heap copy of the content with a NUL behind it; the caller frees; NULL when memory is short. */
char *buf_dup(const struct buf *b);

#endif
