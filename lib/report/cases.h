/* Steps with the problems that belong to them: what JSON, TAP and JUnit print of a step; internal
 * to lib/report. */
#ifndef REPORT_CASES_H
#define REPORT_CASES_H

#include "report/output.h"

/* Cases of an item: one for each step; where there are no steps but problems, a single one. */
size_t report_case_count(const struct report_item *item);

struct report_case {
	const char *name;  /* the step's, raw; not unique */
	size_t occurrence; /* 1 for the first step of that name, 2 for the second ... */
	bool reached;
	bool has_seconds;
	double seconds;
	enum probe_severity state;	      /* the worst of its problems */
	const struct report_problem *problem; /* that one; NULL: none */
};

void report_case_get(const struct report_item *item, size_t i, struct report_case *out);
/* The next problem of case i at or after *at in the verdict; NULL: no more. *at ends behind it. */
const struct report_problem *report_case_problem(
	const struct report_item *item, size_t i, size_t *at);
/* "capa", "capa (2)": sanitised, unique within the item. */
bool report_case_name(struct buf *out, const struct report_case *c);

#endif
