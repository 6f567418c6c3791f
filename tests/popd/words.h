/* Splits a line into words: blanks separate, "..." quotes with C escapes, # begins a comment. */
#ifndef POPD_WORDS_H
#define POPD_WORDS_H

#include "octets.h"

enum { WORDS_MAX = 64 };

struct words {
	struct octets word[WORDS_MAX];
	bool quoted[WORDS_MAX];
	size_t count;
};

/* False with a static text in *error where a quote or an escape is wrong. */
bool words_split(struct words *w, const char *line, const char **error);
void words_fini(struct words *w);
const char *words_text(const struct words *w, size_t i);
bool words_is(const struct words *w, size_t i, const char *text);
bool words_number(const struct words *w, size_t i, unsigned long max, unsigned long *value);

#endif
