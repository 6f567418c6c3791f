#include "net/run.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct net_run {
	struct net_loop *loop;
	struct probe *probe;
	struct net_dial *dial;
	struct event *io; /* NULL until connected */
	struct event *timer;
	int fd;
	short watching; /* events the descriptor is watched for */
	bool is_tcp;
	void (*done)(void *arg, struct probe *p);
	void *arg;
};

static void on_io(evutil_socket_t fd, short what, void *arg);

static void run_free(struct net_run *run)
{
	net_dial_cancel(run->dial);
	if (run->io != NULL)
		event_free(run->io);
	if (run->timer != NULL)
		event_free(run->timer);
	if (run->fd >= 0)
		close(run->fd);
	free(run);
}

/* Octets to the socket as far as it takes them. False when the connection broke. */
static bool flush(struct net_run *run)
{
	struct slice out;

	while ((out = probe_output(run->probe)).n > 0) {
		ssize_t n = send(run->fd, out.p, out.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		probe_output_ack(run->probe, (size_t)n, net_now_ns());
	}
	return true;
}

static void finish(struct net_run *run)
{
	struct probe *probe = run->probe;
	void (*done)(void *, struct probe *) = run->done;
	void *arg = run->arg;

	if (run->fd >= 0)
		flush(run); /* close_notify, "*": as far as one write goes */
	run_free(run);
	done(arg, probe);
}

static void set_timer(struct net_run *run)
{
	uint64_t now = net_now_ns(), wake = probe_wake_ns(run->probe);
	uint64_t left = wake > now ? wake - now : 0;
	struct timeval tv = {.tv_sec = (time_t)(left / 1000000000),
		.tv_usec = (suseconds_t)(left % 1000000000 / 1000) + 1};

	if (left / 1000000000 > 86400)
		tv = (struct timeval){.tv_sec = 86400};
	event_add(run->timer, &tv);
}

static bool watch(struct net_run *run, short events)
{
	if (run->io == NULL) {
		run->io = event_new(net_loop_base(run->loop), run->fd, (short)(events | EV_PERSIST),
			on_io, run);
		if (run->io == NULL || event_add(run->io, NULL) != 0)
			return false;
	} else if (run->watching != events) {
		event_del(run->io);
		event_assign(run->io, net_loop_base(run->loop), run->fd,
			(short)(events | EV_PERSIST), on_io, run);
		if (event_add(run->io, NULL) != 0)
			return false;
	}
	run->watching = events;
	return true;
}

/* Without it a peer under Nagle's algorithm waits 40 ms for our delayed acknowledgement, and the
 * figure would be ours, not the server's. Not sticky: set again before each wait. */
static void quick_ack(const struct net_run *run)
{
	int on = 1;

	if (run->is_tcp)
		setsockopt(run->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static struct probe_dialed dialed(const struct net_dial_result *res, char *text, size_t size)
{
	struct probe_dialed d = {.tried = res->tried};
	bool connecting = res->tried > 0;

	text[0] = '\0';
	if (res->has_address)
		net_address_text(&res->address, text, size);
	d.address = text;
	d.family = res->has_address ? net_address_family(&res->address) : 0;
	d.resolve_ns = res->resolve_ns > 0 || !connecting ? res->resolve_ns : PROBE_NS_NONE;
	d.connect_ns = connecting ? res->connect_ns : PROBE_NS_NONE;
	return d;
}

static void tick(struct net_run *run)
{
	if (run->dial != NULL) {
		char text[NET_ADDRESS_TEXT];
		struct net_dial_result res;
		struct probe_dialed d;

		net_dial_progress(run->dial, &res);
		d = dialed(&res, text, sizeof(text));
		probe_dial_progress(run->probe, &d);
	}
	probe_tick(run->probe, net_now_ns());
}

/* What the probe wants next. The run may be gone afterwards. */
static void pump(struct net_run *run)
{
	/* A timer that is set anew with each octet would never run: the deadline is looked at here.
	 */
	if (probe_want(run->probe) != PROBE_WANT_DONE && net_now_ns() >= probe_wake_ns(run->probe))
		tick(run);

	if (run->fd >= 0 && probe_want(run->probe) == PROBE_WANT_IO && !flush(run)) {
		/* What the server said before it went is worth more than our failed write. */
		on_io(run->fd, EV_READ | EV_WRITE, run);
		return;
	}
	if (probe_want(run->probe) == PROBE_WANT_DONE) {
		finish(run);
		return;
	}
	if (run->fd >= 0) {
		short events = EV_READ;

		if (probe_output(run->probe).n > 0)
			events |= EV_WRITE;
		quick_ack(run);
		if (!watch(run, events))
			probe_cancel(run->probe, REASON_INTERNAL, "event could not be added",
				net_now_ns());
	}
	set_timer(run);
}

static void broken(struct net_run *run, int error)
{
	bool reset = error == ECONNRESET || error == EPIPE;

	probe_broken(run->probe, reset, strerror(error), net_now_ns());
}

/* Reads until nothing is left, so that octets that are there already are seen before the next
 * command goes out. */
static void read_all(struct net_run *run)
{
	unsigned char *scratch = net_loop_scratch(run->loop);
	ssize_t n;

	do {
		n = recv(run->fd, scratch, NET_SCRATCH_OCTETS, MSG_DONTWAIT);
		if (n == NET_SCRATCH_OCTETS)
			probe_input_part(run->probe, scratch, (size_t)n, net_now_ns());
		else if (n > 0)
			probe_input(run->probe, scratch, (size_t)n, net_now_ns());
		else if (n < 0 && errno == EAGAIN)
			probe_input(run->probe, scratch, 0, net_now_ns());
		else if (n == 0)
			probe_eof(run->probe, net_now_ns());
		else if (errno != EINTR)
			broken(run, errno);
	} while (n == NET_SCRATCH_OCTETS && probe_want(run->probe) == PROBE_WANT_IO &&
		 net_now_ns() < probe_wake_ns(run->probe));
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
	struct net_run *run = arg;

	(void)fd;
	if ((what & EV_READ) != 0 && probe_want(run->probe) == PROBE_WANT_IO)
		read_all(run);
	if ((what & EV_WRITE) != 0 && probe_want(run->probe) == PROBE_WANT_IO && !flush(run))
		broken(run, errno);
	pump(run);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pump(arg);
}

static enum probe_reason dial_reason(enum net_dial_status status, enum probe_phase *phase)
{
	*phase = PHASE_CONNECT;
	switch (status) {
	case NET_DIAL_NOT_FOUND:
		*phase = PHASE_RESOLVE;
		return REASON_DNS_NOT_FOUND;
	case NET_DIAL_DNS_FAILED:
		*phase = PHASE_RESOLVE;
		return REASON_DNS_FAILED;
	case NET_DIAL_REFUSED:
		return REASON_REFUSED;
	case NET_DIAL_UNREACHABLE:
		return REASON_UNREACHABLE;
	case NET_DIAL_DENIED:
		return REASON_TARGET_NOT_ALLOWED;
	case NET_DIAL_INTERNAL:
	case NET_DIAL_OK:
		break;
	}
	return REASON_INTERNAL;
}

static void on_dialed(void *arg, const struct net_dial_result *res)
{
	struct net_run *run = arg;
	char text[NET_ADDRESS_TEXT];
	struct probe_dialed d = dialed(res, text, sizeof(text));
	enum probe_phase phase;
	enum probe_reason reason;

	run->dial = NULL;
	if (res->status == NET_DIAL_OK) {
		run->fd = res->fd;
		run->is_tcp = d.family != 0;
		probe_connected(run->probe, &d, net_now_ns());
		if (res->reset)
			broken(run, ECONNRESET);
	} else {
		reason = dial_reason(res->status, &phase);
		probe_dial_failed(run->probe, &d, phase, reason, res->detail, net_now_ns());
	}
	pump(run);
}

struct net_run *net_run_start(struct net_loop *l, struct net_resolver *r,
	const struct net_dial_target *target, const struct probe_spec *spec,
	void (*done)(void *arg, struct probe *p), void *arg)
{
	struct net_run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	*run = (struct net_run){.loop = l, .fd = -1, .done = done, .arg = arg};
	run->probe = probe_new(spec);
	run->timer = event_new(net_loop_base(l), -1, 0, on_timer, run);
	if (run->probe == NULL || run->timer == NULL)
		goto fail;
	probe_start(run->probe, net_now_ns());
	run->dial = net_dial_start(r, l, target, on_dialed, run);
	if (run->dial == NULL)
		goto fail;
	set_timer(run);
	return run;
fail:
	probe_free(run->probe);
	run_free(run);
	return NULL;
}

void net_run_cancel(struct net_run *run, enum probe_reason reason)
{
	probe_cancel(run->probe, reason, NULL, net_now_ns());
	event_active(run->timer, EV_TIMEOUT, 1);
}
