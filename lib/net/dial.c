#include "net/dial.h"

#include "net/failures.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNPRIVILEGED_PORT = 1024 };

/* A UNIX socket whose backlog is full says EAGAIN and never becomes writable: ask again. */
#define RETRY_FIRST_NS ((uint64_t)10000000)
#define RETRY_MAX_NS   ((uint64_t)160000000)

struct attempt {
	struct attempt *next;
	struct net_dial *dial;
	struct event event;
	uint64_t retry_ns;
	size_t index;
	int fd;
};

struct net_dial {
	struct net_loop *loop;
	void (*done)(void *arg, const struct net_dial_result *res);
	void *arg;
	bool (*allow)(void *arg, const struct net_address *a);
	void *allow_arg;
	struct event turn; /* begin the next address, or tell what was decided */
	struct net_lookup *lookup;
	struct net_address *addresses;
	size_t count;
	size_t next; /* of addresses, not begun yet */
	size_t last; /* begun last */
	struct attempt *attempts;
	struct net_address source; /* len 0: none */
	struct net_failures failures;
	size_t tried, denied;
	uint64_t start_ns, resolve_ns, connect_start_ns;
	enum net_dial_status status; /* of what ended it before any address; OK: not decided so */
	const char *words;	     /* for status */
	int fd;			     /* connected; -1 */
	bool reset;		     /* by the peer, since then */
};

static void attempt_free(struct attempt *a)
{
	struct attempt **at = &a->dial->attempts;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	(void)event_del(&a->event);
	if (a->fd >= 0)
		(void)close(a->fd);
	free(a);
}

static void dial_free(struct net_dial *d)
{
	net_lookup_cancel(d->lookup);
	while (d->attempts)
		attempt_free(d->attempts); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
	(void)event_del(&d->turn);
	if (d->fd >= 0)
		(void)close(d->fd);
	free(d->addresses);
	free(d);
}

static bool decided(const struct net_dial *d)
{
	return d->fd >= 0 || d->status != NET_DIAL_OK || (!d->attempts && d->next == d->count);
}

static void wake(struct net_dial *d)
{
	event_active(&d->turn, EV_TIMEOUT, 0);
}

static void settle(struct net_dial *d, enum net_dial_status status, const char *words)
{
	d->status = status;
	d->words = words;
}

/* A socket that connects to a free port of its own host may be given that very port and meet itself
 * (RFC 9293 section 3.5, simultaneous open): nobody listens there. */
static bool met_itself(int fd, const struct net_address *peer)
{
	struct sockaddr_in sin, own = {0};
	struct sockaddr_in6 sin6, own6 = {0};
	socklen_t len;

	if (peer->sa.ss_family == AF_INET) {
		memcpy(&sin, &peer->sa, sizeof(sin));
		len = sizeof(own);
		return ntohs(sin.sin_port) >= UNPRIVILEGED_PORT &&
		       getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
		       own.sin_port == sin.sin_port && own.sin_addr.s_addr == sin.sin_addr.s_addr;
	}
	if (peer->sa.ss_family != AF_INET6)
		return false;
	memcpy(&sin6, &peer->sa, sizeof(sin6));
	len = sizeof(own6);
	return ntohs(sin6.sin6_port) >= UNPRIVILEGED_PORT &&
	       getsockname(fd, (struct sockaddr *)&own6, &len) == 0 &&
	       own6.sin6_port == sin6.sin6_port &&
	       memcmp(&own6.sin6_addr, &sin6.sin6_addr, sizeof(sin6.sin6_addr)) == 0;
}

/* Takes what connect(2) or SO_ERROR said; the attempt is gone unless it still waits. */
static void attempt_judge(struct attempt *a, int error)
{
	struct net_dial *d = a->dial;
	bool is_unix = net_address_family(&d->addresses[a->index]) == 0;
	struct timeval tv;

	if (error == EAGAIN && is_unix) {
		tv = net_timeval(a->retry_ns);
		if (a->retry_ns < RETRY_MAX_NS)
			a->retry_ns *= 2;
		(void)event_add(&a->event, &tv);
		return;
	}
	if (error == 0 && met_itself(a->fd, &d->addresses[a->index]))
		error = ECONNREFUSED;
	/* A server that resets at once did accept: that is no refusal. */
	if (error == ECONNRESET && !is_unix) {
		d->reset = true;
		error = 0;
	}
	if (error == 0) {
		d->fd = a->fd;
		d->last = a->index;
		a->fd = -1;
	} else {
		net_failures_note(&d->failures, a->index, error, false);
	}
	attempt_free(a);
}

/* 0, EINPROGRESS or why not. */
static int attempt_connect(const struct attempt *a)
{
	const struct net_address *to = &a->dial->addresses[a->index];

	if (connect(a->fd, (const struct sockaddr *)&to->sa, to->len) == 0)
		return 0;
	return errno == EINTR ? EINPROGRESS : errno;
}

static void dial_go_on(struct net_dial *d);

static void attempt_on_event(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *a = arg;
	struct net_dial *d = a->dial;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)fd;
	if (what & EV_TIMEOUT)
		error = attempt_connect(a);
	else if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	attempt_judge(a, error);
	dial_go_on(d);
}

static void attempt_options(const struct attempt *a)
{
	const int on = 1;

	/* Only speed hangs on it. */
	if (net_address_family(&a->dial->addresses[a->index]) != 0)
		(void)setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static struct attempt *attempt_new(struct net_dial *d, size_t index, int fd)
{
	struct attempt *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->dial = d;
	a->fd = fd;
	a->index = index;
	a->retry_ns = RETRY_FIRST_NS;
	(void)event_assign(&a->event, net_loop_base(d->loop), fd, EV_WRITE, attempt_on_event, a);
	a->next = d->attempts;
	d->attempts = a;
	return a;
}

static void attempt_begin(struct net_dial *d, size_t index, int fd)
{
	struct attempt *a = attempt_new(d, index, fd);
	int error;

	if (!a) {
		(void)close(fd);
		net_failures_note(&d->failures, index, ENOMEM, false);
		return;
	}
	attempt_options(a);
	error = attempt_connect(a);
	if (error == EAGAIN) /* a timer alone: epoll would call the socket writable at once */
		(void)event_assign(&a->event, net_loop_base(d->loop), -1, 0, attempt_on_event, a);
	if (error != EINPROGRESS)
		attempt_judge(a, error);
	else if (event_add(&a->event, NULL) != 0)
		attempt_judge(a, ENOMEM);
}

/* An unusable address is the next one's turn, never the end: a kernel without IPv6 says
 * EAFNOSUPPORT here. */
static void address_begin(struct net_dial *d, size_t index)
{
	const struct net_address *to = &d->addresses[index];
	int fd;

	d->tried++;
	d->last = index;
	if (d->connect_start_ns == 0)
		d->connect_start_ns = net_now_ns();
	fd = socket(to->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		net_failures_note(&d->failures, index, errno, false);
		return;
	}
	if (d->source.len > 0 &&
		bind(fd, (const struct sockaddr *)&d->source.sa, d->source.len) != 0) {
		net_failures_note(&d->failures, index, errno, true);
		(void)close(fd);
		return;
	}
	attempt_begin(d, index, fd);
}

static bool address_usable(struct net_dial *d, const struct net_address *a)
{
	if (d->source.len > 0 && d->source.sa.ss_family != a->sa.ss_family)
		return false;
	if (!d->allow || d->allow(d->allow_arg, a))
		return true;
	d->denied++;
	return false;
}

/* Begins addresses until one is under way. */
static void next_begin(struct net_dial *d)
{
	const struct attempt *before = d->attempts;

	while (d->fd < 0 && d->next < d->count && d->attempts == before) {
		size_t index = d->next++;

		if (address_usable(d, &d->addresses[index]))
			address_begin(d, index);
	}
}

static void stagger(struct net_dial *d)
{
	struct timeval tv = net_timeval(NET_DIAL_STAGGER_NS);

	if (d->next < d->count)
		(void)event_add(&d->turn, &tv);
}

static void tell_words(struct net_dial_result *res, enum net_dial_status status, const char *words)
{
	res->status = status;
	(void)snprintf(res->detail, sizeof(res->detail), "%s", words);
}

static void tell(struct net_dial *d, struct net_dial_result *res)
{
	net_dial_progress(d, res);
	if (d->fd >= 0) {
		res->status = NET_DIAL_OK;
		res->fd = d->fd;
		res->reset = d->reset;
		d->fd = -1;
	} else if (d->status != NET_DIAL_OK) {
		tell_words(res, d->status, d->words);
	} else if (d->failures.count > 0) {
		net_failures_tell(&d->failures, d->addresses, &d->source, res);
	} else if (d->denied > 0) {
		tell_words(res, NET_DIAL_DENIED, "no address is allowed");
	} else {
		tell_words(res, NET_DIAL_UNREACHABLE, "no address of the source address's family");
	}
}

/* From the loop only: d may be gone afterwards. */
static void dial_go_on(struct net_dial *d)
{
	void (*done)(void *, const struct net_dial_result *) = d->done;
	void *arg = d->arg;
	struct net_dial_result res;

	if (!decided(d)) {
		next_begin(d);
		stagger(d);
	}
	if (!decided(d))
		return;
	tell(d, &res);
	dial_free(d);
	done(arg, &res);
}

static void dial_on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dial_go_on(arg);
}

static bool dial_addresses(struct net_dial *d, const struct net_address *from, size_t count)
{
	d->addresses = malloc(count * sizeof(*from));
	if (!d->addresses) {
		settle(d, NET_DIAL_INTERNAL, "out of memory");
		return false;
	}
	memcpy(d->addresses, from, count * sizeof(*from));
	d->count = count;
	return true;
}

static void dial_resolved(void *arg, const struct net_lookup_result *res)
{
	struct net_dial *d = arg;

	d->lookup = NULL;
	d->resolve_ns = net_now_ns() - d->start_ns;
	switch (res->status) {
	case NET_LOOKUP_OK:
		(void)dial_addresses(d, res->addresses, res->count);
		break;
	case NET_LOOKUP_NOT_FOUND:
		settle(d, NET_DIAL_NOT_FOUND, res->detail);
		break;
	case NET_LOOKUP_FAILED:
		settle(d, NET_DIAL_DNS_FAILED, res->detail);
		break;
	}
	dial_go_on(d);
}

/* Begins connecting at once: nothing is told before the loop's next turn. */
static void dial_literal(struct net_dial *d, const struct net_address *a)
{
	if (dial_addresses(d, a, 1))
		next_begin(d);
}

static bool family_fits(const struct net_address *a, enum net_family family)
{
	switch (family) {
	case NET_FAMILY_ANY:
		return true;
	case NET_FAMILY_4:
		return net_address_family(a) == 4;
	case NET_FAMILY_6:
		return net_address_family(a) == 6;
	}
	return false;
}

static void dial_begin(struct net_dial *d, struct net_resolver *r, const struct net_dial_target *t)
{
	struct net_address a;

	if (t->source && !net_address_literal(t->source, 0, &d->source)) {
		settle(d, NET_DIAL_INTERNAL, "the source is not an IP address");
	} else if (t->host[0] == '/') {
		if (net_address_unix(t->host, &a))
			dial_literal(d, &a);
		else
			settle(d, NET_DIAL_UNREACHABLE, "the UNIX socket's path is too long");
	} else if (net_address_literal(t->host, t->port, &a)) {
		if (family_fits(&a, t->family))
			dial_literal(d, &a);
		else
			settle(d, NET_DIAL_NOT_FOUND, "not an address of the family asked for");
	} else {
		d->lookup = net_resolve(r, t->host, t->port, t->family, dial_resolved, d);
		if (!d->lookup)
			settle(d, NET_DIAL_INTERNAL, "out of memory");
	}
}

struct net_dial *net_dial_start(struct net_resolver *r, struct net_loop *l,
	const struct net_dial_target *t, void (*done)(void *arg, const struct net_dial_result *res),
	void *arg)
{
	struct net_dial *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->loop = l;
	d->done = done;
	d->arg = arg;
	d->allow = t->allow;
	d->allow_arg = t->allow_arg;
	d->fd = -1;
	d->start_ns = net_now_ns();
	(void)event_assign(&d->turn, net_loop_base(l), -1, 0, dial_on_turn, d);
	dial_begin(d, r, t);
	if (!d->lookup && decided(d))
		wake(d);
	return d;
}

void net_dial_cancel(struct net_dial *d)
{
	if (d)
		dial_free(d);
}

void net_dial_progress(const struct net_dial *d, struct net_dial_result *out)
{
	uint64_t now = net_now_ns();

	memset(out, 0, sizeof(*out));
	out->fd = -1;
	out->tried = d->tried;
	out->resolve_ns = d->lookup ? now - d->start_ns : d->resolve_ns;
	if (d->connect_start_ns != 0)
		out->connect_ns = now - d->connect_start_ns;
	if (d->tried > 0) {
		out->address = d->addresses[d->last];
		out->has_address = true;
	}
}
