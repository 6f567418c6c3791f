#include "words.h"

#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool room(struct words *w)
{
	size_t cap = w->cap ? 2 * w->cap : 16;
	char **v;

	if (w->n < w->cap)
		return true;
	v = reallocarray(w->v, cap, sizeof(*v));
	if (!v)
		return false;
	w->v = v;
	w->cap = cap;
	return true;
}

bool words_take(struct words *w, char *text)
{
	if (!text || !room(w)) {
		free(text);
		return false;
	}
	w->v[w->n++] = text;
	return true;
}

bool words_add(struct words *w, const char *text, size_t n)
{
	char *copy = NULL;

	return asprintf(&copy, "%.*s", (int)n, text) >= 0 && words_take(w, copy);
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
