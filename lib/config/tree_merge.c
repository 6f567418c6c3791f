/* Keys of a mapping: unique, and YAML's "<<", which Prometheus' own files use for what modules have
 * in common. */
#include "config/tree_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_merge(const struct tree_node *key)
{
	return key->plain && strcmp(key->text, "<<") == 0;
}

/* By text, then by place. */
static int by_key(const void *a, const void *b)
{
	const struct tree_node *x = ((const struct tree_pair *)a)->key;
	const struct tree_node *y = ((const struct tree_pair *)b)->key;
	int order = strcmp(x->text, y->text);

	if (order == 0)
		order = (x->line > y->line) - (x->line < y->line);
	return order ? order : (x->column > y->column) - (x->column < y->column);
}

static struct tree_pair *sorted(const struct pair_list *l)
{
	struct tree_pair *v = calloc(l->n + 1, sizeof(*v));

	if (!v || l->n == 0)
		return v;
	memcpy(v, l->v, l->n * sizeof(*v));
	qsort(v, l->n, sizeof(*v), by_key);
	return v;
}

static bool duplicate(
	struct tree_builder *b, const struct tree_node *first, const struct tree_node *second)
{
	struct fy_mark m = {.line = (int)second->line - 1, .column = (int)second->column - 1};
	char words[256];

	snprintf(words, sizeof(words), "key \"%.100s\" stands there twice, first in line %u",
		second->text, first->line);
	return tree_fail(b, &m, words);
}

static int by_name(const void *key, const void *pair)
{
	return strcmp(key, ((const struct tree_pair *)pair)->key->text);
}

/* What is written in the mapping itself wins, then what was merged first. Few are merged. */
static bool merge_one(struct tree_builder *b, struct pair_list *l, const struct tree_pair *own,
	size_t own_count, const struct tree_node *from)
{
	struct fy_mark m = {.line = (int)from->line - 1, .column = (int)from->column - 1};
	size_t merged_from = own_count - 1; /* without "<<" itself */

	if (from->kind != TREE_MAPPING)
		return tree_fail(b, &m, "\"<<\" takes a mapping");
	for (size_t i = 0; i < from->count; i++) {
		const struct tree_pair *p = &from->pairs[i];
		bool there = bsearch(p->key->text, own, own_count, sizeof(*own), by_name) != NULL;

		for (size_t j = merged_from; !there && j < l->n; j++)
			there = strcmp(l->v[j].key->text, p->key->text) == 0;
		if (there)
			continue;
		b->nodes += p->value->weight;
		if (l->n >= own_count + TREE_MERGED_MAX || b->nodes > TREE_NODES_MAX)
			return tree_fail(b, &m, "\"<<\" brings too many keys");
		if (!pair_list_add(l, p->key, p->value))
			return false;
	}
	return true;
}

static bool merge(struct tree_builder *b, struct pair_list *l, const struct tree_pair *own)
{
	const struct tree_node *from = NULL;
	size_t own_count = l->n;
	bool ok = true;

	for (size_t i = 0; i < own_count && !from; i++) {
		if (!is_merge(l->v[i].key))
			continue;
		from = l->v[i].value;
		memmove(&l->v[i], &l->v[i + 1], (own_count - i - 1) * sizeof(*l->v));
		l->n--;
	}
	if (from && from->kind == TREE_SEQUENCE) {
		for (size_t i = 0; ok && i < from->count; i++)
			ok = merge_one(b, l, own, own_count, from->pairs[i].value);
		return ok;
	}
	return !from || merge_one(b, l, own, own_count, from);
}

bool tree_mapping_finish(struct tree_builder *b, struct pair_list *l)
{
	struct tree_pair *own = sorted(l);
	bool ok = own != NULL;

	for (size_t i = 1; ok && i < l->n; i++)
		if (strcmp(own[i - 1].key->text, own[i].key->text) == 0)
			ok = duplicate(b, own[i - 1].key, own[i].key);
	ok = ok && merge(b, l, own);
	free(own);
	return ok;
}
