/* The driver: runs a probe to its end on a loop. One for the plugin, thousands for the exporter. */
#ifndef NET_RUN_H
#define NET_RUN_H

#include "net/dial.h"
#include "probe/probe.h"

struct net_run;

/* Starts spec against target. done is called once, from the loop, with the probe; the callee may
 * read its result and must call probe_free. The run has freed itself by then. NULL: no memory. */
struct net_run *net_run_start(struct net_loop *l, struct net_resolver *r,
	const struct net_dial_target *target, const struct probe_spec *spec,
	void (*done)(void *arg, struct probe *p), void *arg);
/* Ends it at once with reason; done is still called, from the loop. */
void net_run_cancel(struct net_run *run, enum probe_reason reason);

#endif
