#include "flight.h"

#include <event2/event.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MANY = 64 };

struct recent {
	struct recent *next;
	struct outcome *outcome;
};

static size_t bucket_of(const struct target *t)
{
	uint32_t hash = 2166136261U;

	for (const char *p = t->host; *p; p++)
		hash = (hash ^ ((unsigned char)*p | 0x20U)) * 16777619U;
	return hash % FLIGHTS_BUCKETS;
}

/* --- the interval between logins -------------------------------------------------------------- */

static uint64_t interval(const struct outcome *o)
{
	return o->auth ? o->auth->min_login_interval_ns : 0;
}

static void recent_drop(struct recent **at)
{
	struct recent *r = *at;

	*at = r->next;
	outcome_unref(r->outcome);
	free(r);
}

/* Drops what is over on its way. */
static struct outcome *recent_find(struct flights *f, const struct outcome_request *q)
{
	struct recent **at = &f->recent[bucket_of(q->target)];
	uint64_t now = net_now_ns();

	while (*at) {
		struct outcome *o = (*at)->outcome;

		if (now - o->ended_ns >= interval(o)) {
			recent_drop(at);
			continue;
		}
		if (outcome_matches(o, q))
			return o;
		at = &(*at)->next;
	}
	return NULL;
}

/* Only what came as far as a login counts. */
static void recent_add(struct flights *f, struct outcome *o)
{
	struct recent **at = &f->recent[bucket_of(&o->target)];
	struct recent *r;

	if (!interval(o) || !o->result->login_tried)
		return;
	r = calloc(1, sizeof(*r));
	if (!r)
		return;
	*r = (struct recent){.next = *at, .outcome = outcome_ref(o)};
	*at = r;
}

/* --- turns ------------------------------------------------------------------------------------ */

static bool same_address(const struct net_address *a, const struct net_address *b)
{
	return a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
}

static bool share_address(const struct flight *a, const struct flight *b)
{
	for (size_t i = 0; i < a->address_count; i++)
		for (size_t k = 0; k < b->address_count; k++)
			if (same_address(&a->addresses[i], &b->addresses[k]))
				return true;
	return false;
}

static const char *user(const struct flight *f)
{
	const struct config_auth *a = f->outcome->auth;
	const char *name = a->authzid ? a->authzid : a->username;

	return name ? name : "";
}

/* RFC 1939 section 3: one session holds the maildrop. */
static bool same_maildrop(const struct flight *a, const struct flight *b)
{
	if (a->outcome->port != b->outcome->port || strcmp(user(a), user(b)) != 0)
		return false;
	return strcasecmp(a->outcome->target.host, b->outcome->target.host) == 0 ||
	       share_address(a, b);
}

/* Nobody of the list, up to end, has the maildrop. */
static bool is_free(const struct flight *list, const struct flight *end, const struct flight *f)
{
	for (; list && list != end; list = list->turn_next)
		if (same_maildrop(list, f))
			return false;
	return true;
}

static void take(struct flights *table, struct flight *f)
{
	f->turn_next = table->logins;
	table->logins = f;
	f->holds_turn = true;
}

void flight_take_turn(struct flight *f)
{
	struct flights *table = f->table;

	if (is_free(table->logins, NULL, f) && is_free(table->queue, NULL, f)) {
		take(table, f);
		flight_go(f);
		return;
	}
	f->stage = FLIGHT_QUEUED;
	f->turn_next = NULL;
	*table->queue_end = f;
	table->queue_end = &f->turn_next;
}

static void queue_remove(struct flights *table, struct flight **at)
{
	struct flight *f = *at;

	*at = f->turn_next;
	if (!*at)
		table->queue_end = at;
	f->turn_next = NULL;
}

/* The first in the queue whose maildrop is free. */
static struct flight **whose_turn(struct flights *table)
{
	struct flight **at = &table->queue;

	while (*at && !(is_free(table->logins, NULL, *at) && is_free(table->queue, *at, *at)))
		at = &(*at)->turn_next;
	return at;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct flights *table = arg;
	struct flight **at, *f;

	(void)fd;
	(void)what;
	while ((f = *(at = whose_turn(table)))) {
		queue_remove(table, at);
		take(table, f);
		flight_go(f);
	}
}

static void give_turn_back(struct flight *f)
{
	struct flights *table = f->table;
	struct flight **at = f->holds_turn ? &table->logins : &table->queue;

	while (*at && *at != f)
		at = &(*at)->turn_next;
	if (!*at)
		return;
	if (f->holds_turn)
		*at = f->turn_next;
	else
		queue_remove(table, at);
}

/* What many at once left behind goes back to the system once they and their scrapers are gone. */
static void on_rest(evutil_socket_t fd, short what, void *arg)
{
	struct flights *table = arg;

	(void)fd;
	(void)what;
	if (table->count > 0)
		return;
	table->peak = 0;
	(void)malloc_trim(0);
}

bool flights_init(struct flights *f, const struct flights_world *world)
{
	*f = (struct flights){.world = *world};
	f->queue_end = &f->queue;
	f->turn = event_new(net_loop_base(world->loop), -1, 0, on_turn, f);
	f->rest = event_new(net_loop_base(world->loop), -1, 0, on_rest, f);
	return f->turn && f->rest;
}

void flights_fini(struct flights *f)
{
	for (size_t i = 0; i < FLIGHTS_BUCKETS; i++)
		while (f->recent[i])
			recent_drop(&f->recent[i]);
	if (f->turn)
		event_free(f->turn);
	if (f->rest)
		event_free(f->rest);
}

/* --- the table -------------------------------------------------------------------------------- */

static void tell_all(struct flight_waiter *w, struct outcome *o)
{
	while (w) {
		struct flight_waiter *next = w->next;

		w->flight = NULL;
		w->done(w->arg, o, 0);
		w = next;
	}
}

static void count(struct flights *table, struct outcome *o)
{
	const struct probe_result *r = o->result;
	const struct report_problem *p = &o->verdict->problems[0];
	bool failed = o->verdict->state != SEVERITY_OK && o->verdict->problem_count > 0;

	if (r->reason == REASON_TOO_MANY_PROBES)
		table->world.stats->rejected[STATS_TOO_MANY_PROBES]++;
	if (r->reason == REASON_TARGET_NOT_ALLOWED)
		table->world.stats->rejected[STATS_TARGET_NOT_ALLOWED]++;
	stats_probe(table->world.stats, o->module->name, failed ? p->phase : r->phase,
		failed ? p->reason : REASON_NONE, r->elapsed_ns);
}

static void tell_log(const struct log *log, const struct outcome *o)
{
	const struct probe_result *r = o->result;
	bool ok = r->reason == REASON_NONE;

	if (log->level > LOG_LEVEL_DEBUG)
		return;
	log_write(log, LOG_LEVEL_DEBUG, "probe", "target", o->target.host, "module",
		o->module->name, "id", o->id, "state", report_state_name(o->verdict->state),
		"phase", ok ? NULL : probe_phase_name(r->phase), "reason",
		ok ? NULL : probe_reason_name(r->reason), NULL);
}

static void keep(struct flights *table, struct outcome *o)
{
	count(table, o);
	tell_log(table->world.log, o);
	/* A house that is full would push everything else out. */
	if (o->result->reason != REASON_TOO_MANY_PROBES)
		history_add(table->world.history, o);
	recent_add(table, o);
}

static void tidy(struct flights *table)
{
	const struct timeval soon = {.tv_sec = 1};

	if (table->count == 0 && table->peak >= MANY)
		(void)event_add(table->rest, &soon);
}

static void flight_unlink(struct flight *f)
{
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	f->table->count--;
	f->table->world.stats->in_flight = f->table->count;
}

void flight_finish(struct flight *f, struct probe *p)
{
	struct flight_waiter *waiters = f->waiters;
	struct flights *table = f->table;
	struct outcome *o = f->outcome;
	bool turn = f->holds_turn;

	give_turn_back(f);
	flight_unlink(f);
	if (f->timer)
		event_free(f->timer);
	free(f->addresses);
	free(f);
	if (p && outcome_finish(o, p)) {
		keep(table, o);
		tell_all(waiters, o);
	} else {
		tell_all(waiters, NULL);
	}
	outcome_unref(o);
	if (turn && table->queue)
		event_active(table->turn, EV_TIMEOUT, 1);
	tidy(table);
}

static struct flight *find(struct flights *table, const struct outcome_request *q)
{
	struct flight *f = table->buckets[bucket_of(q->target)];

	while (f && (!outcome_matches(f->outcome, q) || f->outcome->timeout_ns != q->timeout_ns))
		f = f->next;
	return f;
}

static void join(struct flight *f, struct flight_waiter *w)
{
	w->flight = f;
	w->next = f->waiters;
	f->waiters = w;
}

static struct flight *flight_new(struct flights *table, const struct outcome_request *q)
{
	struct flight **bucket = &table->buckets[bucket_of(q->target)];
	struct flight *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	*f = (struct flight){.table = table, .outcome = outcome_new(q), .begun_ns = net_now_ns()};
	if (!f->outcome) {
		free(f);
		return NULL;
	}
	f->deadline_ns = f->begun_ns + q->timeout_ns;
	f->next = *bucket;
	f->link = bucket;
	if (f->next)
		f->next->link = &f->next;
	*bucket = f;
	table->count++;
	if (table->count > table->peak)
		table->peak = table->count;
	table->world.stats->in_flight = table->count;
	return f;
}

void flights_ask(struct flights *table, const struct outcome_request *q, struct flight_waiter *w)
{
	struct flight *f = find(table, q);
	struct outcome *last = f ? NULL : recent_find(table, q);

	w->flight = NULL;
	if (last) {
		w->done(w->arg, last, net_now_ns() - last->ended_ns);
		return;
	}
	if (f) {
		join(f, w);
		return;
	}
	f = flight_new(table, q);
	if (!f) {
		w->done(w->arg, NULL, 0);
		return;
	}
	join(f, w);
	if (table->count > table->world.max)
		flight_fail(f, PHASE_CONNECT, REASON_TOO_MANY_PROBES, "");
	else
		flight_begin(f);
}

void flights_leave(struct flights *table, struct flight_waiter *w)
{
	struct flight *f = w->flight;
	struct flight_waiter **at = f ? &f->waiters : NULL;

	(void)table;
	if (!f)
		return;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->flight = NULL;
	if (!f->waiters)
		flight_cancel(f);
}
