/* The exporter's own metrics. */
#ifndef PROMETHEUS_STATS_H
#define PROMETHEUS_STATS_H

#include "probe/reason.h"
#include "report/exposition.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATS_BUCKETS = 12 };

struct stats_module; /* counters of one module */

enum stats_rejection { STATS_TOO_MANY_PROBES, STATS_TARGET_NOT_ALLOWED, STATS_REJECTIONS };

struct stats {
	struct stats_module *modules; /* owned; sorted by name */
	uint64_t buckets[STATS_BUCKETS + 1];
	double seconds;
	uint64_t count;
	uint64_t rejected[STATS_REJECTIONS];
	size_t in_flight;
	bool reload_ok;
	int64_t reload_seconds; /* of the last successful one, Unix time */
	int64_t start_seconds;	/* of the process */
};

void stats_init(struct stats *s);
void stats_fini(struct stats *s);
/* One probe that ran. reason: REASON_NONE for one that is OK. */
void stats_probe(struct stats *s, const char *module, enum probe_phase phase,
	enum probe_reason reason, uint64_t ns);
/* False when out is full. */
bool stats_write(const struct stats *s, const struct exposition_format *format, struct buf *out);

#endif
