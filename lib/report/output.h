/* The machine-readable forms of a verdict. Each appends to out; false when out is full. */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include "base/buf.h"
#include "report/exposition.h"
#include "report/verdict.h"

enum { REPORT_OUTPUT_MAX = 4 * 1024 * 1024, REPORT_SERIES_MAX = 40 };

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
/* The metrics of one probe (CONTRACT section 5), families sorted by name, in any syntax; at most
 * REPORT_SERIES_MAX series unless the operator asked for more (limits, scripts, greeting_metric,
 * capability_metric). */
bool report_metrics(
	struct buf *out, const struct exposition_format *format, const struct report_item *item);
/* The same in text format 0.0.4. */
bool report_prometheus(struct buf *out, const struct report_item *item);
/* One test per step; problems stand at the step of their phase, so that names depend on the program
 * alone. Where there are no steps, a problem stands at a test "probe". */
bool report_tap(struct buf *out, const struct report_item *items, size_t count);
bool report_junit(struct buf *out, const struct report_item *items, size_t count);

#endif
