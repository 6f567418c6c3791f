/* Problems beyond the dialogue's own; internal to lib/report. Each adds to v; false: no memory. */
#ifndef REPORT_JUDGE_H
#define REPORT_JUDGE_H

#include "base/buf.h"
#include "report/verdict.h"

struct judge {
	struct report_verdict *v;
	const struct probe_result *r;
	const struct report_policy *policy;
	const struct report_context *ctx;
};

/* Adds a problem and moves text into it; NULL: no room or no memory. Empties text. */
struct report_problem *judge_add(struct judge *j, enum probe_phase phase, enum probe_reason reason,
	enum probe_severity severity, struct buf *text);
/* The operator's own word on a reason, else fallback. */
enum probe_severity judge_state(
	const struct judge *j, enum probe_reason reason, enum probe_severity fallback);

bool judge_certificate_end(struct judge *j);
bool judge_capabilities(struct judge *j);
/* Measures, and judges by the limits. */
bool judge_measures(struct judge *j);

#endif
