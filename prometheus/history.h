/* The last results, and the last failures, of each target; bounded in count and in octets. Pages
 * read from here: everything in an outcome is free of secrets. */
#ifndef PROMETHEUS_HISTORY_H
#define PROMETHEUS_HISTORY_H

#include "outcome.h"

enum { HISTORY_OCTETS_MAX = 5 * 1024 * 1024, HISTORY_FAILURES = 3 };

struct history_target;

struct history_entry {
	struct history_entry *newer, *older; /* of all targets */
	struct history_entry *target_older;  /* of this one */
	struct history_target *target;
	struct outcome *outcome; /* referenced */
	size_t octets;
};

enum { HISTORY_BUCKETS = 256 };

struct history {
	struct history_target *buckets[HISTORY_BUCKETS];
	struct history_entry *newest, *oldest;
	size_t count, octets;
	size_t limit; /* results kept of a target, failures beyond them aside; 0: nothing is kept */
};

void history_init(struct history *h, size_t limit);
void history_fini(struct history *h);
void history_add(struct history *h, struct outcome *o);
/* NULL: none. */
struct outcome *history_find_id(const struct history *h, const char *id);
/* The newest match. target: "host:port" as outcome_target_text writes it, or the host alone.
 * module: NULL: any. */
struct outcome *history_find(
	const struct history *h, const char *target, const char *module, bool failed);

#endif
