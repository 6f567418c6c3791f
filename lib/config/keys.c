/* Keys of mappings by table, and messages about what is wrong with them. */
#include "base/secret.h"
#include "base/text.h"
#include "config/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 64, WORDS_LISTED_MAX = 12 };

bool load_fail(struct loader *l, const struct tree_node *at, const char *fmt, ...)
{
	char text[CONFIG_ERROR_MAX];
	va_list args;

	if (l->error.n > 0)
		return false;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (at)
		(void)buf_addf(&l->error, "%s:%u:%u: ", at->file, at->line, at->column);
	if (at && l->owner)
		(void)buf_addf(&l->error, "%s: ", l->owner);
	(void)buf_add_str(&l->error, text);
	return false;
}

bool load_no_memory(struct loader *l)
{
	return load_fail(l, NULL, "out of memory");
}

void load_note(struct loader *l, const char *fmt, ...)
{
	char text[CONFIG_ERROR_MAX];
	struct buf safe;
	va_list args;

	if (!l->source->note)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buf_init(&safe, 2 * CONFIG_ERROR_MAX);
	(void)text_printable(&safe, slice_str(text), CONFIG_ERROR_MAX, TEXT_PLAIN);
	l->source->note(l->source->note_arg, buf_str(&safe));
	buf_fini(&safe);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: one insertion, deletion, replacement or swap of neighbours costs 1. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][WORD_MAX + 1];
	size_t m = strlen(a), n = strlen(b);

	if (m > WORD_MAX || n > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= n; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= m; i++) {
		unsigned *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			now[j] = least(
				up[j - 1] + (a[i - 1] != b[j - 1]), least(up[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], up2[j - 2] + 1);
		}
	}
	return row[m % 3][n];
}

const char *load_nearest(const char *word, const void *table, size_t count, size_t size)
{
	const char *best = NULL;
	unsigned best_distance = least(3, (unsigned)strlen(word) / 3 + 1) + 1;

	for (size_t i = 0; i < count; i++) {
		const char *const *name = (const void *)((const unsigned char *)table + i * size);
		unsigned d = distance(word, *name);

		if (d < best_distance) {
			best_distance = d;
			best = *name;
		}
	}
	return best;
}

bool load_is_mapping(struct loader *l, const struct tree_node *n, const char *what)
{
	if (tree_is_null(n) || n->kind == TREE_MAPPING)
		return true;
	return load_fail(l, n, "%s must be a mapping", what);
}

static bool unknown_key(struct loader *l, const struct tree_node *key, const struct load_key *keys,
	size_t count, const char *what)
{
	const char *near = load_nearest(key->text, keys, count, sizeof(*keys));
	struct buf list;

	if (near)
		return load_fail(l, key, "unknown key \"%.80s\" in %s; did you mean \"%s\"?",
			key->text, what, near);
	buf_init(&list, CONFIG_ERROR_MAX);
	for (size_t i = 0; i < count && count <= WORDS_LISTED_MAX; i++)
		(void)buf_addf(&list, "%s%s", i == 0 ? "; it has " : ", ", keys[i].name);
	load_fail(l, key, "unknown key \"%.80s\" in %s%s", key->text, what, buf_str(&list));
	buf_fini(&list);
	return false;
}

bool load_keys(struct loader *l, const struct tree_node *mapping, const struct load_key *keys,
	size_t count, const char *what, void *into)
{
	if (!load_is_mapping(l, mapping, what))
		return false;
	for (size_t i = 0; mapping && i < mapping->count; i++) {
		const struct tree_pair *p = &mapping->pairs[i];
		size_t k = 0;

		while (k < count && strcmp(keys[k].name, p->key->text) != 0)
			k++;
		if (k == count)
			return unknown_key(l, p->key, keys, count, what);
		if (keys[k].set && !keys[k].set(l, p->value, into))
			return false;
	}
	return true;
}
