#include "net/resolver.h"

#include "net/channel.h"
#include "net/dial.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_OCTETS = 253 }; /* RFC 1035 section 2.3.4: 255 on the wire, so 253 in text */
enum { FAMILIES = 2 };

struct net_resolver {
	struct net_loop *loop;
	char *resolv_conf; /* NULL: the system's */
	uint16_t port;
	bool library; /* ares_library_init was called */
	ares_channel files;
	struct net_channel *current;
};

/* A question c-ares works on: it outlives a lookup that was cancelled. */
struct question {
	struct net_lookup *owner; /* NULL: cancelled */
	size_t slot;
};

struct answer {
	struct question *question; /* NULL: not asked, or answered */
	struct ares_addrinfo *info;
	int status;
	bool wanted;
	bool done;
};

struct net_lookup {
	struct net_resolver *resolver;
	struct net_channel *channel; /* NULL: needs no DNS */
	void (*done)(void *arg, const struct net_lookup_result *res);
	void *arg;
	struct event turn; /* made active when there is something to do; also the grace timer */
	struct answer answers[FAMILIES]; /* preferred family first */
	int families[FAMILIES];
	struct net_address fixed[FAMILIES]; /* a literal, localhost; len 0: none */
	uint16_t port;
	int candidate;			/* of the search list, asked last */
	char name[NAME_MAX_OCTETS + 1]; /* without the trailing dot */
	bool absolute;			/* it had one */
};

/* The channel of today's resolv.conf. */
static int resolver_channel(struct net_resolver *r, struct net_channel **out)
{
	int status = ARES_SUCCESS;

	if (r->current && net_channel_stale(r->current, r->resolv_conf)) {
		net_channel_retire(r->current);
		r->current = NULL;
	}
	if (!r->current)
		status = net_channel_new(r->loop, r->resolv_conf, r->port, &r->current);
	*out = r->current;
	return status;
}

static int resolver_files(struct net_resolver *r)
{
	int status = ARES_SUCCESS;

	if (!r->library) {
		status = ares_library_init(ARES_LIB_INIT_ALL);
		r->library = status == ARES_SUCCESS;
	}
	if (status == ARES_SUCCESS && !r->files)
		status = net_channel_files(&r->files);
	return status;
}

struct net_resolver *net_resolver_new(struct net_loop *l, const char *resolv_conf)
{
	struct net_resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->loop = l;
	if (resolv_conf) {
		r->resolv_conf = strdup(resolv_conf);
		if (!r->resolv_conf) {
			free(r);
			return NULL;
		}
	}
	return r;
}

void net_resolver_port(struct net_resolver *r, uint16_t port)
{
	r->port = port;
	net_channel_retire(r->current);
	r->current = NULL;
}

void net_resolver_free(struct net_resolver *r)
{
	if (!r)
		return;
	net_channel_retire(r->current);
	if (r->files)
		ares_destroy(r->files);
	if (r->library)
		ares_library_cleanup();
	free(r->resolv_conf);
	free(r);
}

/* ---- lookups ---- */

static bool status_not_found(int status)
{
	/* A name that cannot be asked for (a label of more than 63 octets) does not exist either.
	 */
	return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
}

static void lookup_wake(struct net_lookup *k)
{
	event_active(&k->turn, EV_TIMEOUT, 0);
}

static bool lookup_pending(const struct net_lookup *k)
{
	for (size_t i = 0; i < FAMILIES; i++)
		if (k->answers[i].wanted && !k->answers[i].done)
			return true;
	return false;
}

static bool lookup_has_address(const struct net_lookup *k)
{
	for (size_t i = 0; i < FAMILIES; i++)
		if (k->answers[i].info)
			return true;
	return false;
}

static void lookup_answer(struct net_lookup *k, size_t slot, int status, struct ares_addrinfo *info)
{
	struct answer *a = &k->answers[slot];
	struct timeval grace = net_timeval(NET_RESOLVE_GRACE_NS);

	a->question = NULL;
	a->status = status;
	a->info = info;
	a->done = true;
	if (!lookup_pending(k))
		lookup_wake(k);
	else if (lookup_has_address(k))
		(void)event_add(&k->turn, &grace);
}

/* Called by c-ares, also from within ares_getaddrinfo: only notes the answer. */
static void question_answered(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct question *q = arg;

	(void)timeouts;
	if (status == ARES_SUCCESS && (!info || !info->nodes)) {
		ares_freeaddrinfo(info);
		info = NULL;
		status = ARES_ENODATA;
	}
	if (q->owner)
		lookup_answer(q->owner, q->slot, status, info);
	else
		ares_freeaddrinfo(info);
	free(q);
}

static void lookup_ask(struct net_lookup *k, size_t slot, const char *name)
{
	struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT, /* sorting opens and connects a socket per address */
		.ai_family = k->families[slot],
		.ai_socktype = SOCK_STREAM,
	};
	struct question *q = malloc(sizeof(*q));

	if (!q) {
		lookup_answer(k, slot, ARES_ENOMEM, NULL);
		return;
	}
	*q = (struct question){.owner = k, .slot = slot};
	k->answers[slot].question = q;
	net_channel_ask(k->channel, name, &hints, question_answered, q);
}

/* The i-th name to ask for as resolv.conf(5) has it: a name of fewer than ndots dots goes through
 * the search domains first. False: no more. */
static bool lookup_candidate(const struct net_lookup *k, int i, char *out, size_t size)
{
	const struct ares_options *o = net_channel_saved(k->channel);
	const char *domain;
	int dots = 0;

	for (const char *p = k->name; *p; p++)
		dots += *p == '.';
	if (k->absolute || o->ndomains <= 0)
		return i == 0 && (size_t)snprintf(out, size, "%s.", k->name) < size;
	if (i > o->ndomains)
		return false;
	if (i == (dots >= o->ndots ? 0 : o->ndomains))
		return (size_t)snprintf(out, size, "%s.", k->name) < size;
	domain = o->domains[dots >= o->ndots ? i - 1 : i];
	if (*domain == '.')
		domain++;
	return (size_t)snprintf(out, size, "%s.%s", k->name, domain) < size;
}

static bool lookup_ask_next(struct net_lookup *k)
{
	char name[2 * NAME_MAX_OCTETS];
	size_t n;

	if (!k->channel || !lookup_candidate(k, ++k->candidate, name, sizeof(name) - 1))
		return false;
	n = strlen(name);
	if (name[n - 1] != '.')
		memcpy(name + n, ".", 2); /* absolute for c-ares */
	for (size_t i = 0; i < FAMILIES; i++)
		k->answers[i].done = false;
	for (size_t i = 0; i < FAMILIES; i++)
		if (k->answers[i].wanted)
			lookup_ask(k, i, name);
	return true;
}

static void lookup_free(struct net_lookup *k)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		if (k->answers[i].question)
			k->answers[i].question->owner = NULL;
		ares_freeaddrinfo(k->answers[i].info);
	}
	(void)event_del(&k->turn);
	if (k->channel)
		net_channel_leave(k->channel);
	free(k);
}

static bool same_address(const struct net_address *a, const struct net_address *b)
{
	return a->len == b->len && memcmp(&a->sa, &b->sa, a->len) == 0;
}

static void node_address(const struct ares_addrinfo_node *n, uint16_t port, struct net_address *out)
{
	memset(out, 0, sizeof(*out));
	if ((size_t)n->ai_addrlen > sizeof(out->sa))
		return;
	memcpy(&out->sa, n->ai_addr, (size_t)n->ai_addrlen);
	out->len = (socklen_t)n->ai_addrlen;
	net_address_set_port(out, port);
}

static void result_add(struct net_lookup_result *res, const struct net_address *a)
{
	for (size_t i = 0; i < res->count; i++)
		if (same_address(&res->addresses[i], a))
			return;
	if (res->count < NET_LOOKUP_ADDRESSES_MAX)
		res->addresses[res->count++] = *a;
}

static const struct ares_addrinfo_node *next_of(const struct ares_addrinfo_node *n, int family)
{
	while (n && n->ai_family != family)
		n = n->ai_next;
	return n;
}

/* RFC 8305 section 4: the families take turns, so that neither fills the cap. Each family's
 * addresses stand in one answer; those of /etc/hosts all in the first. */
static void result_fill(const struct net_lookup *k, struct net_lookup_result *res)
{
	const struct ares_addrinfo_node *at[FAMILIES] = {NULL, NULL};
	struct net_address a;

	for (size_t i = 0; i < FAMILIES; i++)
		for (size_t j = 0; j < FAMILIES && !at[i]; j++)
			if (k->answers[j].info)
				at[i] = next_of(k->answers[j].info->nodes, k->families[i]);
	while (at[0] || at[1]) {
		for (size_t i = 0; i < FAMILIES; i++) {
			if (!at[i])
				continue;
			node_address(at[i], k->port, &a);
			result_add(res, &a);
			at[i] = next_of(at[i]->ai_next, k->families[i]);
		}
	}
}

/* An address wins over all; "not found" needs both families to say so. */
static void result_status(const struct net_lookup *k, struct net_lookup_result *res)
{
	int status = ARES_SUCCESS;

	res->status = res->count > 0 ? NET_LOOKUP_OK : NET_LOOKUP_NOT_FOUND;
	for (size_t i = 0; i < FAMILIES && res->count == 0; i++) {
		if (!k->answers[i].wanted)
			continue;
		status = k->answers[i].status;
		if (!status_not_found(status)) {
			res->status = NET_LOOKUP_FAILED;
			break;
		}
	}
	res->detail = ares_strerror(status);
}

static bool lookup_may_go_on(const struct net_lookup *k)
{
	for (size_t i = 0; i < FAMILIES; i++)
		if (k->answers[i].wanted && !status_not_found(k->answers[i].status))
			return false;
	return true;
}

static void lookup_on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct net_lookup *k = arg;
	void (*done)(void *, const struct net_lookup_result *) = k->done;
	void *done_arg = k->arg;
	struct net_lookup_result res;

	(void)fd;
	(void)what;
	if (!lookup_has_address(k) && lookup_may_go_on(k) && lookup_ask_next(k))
		return;
	res.count = 0;
	for (size_t i = 0; i < FAMILIES; i++)
		if (k->fixed[i].len > 0)
			result_add(&res, &k->fixed[i]);
	if (res.count == 0)
		result_fill(k, &res);
	result_status(k, &res);
	lookup_free(k);
	done(done_arg, &res);
}

static void files_answered(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct ares_addrinfo **out = arg;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		*out = info;
	else
		ares_freeaddrinfo(info);
}

static struct ares_addrinfo *files_lookup(const struct net_lookup *k, const char *name)
{
	bool both = k->answers[0].wanted && k->answers[1].wanted;
	int one = k->families[k->answers[0].wanted ? 0 : 1];
	struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT,
		.ai_family = both ? AF_UNSPEC : one,
		.ai_socktype = SOCK_STREAM,
	};
	struct ares_addrinfo *info = NULL;

	ares_getaddrinfo(k->resolver->files, name, NULL, &hints, files_answered, &info);
	return info;
}

/* RFC 6761 section 6.3: localhost and what is below it is the loopback address and never goes to
 * DNS. /etc/hosts only chooses the family. Not left to ares_getaddrinfo, which loses memory (1.18)
 * when the file does not have the name. */
static void lookup_loopback(struct net_lookup *k)
{
	bool listed[FAMILIES], any = false;

	for (size_t i = 0; i < FAMILIES; i++) {
		listed[i] = k->answers[i].wanted &&
			    net_channel_localhost(k->resolver->files, k->families[i]);
		any = any || listed[i];
	}
	for (size_t i = 0; i < FAMILIES; i++) {
		const char *text = k->families[i] == AF_INET ? "127.0.0.1" : "::1";

		if (any ? listed[i] : k->answers[i].wanted)
			(void)net_address_literal(text, k->port, &k->fixed[i]);
	}
}

/* "localhost" or a name below it. */
static bool is_localhost(const char *name, bool *below)
{
	static const char localhost[] = "localhost";
	size_t n = strlen(name), m = sizeof(localhost) - 1;

	*below = n > m;
	return n >= m && strcasecmp(name + n - m, localhost) == 0 &&
	       (n == m || name[n - m - 1] == '.');
}

/* What can be said without DNS, or a channel to ask on. Files come first and for both families
 * together, so that a name pinned to an IPv4 address there gets no IPv6 address from DNS. */
static int lookup_begin(struct net_lookup *k)
{
	int status = resolver_files(k->resolver);
	bool below, local = is_localhost(k->name, &below);

	if (status != ARES_SUCCESS)
		return status;
	if (!local || below)
		k->answers[0].info = files_lookup(k, k->name);
	if (k->answers[0].info)
		return ARES_SUCCESS;
	if (local) {
		lookup_loopback(k);
		return ARES_SUCCESS;
	}
	status = resolver_channel(k->resolver, &k->channel);
	if (status == ARES_SUCCESS)
		net_channel_enter(k->channel);
	return status;
}

static bool lookup_name(struct net_lookup *k, const char *host)
{
	size_t n = strlen(host);

	k->absolute = n > 0 && host[n - 1] == '.';
	if (k->absolute)
		n--;
	if (n == 0 || n > NAME_MAX_OCTETS)
		return false;
	memcpy(k->name, host, n);
	k->name[n] = '\0';
	return true;
}

static void lookup_families(struct net_lookup *k, enum net_family family)
{
	k->families[0] = family == NET_FAMILY_4 ? AF_INET : AF_INET6;
	k->families[1] = family == NET_FAMILY_4 ? AF_INET6 : AF_INET;
	k->answers[0].wanted = true;
	k->answers[1].wanted = family == NET_FAMILY_ANY;
}

static void lookup_start(struct net_lookup *k, const char *host)
{
	int status = ARES_SUCCESS;

	if (net_address_literal(host, k->port, &k->fixed[0])) {
		if (!k->answers[1].wanted && k->fixed[0].sa.ss_family != k->families[0]) {
			k->fixed[0].len = 0;
			status = ARES_ENODATA;
		}
	} else {
		status = lookup_name(k, host) ? lookup_begin(k) : ARES_ENOTFOUND;
	}
	k->answers[0].status = status;
	k->answers[1].status = status;
	if (!k->channel || !lookup_ask_next(k))
		lookup_wake(k);
}

struct net_lookup *net_resolve(struct net_resolver *r, const char *host, uint16_t port,
	enum net_family family, void (*done)(void *arg, const struct net_lookup_result *res),
	void *arg)
{
	struct net_lookup *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->resolver = r;
	k->done = done;
	k->arg = arg;
	k->port = port;
	k->candidate = -1;
	(void)event_assign(&k->turn, net_loop_base(r->loop), -1, 0, lookup_on_turn, k);
	lookup_families(k, family);
	lookup_start(k, host);
	return k;
}

void net_lookup_cancel(struct net_lookup *k)
{
	if (k)
		lookup_free(k);
}
