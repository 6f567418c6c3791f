#include "history.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_OCTETS = 512 };

struct history_target {
	struct history_target *next;
	struct history_entry *newest;
	size_t bucket;
	char name[];
};

void history_init(struct history *h, size_t limit)
{
	*h = (struct history){.limit = limit};
}

static size_t bucket_of(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return hash % HISTORY_BUCKETS;
}

static struct history_target *target_of(struct history *h, const char *name)
{
	size_t bucket = bucket_of(name), n = strlen(name) + 1;
	struct history_target *t = h->buckets[bucket];

	while (t && strcmp(t->name, name) != 0)
		t = t->next;
	if (t)
		return t;
	t = calloc(1, sizeof(*t) + n);
	if (!t)
		return NULL;
	memcpy(t->name, name, n);
	t->bucket = bucket;
	t->next = h->buckets[bucket];
	h->buckets[bucket] = t;
	return t;
}

static void target_drop(struct history *h, struct history_target *t)
{
	struct history_target **at = &h->buckets[t->bucket];

	h->octets -= sizeof(*t) + strlen(t->name) + 1;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	free(t);
}

static void unlink_entry(struct history *h, struct history_entry *e)
{
	struct history_entry **at = &e->target->newest;

	while (*at != e)
		at = &(*at)->target_older;
	*at = e->target_older;
	*(e->newer ? &e->newer->older : &h->newest) = e->older;
	*(e->older ? &e->older->newer : &h->oldest) = e->newer;
}

static void entry_drop(struct history *h, struct history_entry *e)
{
	unlink_entry(h, e);
	h->count--;
	h->octets -= e->octets;
	if (!e->target->newest)
		target_drop(h, e->target);
	outcome_unref(e->outcome);
	free(e);
}

/* The newest ones, and behind them the newest failures. */
static void trim_target(struct history *h, const struct history_target *t)
{
	struct history_entry *e = t->newest, *older;
	size_t seen = 0, failures = 0;

	for (; e; e = older) {
		bool failed = !outcome_success(e->outcome);

		older = e->target_older;
		if (seen++ >= h->limit && !(failed && failures < HISTORY_FAILURES))
			entry_drop(h, e);
		failures += failed;
	}
}

static void link_entry(struct history *h, struct history_target *t, struct history_entry *e)
{
	e->target = t;
	e->target_older = t->newest;
	t->newest = e;
	e->older = h->newest;
	*(h->newest ? &h->newest->newer : &h->oldest) = e;
	h->newest = e;
	h->count++;
	h->octets += e->octets;
}

void history_add(struct history *h, struct outcome *o)
{
	struct history_entry *e = h->limit ? calloc(1, sizeof(*e)) : NULL;
	struct history_target *t;
	struct buf name;

	if (!e)
		return;
	buf_init(&name, NAME_MAX_OCTETS);
	outcome_target_text(o, &name);
	t = target_of(h, buf_str(&name));
	buf_fini(&name);
	if (!t) {
		free(e);
		return;
	}
	e->outcome = outcome_ref(o);
	e->octets = sizeof(*e) + outcome_octets(o);
	if (!t->newest)
		h->octets += sizeof(*t) + strlen(t->name) + 1;
	link_entry(h, t, e);
	trim_target(h, t);
	while (h->octets > HISTORY_OCTETS_MAX && h->oldest)
		entry_drop(h, h->oldest);
}

void history_fini(struct history *h)
{
	while (h->oldest)
		entry_drop(h, h->oldest); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
}

struct outcome *history_find_id(const struct history *h, const char *id)
{
	for (const struct history_entry *e = h->newest; e; e = e->older)
		if (strcmp(e->outcome->id, id) == 0)
			return e->outcome;
	return NULL;
}

struct outcome *history_find(
	const struct history *h, const char *target, const char *module, bool failed)
{
	for (const struct history_entry *e = h->newest; e; e = e->older) {
		if (strcasecmp(e->target->name, target) != 0 &&
			strcasecmp(e->outcome->target.host, target) != 0)
			continue;
		if (module && strcmp(e->outcome->module->name, module) != 0)
			continue;
		if (!failed || !outcome_success(e->outcome))
			return e->outcome;
	}
	return NULL;
}
