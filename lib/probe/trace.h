/* The transcript: bounded, made printable, secrets replaced before they are stored. */
#ifndef PROBE_TRACE_H
#define PROBE_TRACE_H

#include "base/slice.h"
#include "probe/result.h"

/* Adds one line; what no longer fits is counted. */
void probe_trace_add(
	struct probe_trace *t, uint64_t at_ns, enum trace_from from, struct slice text);
void probe_trace_fini(struct probe_trace *t);

#endif
