#include "config/snapshot.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

struct config *config_new(void)
{
	struct config *c = calloc(1, sizeof(*c));

	if (c)
		atomic_init(&c->refs, 1);
	return c;
}

struct config *config_ref(struct config *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

static void list_fini(struct config_list *list)
{
	free(list->v);
	free(list->sorted);
}

void config_unref(struct config *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	for (struct config_secret_node *n = c->secrets; n; n = n->next)
		secret_free(n->secret);
	for (struct config_regex_node *n = c->regexes; n; n = n->next)
		pcre2_code_free(n->re);
	list_fini(&c->modules);
	list_fini(&c->auths);
	arena_fini(&c->arena);
	free(c);
}

const struct secret *load_keep_secret(struct loader *l, struct secret *secret)
{
	struct config_secret_node *n = arena_alloc(l->keep, 1, sizeof(*n));

	if (!n || !secret) {
		secret_free(secret);
		return NULL;
	}
	*n = (struct config_secret_node){l->config->secrets, secret};
	l->config->secrets = n;
	return secret;
}

bool load_keep_regex(struct loader *l, struct pcre2_real_code_8 *re)
{
	struct config_regex_node *n = arena_alloc(l->keep, 1, sizeof(*n));

	if (!n) {
		pcre2_code_free(re);
		return load_no_memory(l);
	}
	*n = (struct config_regex_node){l->config->regexes, re};
	l->config->regexes = n;
	return true;
}

/* --- lists ----------------------------------------------------------------------------------- */

struct config_entry *config_list_add(struct config_list *list)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? 2 * list->cap : 16;
		struct config_entry *v = realloc(list->v, cap * sizeof(*v));

		if (!v)
			return NULL;
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n] = (struct config_entry){0};
	return &list->v[list->n++];
}

/* By name, then in the order of the list. */
static int by_name(const void *a, const void *b)
{
	const struct config_entry *x = ((const struct config_ref *)a)->entry;
	const struct config_entry *y = ((const struct config_ref *)b)->entry;
	int order = strcmp(x->name, y->name);

	return order ? order : (x > y) - (x < y);
}

const struct config_entry *config_list_sort(
	struct config_list *list, bool *failed, const struct config_entry **first)
{
	*first = NULL;
	free(list->sorted);
	list->sorted = calloc(list->n + 1, sizeof(*list->sorted));
	*failed = !list->sorted;
	if (*failed)
		return NULL;
	for (size_t i = 0; i < list->n; i++)
		list->sorted[i].entry = &list->v[i];
	qsort(list->sorted, list->n, sizeof(*list->sorted), by_name);
	for (size_t i = 1; i < list->n; i++) {
		if (strcmp(list->sorted[i - 1].entry->name, list->sorted[i].entry->name) != 0)
			continue;
		*first = list->sorted[i - 1].entry;
		return list->sorted[i].entry;
	}
	return NULL;
}

/* Few are built in, and they come first. */
void config_list_override(struct config_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		bool replaced = false;

		for (size_t j = i + 1; !list->v[i].file && j < list->n; j++)
			replaced = replaced || strcmp(list->v[i].name, list->v[j].name) == 0;
		if (!replaced)
			list->v[kept++] = list->v[i];
	}
	list->n = kept;
}

static int to_name(const void *key, const void *entry)
{
	return strcmp(key, ((const struct config_ref *)entry)->entry->name);
}

const struct config_entry *config_list_find(const struct config_list *list, const char *name)
{
	const struct config_ref *found =
		list->n ? bsearch(name, list->sorted, list->n, sizeof(*list->sorted), to_name)
			: NULL;

	return found ? found->entry : NULL;
}

/* --- what is in force ------------------------------------------------------------------------ */

const struct config_module *config_module(const struct config *c, const char *name)
{
	const struct config_entry *e = config_list_find(&c->modules, name);

	return e ? e->module : NULL;
}

const struct config_auth *config_auth(const struct config *c, const char *name)
{
	const struct config_entry *e = config_list_find(&c->auths, name);

	return e ? e->auth : NULL;
}

const char *config_foreign_prober(const struct config *c, const char *name)
{
	const struct config_entry *e = config_list_find(&c->modules, name);

	return e ? e->foreign : NULL;
}

/* Modules and foreign ones lie in one list. */
size_t config_module_count(const struct config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->modules.n; i++)
		n += c->modules.v[i].module != NULL;
	return n;
}

const struct config_module *config_module_at(const struct config *c, size_t i)
{
	for (size_t j = 0; j < c->modules.n; j++)
		if (c->modules.v[j].module && i-- == 0)
			return c->modules.v[j].module;
	return NULL;
}

size_t config_auth_count(const struct config *c)
{
	return c->auths.n;
}

const struct config_auth *config_auth_at(const struct config *c, size_t i)
{
	return i < c->auths.n ? c->auths.v[i].auth : NULL;
}

const char *config_nearest_module(const struct config *c, const char *name)
{
	return load_nearest(name, c->modules.v, c->modules.n, sizeof(*c->modules.v));
}

const char *config_nearest_auth(const struct config *c, const char *name)
{
	return load_nearest(name, c->auths.v, c->auths.n, sizeof(*c->auths.v));
}

uint64_t config_loaded_checksum(const struct config *c)
{
	return c->checksum;
}
