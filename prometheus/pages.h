/* What the daemon answers under which path. */
#ifndef PROMETHEUS_PAGES_H
#define PROMETHEUS_PAGES_H

#include "exporter.h"
#include "query.h"

enum { PAGE_OCTETS_MAX = 4 * 1024 * 1024 };

/* arg: struct exporter. */
void pages_handle(void *arg, struct web_request *r);

/* One for each path; the method has been checked, the query is the callee's until it returns. */
typedef void page_fn(struct exporter *e, struct web_request *r, const struct query *q);

page_fn page_probe;		 /* page_probe.c */
page_fn page_landing, page_logs; /* page_landing.c, page_logs.c */

/* The timed transcript, metrics and module of a probe as text, without secrets. */
void page_debug_text(struct buf *out, const struct outcome *o, uint64_t age_ns);

#endif
