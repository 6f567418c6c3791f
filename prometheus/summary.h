/* One line for a person on what a probe found. */
#ifndef PROMETHEUS_SUMMARY_H
#define PROMETHEUS_SUMMARY_H

#include "report/verdict.h"

void summary_add(struct buf *out, const struct probe_result *r, const struct report_verdict *v);

#endif
