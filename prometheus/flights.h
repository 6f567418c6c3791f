/* Probes in flight: who waits for which, whose turn it is to log in, and how many there may be. */
#ifndef PROMETHEUS_FLIGHTS_H
#define PROMETHEUS_FLIGHTS_H

#include "allow.h"
#include "history.h"
#include "log.h"
#include "net/run.h"
#include "outcome.h"
#include "stats.h"
#include "tls_cache.h"

struct flight;

enum { FLIGHTS_BUCKETS = 1024 };

/* Borrowed by the table for its life. */
struct flights_world {
	struct net_loop *loop;
	struct net_resolver *resolver;
	struct config_secrets *secrets;
	const struct allow_list *allow;
	struct tls_cache *tls;
	struct stats *stats;
	struct history *history;
	const struct log *log;
	size_t max; /* in flight at once */
};

struct recent; /* a result that min_login_interval still holds for */

struct flights {
	struct flights_world world;
	struct flight *buckets[FLIGHTS_BUCKETS]; /* of the same target */
	struct recent *recent[FLIGHTS_BUCKETS];
	struct flight *logins, *queue, **queue_end; /* whose turn it is; who waits for one */
	struct event *turn;			    /* somebody's turn may have come */
	struct event *rest; /* all is quiet: memory goes back to the system */
	size_t count, peak;
};

/* Who waits for a result; caller's storage until done is called or flights_leave. */
struct flight_waiter {
	struct flight *flight;
	struct flight_waiter *next;
	/* age_ns: 0, or how old a result that was not made anew is. o is borrowed; NULL: no memory.
	 */
	void (*done)(void *arg, struct outcome *o, uint64_t age_ns);
	void *arg;
};

/* False: no memory. */
bool flights_init(struct flights *f, const struct flights_world *world);
void flights_fini(struct flights *f); /* none may be in flight */
/* w->done and w->arg are set. done is called once, perhaps from within this call. */
void flights_ask(struct flights *f, const struct outcome_request *q, struct flight_waiter *w);
/* done is not called any more; the last one out ends the probe. */
void flights_leave(struct flights *f, struct flight_waiter *w);

#endif
