/* The event loop and its clock: a thin owner of libevent's event_base. One thread, no globals. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

struct event_base;
struct net_loop;

struct net_loop *net_loop_new(void);	/* NULL: no memory or descriptors */
void net_loop_free(struct net_loop *l); /* NULL allowed */
/* Runs until net_loop_stop or until nothing is left to wait for. A stop asked for before the run
 * ends it at once. Timers go by a coarse clock and may fire up to 10 ms early or late: whoever must
 * not be early compares net_now_ns and arms again. */
void net_loop_run(struct net_loop *l);
void net_loop_stop(struct net_loop *l);
/* Now by CLOCK_MONOTONIC, in ns, read afresh. */
uint64_t net_now_ns(void);
/* Seconds since 1970 UTC. */
int64_t net_wall_seconds(void);
/* For layers above that add events of their own (signals, HTTP). */
struct event_base *net_loop_base(struct net_loop *l);
/* Octets every connection of this loop may read into at once; valid until the next read. */
enum { NET_SCRATCH_OCTETS = 16384 };
unsigned char *net_loop_scratch(struct net_loop *l);
/* A span in ns as libevent takes it, rounded up. */
struct timeval net_timeval(uint64_t ns);

/* Work that outlives its owner (a killed command not yet reaped): released when it is over, or with
 * the loop. Embed it; release frees the whole and need not remove the tail. */
struct net_loop_tail {
	struct net_loop_tail *next;
	struct net_loop_tail **link;
	void (*release)(struct net_loop_tail *t);
};
void net_loop_tail_add(struct net_loop *l, struct net_loop_tail *t);
void net_loop_tail_remove(struct net_loop_tail *t);

#endif
