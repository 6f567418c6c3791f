/* A growing list of strings that it owns; wiped when freed, since passwords may be among them. */
#ifndef PLUGINS_WORDS_H
#define PLUGINS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct words {
	char **v;
	size_t n, cap;
};

/* Appends a copy of n octets. False: no memory. */
bool words_add(struct words *w, const char *text, size_t n);
/* Takes over text (heap), also when it fails: then text is freed. NULL counts as failure. */
bool words_take(struct words *w, char *text);
void words_fini(struct words *w);

#endif
