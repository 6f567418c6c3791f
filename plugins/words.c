#include "words.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

bool words_take(struct words *w, char *text)
{
	if (!text)
		return false;
	if (w->n == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 16;
		char **v = reallocarray(w->v, cap, sizeof(*v));

		if (!v) {
			free(text);
			return false;
		}
		w->v = v;
		w->cap = cap;
	}
	w->v[w->n++] = text;
	return true;
}

bool words_add(struct words *w, const char *text, size_t n)
{
	return words_take(w, strndup(text, n));
}

void words_fini(struct words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		secret_wipe(w->v[i], strlen(w->v[i]));
		free(w->v[i]);
	}
	free(w->v);
	*w = (struct words){0};
}
