#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The octets lie in pages of their own: MADV_DONTDUMP works on whole pages, and would hide
 * neighbours on the heap, and stay behind for them after free(). Asking for memory is all that
 * happens here; nothing is read or written outside the process. */
struct secret {
	unsigned char *p;
	size_t n;
	size_t mapped;
};

struct secret *secret_new(const void *p, size_t n)
{
	struct secret *s = malloc(sizeof(*s));
	void *map;

	if (!s || n == (size_t)-1) {
		free(s);
		return NULL;
	}
	map = mmap(NULL, n + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED) {
		free(s);
		return NULL;
	}
	/* A kernel that does not know the advice leaves us with what a plain heap gives. */
	(void)madvise(map, n + 1, MADV_DONTDUMP);
	if (n)
		memcpy(map, p, n);
	*s = (struct secret){map, n, n + 1};
	return s;
}

void secret_free(struct secret *s)
{
	if (!s)
		return;
	secret_wipe(s->p, s->n);
	(void)munmap(s->p, s->mapped);
	free(s);
}

struct slice secret_slice(const struct secret *s)
{
	return s ? (struct slice){s->p, s->n} : (struct slice){NULL, 0};
}

void secret_wipe(void *p, size_t n)
{
	if (n)
		explicit_bzero(p, n);
}

bool secret_equal(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *left = a, *right = b;
	unsigned char differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= left[i] ^ right[i];
	return differ == 0;
}
