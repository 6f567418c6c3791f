/* A secret in pages of its own: excluded from core dumps, wiped when freed, never printed. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/slice.h"

#include <stdbool.h>

struct secret; /* opaque; immutable once made */

/* Copies n octets; the caller wipes its own copy. NULL when memory is short. */
struct secret *secret_new(const void *p, size_t n);
/* NULL allowed. Wipes, then frees. */
void secret_free(struct secret *s);
/* Borrowed until secret_free; a NUL stands behind the last octet; NULL gives an empty slice. */
struct slice secret_slice(const struct secret *s);
/* Overwrites n octets in a way the compiler keeps. */
void secret_wipe(void *p, size_t n);
/* Whether n octets are the same, in a time that does not depend on where they differ. */
bool secret_equal(const void *a, const void *b, size_t n);

#endif
