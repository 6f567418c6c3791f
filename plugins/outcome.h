/* One probe that has run, judged and put into words. */
#ifndef PLUGINS_OUTCOME_H
#define PLUGINS_OUTCOME_H

#include "plan.h"
#include "report/output.h"

struct outcome {
	struct probe *probe;	   /* owned; NULL when none could be started */
	struct probe_result *made; /* owned; then this says why */
	const struct probe_result *result;
	struct report_context context;
	struct report_verdict verdict;
	struct buf message; /* the line without label, state and performance data */
	uint64_t waited_ns; /* of --wait, with all attempts; 0: none */
};

/* Runs a probe and judges it. login may be NULL (a program without one). At the latest at
 * deadline_ns it is over. */
void outcome_run(
	struct outcome *o, struct plan *p, const struct probe_login *login, uint64_t deadline_ns);
/* The outcome of a run that did not come to a probe. */
void outcome_fail(struct outcome *o, const struct settings *s, const struct plan_failure *f,
	uint64_t elapsed_ns);
/* Puts it into words once waited_ns is known. */
void outcome_say(struct outcome *o, const struct settings *s);
void outcome_fini(struct outcome *o);
struct report_item outcome_item(struct outcome *o);

/* Runs again until the service is up, as --wait says; without it once. */
void outcome_wait(struct outcome *o, struct plan *p);

#endif
