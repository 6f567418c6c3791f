/* One probe on its way; shared by flights.c (the table) and flight.c (its stages). */
#ifndef PROMETHEUS_FLIGHT_H
#define PROMETHEUS_FLIGHT_H

#include "flights.h"
#include "net/command.h"

enum flight_stage {
	FLIGHT_RESOLVING, /* whose maildrop it is hangs on the address */
	FLIGHT_QUEUED,	  /* for the maildrop's turn */
	FLIGHT_FETCHING,  /* the password, from a command */
	FLIGHT_RUNNING,
};

struct flight {
	struct flight *next, **link; /* in its bucket */
	struct flight *turn_next;    /* in the queue or among the logins */
	struct flights *table;
	struct outcome *outcome;
	struct flight_waiter *waiters;
	enum flight_stage stage;
	bool holds_turn, by_address, other_family;
	uint64_t begun_ns, deadline_ns;
	struct event *timer; /* before the run has one of its own */
	struct net_lookup *lookup;
	struct net_command *command;
	struct net_run *run;
	struct net_address *addresses; /* owned; what the target stands for */
	size_t address_count;
};

/* flight.c: goes through the stages and ends in flight_finish. */
void flight_begin(struct flight *f);
/* It has the turn, or needs none. */
void flight_go(struct flight *f);
/* Ends it without a connection. */
void flight_fail(
	struct flight *f, enum probe_phase phase, enum probe_reason reason, const char *detail);
/* Nobody waits for it any more. */
void flight_cancel(struct flight *f);

/* flights.c: p has ended. Frees f. */
void flight_finish(struct flight *f, struct probe *p);
/* Joins the queue, or calls flight_go when it is its turn at once. */
void flight_take_turn(struct flight *f);

#endif
