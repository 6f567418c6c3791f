/* The machine-readable forms of a verdict. Each appends to out; false when out is full. */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include "base/buf.h"
#include "report/verdict.h"

enum { REPORT_OUTPUT_MAX = 4 * 1024 * 1024 };

/* One probe with all that is needed to print it. Several in one report: modules of one run, rows of
 * `--auth each`. */
struct report_item {
	const struct probe_result *result;
	const struct report_verdict *verdict;
	const struct report_context *context;
	const char *message; /* the human one-line summary, without performance data */
};

/* CONTRACT section 6: one object for one item, an array for several; ends with a newline. */
bool report_json(struct buf *out, const struct report_item *items, size_t count);
/* CONTRACT section 5, text format 0.0.4. */
bool report_prometheus(struct buf *out, const struct report_item *item);
bool report_tap(struct buf *out, const struct report_item *items, size_t count);
bool report_junit(struct buf *out, const struct report_item *items, size_t count);

#endif
