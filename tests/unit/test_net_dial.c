#include "test_net.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEADLINE_S = 20 };

struct got {
	struct net_loop *loop;
	size_t calls;
	struct net_dial_result res;
};

static void got_result(void *arg, const struct net_dial_result *res)
{
	struct got *g = arg;

	g->calls++;
	g->res = *res;
	net_loop_stop(g->loop);
}

static struct net_dial_result dial(struct bed *b, const struct net_dial_target *t)
{
	struct got g = {.loop = b->loop};
	struct timeval tv = {.tv_sec = DEADLINE_S};

	ck_assert_ptr_nonnull(net_dial_start(b->resolver, b->loop, t, got_result, &g));
	ck_assert_uint_eq(g.calls, 0); /* never from within the call */
	(void)event_base_loopexit(net_loop_base(b->loop), &tv);
	net_loop_run(b->loop);
	ck_assert_uint_eq(g.calls, 1);
	return g.res;
}

static struct net_dial_result dial_host(struct bed *b, const char *host, uint16_t port)
{
	struct net_dial_target t = {.host = host, .port = port};

	return dial(b, &t);
}

static void address_is(const struct net_dial_result *res, const char *want)
{
	char text[NET_ADDRESS_TEXT];

	ck_assert(res->has_address);
	net_address_text(&res->address, text, sizeof(text));
	ck_assert_str_eq(text, want);
}

/* A listener on 127.0.0.(last); *port 0: any, told. */
static int listener(unsigned last, uint16_t *port, int backlog)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	if (backlog >= 0)
		ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* A port nobody listens on: bound, so that nobody else gets it. */
static int closed_port(uint16_t *port)
{
	*port = 0;
	return listener(1, port, -1);
}

/* A queue of one that is full: what comes now is not answered. */
static int full_listener(unsigned last, uint16_t port, int fill[2])
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = listener(last, &port, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last);
	for (int i = 0; i < 2; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(fill[i], (struct sockaddr *)&sin, sizeof(sin));
	}
	return fd;
}

START_TEST(dial_accepted)
{
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fd = listener(1, &port, 8);
	struct net_dial_result res = dial_host(b, "127.0.0.1", port);
	int on = 0;
	socklen_t len = sizeof(on);

	ck_assert_int_eq(res.status, NET_DIAL_OK);
	address_is(&res, "127.0.0.1");
	ck_assert_uint_eq(res.resolve_ns, 0);
	ck_assert_uint_gt(res.connect_ns, 0);
	ck_assert_uint_eq(res.tried, 1);
	ck_assert_int_eq(res.sys_errno, 0);
	ck_assert(fcntl(res.fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(res.fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(getsockopt(res.fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	ck_assert_int_ne(on, 0);
	(void)close(res.fd);
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(dial_refused)
{
	struct bed *b = bed_new(NULL);
	uint16_t port;
	int fd = closed_port(&port);
	struct net_dial_result res = dial_host(b, "127.0.0.1", port);

	ck_assert_int_eq(res.status, NET_DIAL_REFUSED);
	ck_assert_int_eq(res.fd, -1);
	ck_assert_int_eq(res.sys_errno, ECONNREFUSED);
	ck_assert_str_eq(res.detail, "Connection refused");
	address_is(&res, "127.0.0.1");
	res = dial_host(b, "127.0.0.1", 0);
	ck_assert_int_ne(res.status, NET_DIAL_OK);
	/* 3 of 4 addresses are told. */
	res = dial_host(b, "four.test", port);
	ck_assert_int_eq(res.status, NET_DIAL_REFUSED);
	ck_assert_uint_eq(res.tried, 4);
	ck_assert_str_eq(res.detail,
		"127.0.0.2: Connection refused, 127.0.0.4: Connection refused, "
		"127.0.0.5: Connection refused, ...");
	/* That one refuses tells more than that the last is unreachable. */
	res = dial_host(b, "worse.test", port);
	ck_assert_int_eq(res.status, NET_DIAL_REFUSED);
	ck_assert_int_eq(res.sys_errno, ECONNREFUSED);
	address_is(&res, "127.0.0.2");
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(dial_second_address)
{
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fill[2];
	int fd = listener(1, &port, 8);
	int full = full_listener(3, port, fill);
	size_t before = bed_descriptors();
	struct net_dial_result res = dial_host(b, "two.test", port);

	ck_assert_int_eq(res.status, NET_DIAL_OK); /* the first refuses */
	address_is(&res, "127.0.0.1");
	ck_assert_uint_eq(res.tried, 2);
	ck_assert_uint_gt(res.resolve_ns, 0);
	(void)close(res.fd);
	res = dial_host(b, "hang.test", port);
	ck_assert_int_eq(res.status, NET_DIAL_OK); /* the first says nothing */
	address_is(&res, "127.0.0.1");
	ck_assert_uint_ge(res.connect_ns, NET_DIAL_STAGGER_NS / 2);
	(void)close(res.fd);
	ck_assert_uint_eq(bed_descriptors(), before);
	(void)close(full);
	(void)close(fill[0]);
	(void)close(fill[1]);
	(void)close(fd);
	bed_free(b);
}
END_TEST

/* Nobody listens on ::1: the next address's turn comes at once. */
START_TEST(dial_second_family)
{
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fd = listener(1, &port, 8);
	struct net_dial_target t = {.host = "both.test", .port = port};
	struct net_dial_result res = dial(b, &t);

	ck_assert_int_eq(res.status, NET_DIAL_OK);
	address_is(&res, "127.0.0.1");
	ck_assert_uint_eq(res.tried, 2);
	(void)close(res.fd);
	t.family = NET_FAMILY_6;
	ck_assert_int_ne(dial(b, &t).status, NET_DIAL_OK);
	t.host = "127.0.0.1";
	ck_assert_int_eq(dial(b, &t).status, NET_DIAL_NOT_FOUND);
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(dial_names)
{
	struct bed *b = bed_new(NULL);
	struct net_dial_result res = dial_host(b, "nosuch.test", 110);

	ck_assert_int_eq(res.status, NET_DIAL_NOT_FOUND);
	ck_assert(!res.has_address);
	ck_assert_uint_eq(res.connect_ns, 0);
	ck_assert_uint_eq(res.tried, 0);
	ck_assert(res.detail[0] != '\0');
	res = dial_host(b, "fail.test", 110);
	ck_assert_int_eq(res.status, NET_DIAL_DNS_FAILED);
	ck_assert(res.detail[0] != '\0');
	bed_free(b);
}
END_TEST

static bool allow_not_2(void *arg, const struct net_address *a)
{
	char text[NET_ADDRESS_TEXT];

	++*(size_t *)arg;
	net_address_text(a, text, sizeof(text));
	return strcmp(text, "127.0.0.2") != 0;
}

static bool allow_none(void *arg, const struct net_address *a)
{
	(void)arg;
	(void)a;
	return false;
}

START_TEST(dial_allowed)
{
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fd = listener(1, &port, 8);
	size_t asked = 0;
	struct net_dial_target t = {
		.host = "two.test", .port = port, .allow = allow_not_2, .allow_arg = &asked};
	struct net_dial_result res = dial(b, &t);

	ck_assert_int_eq(res.status, NET_DIAL_OK);
	ck_assert_uint_eq(res.tried, 1);
	ck_assert_uint_eq(asked, 2);
	(void)close(res.fd);
	t.allow = allow_none;
	res = dial(b, &t);
	ck_assert_int_eq(res.status, NET_DIAL_DENIED);
	ck_assert_uint_eq(res.tried, 0);
	t.host = "127.0.0.1";
	ck_assert_int_eq(dial(b, &t).status, NET_DIAL_DENIED);
	t.host = "/nosuch";
	ck_assert_int_eq(dial(b, &t).status, NET_DIAL_DENIED);
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(dial_source)
{
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fd = listener(1, &port, 8);
	struct net_dial_target t = {.host = "both.test", .port = port, .source = "127.0.0.7"};
	struct net_dial_result res = dial(b, &t);
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	ck_assert_int_eq(res.status, NET_DIAL_OK); /* ::1 is passed over */
	ck_assert_uint_eq(res.tried, 1);
	ck_assert_int_eq(getsockname(res.fd, (struct sockaddr *)&sin, &len), 0);
	ck_assert_uint_eq(ntohl(sin.sin_addr.s_addr), INADDR_LOOPBACK + 6);
	(void)close(res.fd);
	t.source = "192.0.2.1";
	res = dial(b, &t);
	ck_assert_int_eq(res.status, NET_DIAL_INTERNAL);
	ck_assert_str_eq(res.detail, "bind to 192.0.2.1: Cannot assign requested address");
	t.source = "::1";
	t.host = "127.0.0.1";
	ck_assert_int_eq(dial(b, &t).status, NET_DIAL_UNREACHABLE);
	t.source = "eth0";
	ck_assert_int_eq(dial(b, &t).status, NET_DIAL_INTERNAL);
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(dial_unreachable)
{
	struct bed *b = bed_new(NULL);
	struct net_dial_result res = dial_host(b, "255.255.255.255", 110);

	ck_assert_int_eq(res.status, NET_DIAL_UNREACHABLE);
	ck_assert_int_ne(res.sys_errno, 0);
	bed_free(b);
}
END_TEST

/* A network of our own whose only local ports are 40000 and 40001; false: not permitted. */
static bool network_of_two_ports(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	FILE *f;
	int fd;
	bool good;

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	good = ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
	(void)close(fd);
	f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "w");
	if (!f)
		return false;
	good = fputs("40000 40001", f) >= 0 && good;
	return fclose(f) == 0 && good;
}

/* With hardly a local port to choose from, a socket that dials such a port meets itself. */
START_TEST(dial_itself)
{
	struct net_loop *l;
	struct net_dial_target t = {.host = "127.0.0.1", .port = 40000};

	if (!network_of_two_ports())
		return;
	l = net_loop_new();
	for (int i = 0; i < 8; i++) {
		struct got g = {.loop = l};

		t.port = (uint16_t)(40000 + i % 2);
		ck_assert_ptr_nonnull(net_dial_start(NULL, l, &t, got_result, &g));
		net_loop_run(l);
		ck_assert_uint_eq(g.calls, 1);
		ck_assert_int_eq(g.res.status, NET_DIAL_REFUSED);
	}
	net_loop_free(l);
}
END_TEST

START_TEST(dial_unix)
{
	struct bed *b = bed_new(NULL);
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char path[128];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct net_dial_result res;
	struct net_dial_target t = {.host = path, .port = 110};
	struct got g = {.loop = b->loop};
	struct timeval tv = {.tv_usec = 50000};
	size_t before;
	int fill;

	(void)snprintf(path, sizeof(path), "%s/socket", b->folder);
	strcpy(sun.sun_path, path);
	res = dial(b, &t);
	ck_assert_int_eq(res.status, NET_DIAL_UNREACHABLE);
	ck_assert_str_eq(res.detail, "No such file or directory");
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(dial(b, &t).status, NET_DIAL_REFUSED);
	ck_assert_int_eq(listen(fd, 0), 0);
	before = bed_descriptors();
	res = dial(b, &t);
	ck_assert_int_eq(res.status, NET_DIAL_OK);
	address_is(&res, path);
	fill = res.fd;
	/* The queue is full now: it is asked again until there is room. */
	ck_assert_ptr_nonnull(net_dial_start(b->resolver, b->loop, &t, got_result, &g));
	(void)event_base_loopexit(net_loop_base(b->loop), &tv);
	net_loop_run(b->loop);
	ck_assert_uint_eq(g.calls, 0);
	(void)close(accept(fd, NULL, NULL));
	net_loop_run(b->loop);
	ck_assert_uint_eq(g.calls, 1);
	ck_assert_int_eq(g.res.status, NET_DIAL_OK);
	(void)close(g.res.fd);
	(void)close(fill);
	ck_assert_uint_eq(bed_descriptors(), before);
	(void)unlink(path);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(dial(b, &t).status, NET_DIAL_UNREACHABLE);
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(dial_without_descriptors)
{
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fd = listener(1, &port, 8);
	struct rlimit old, none;
	struct net_dial_result res;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	res = dial_host(b, "127.0.0.1", port);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(res.status, NET_DIAL_INTERNAL);
	ck_assert_str_eq(res.detail, "Too many open files");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	res = dial_host(b, "a.test", port);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_ne(res.status, NET_DIAL_OK);
	ck_assert_int_ne(res.status, NET_DIAL_NOT_FOUND);
	(void)close(fd);
	bed_free(b);
}
END_TEST

static void turns(struct bed *b, int n)
{
	while (n-- > 0)
		(void)event_base_loop(net_loop_base(b->loop), EVLOOP_NONBLOCK);
}

/* Cancelled before the first turn of the loop, after a few, and while it waits. */
START_TEST(dial_cancel)
{
	static const char *const hosts[] = {"127.0.0.1", "127.0.0.3", "mute.test", "hang.test",
		"two.test", "nosuch.test", "", "/nosuch", "localhost"};
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fill[2];
	int fd = listener(1, &port, 64);
	int full = full_listener(3, port, fill);
	size_t before = bed_descriptors();

	for (size_t i = 0; i < 9 * sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct net_dial_target t = {.host = hosts[i / 9], .port = port};
		struct got g = {.loop = b->loop};
		struct net_dial *d = net_dial_start(b->resolver, b->loop, &t, got_result, &g);
		struct net_dial_result res;

		for (size_t j = 0; j < i % 9 && g.calls == 0; j++)
			turns(b, 1);
		if (g.calls > 0) {
			if (g.res.fd >= 0)
				(void)close(g.res.fd);
			continue;
		}
		net_dial_progress(d, &res);
		ck_assert_int_eq(res.fd, -1);
		ck_assert(res.tried > 0 || res.connect_ns == 0);
		net_dial_cancel(d);
		turns(b, 3);
		ck_assert_uint_eq(g.calls, 0);
	}
	net_dial_cancel(NULL);
	ck_assert_uint_eq(bed_descriptors(), before);
	(void)close(full);
	(void)close(fill[0]);
	(void)close(fill[1]);
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(dial_progress_of_stages)
{
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fill[2];
	int fd = listener(1, &port, 1);
	int full = full_listener(3, port, fill);
	struct net_dial_target mute = {.host = "mute.test", .port = port};
	struct net_dial_target hang = {.host = "127.0.0.3", .port = port};
	struct got g = {.loop = b->loop};
	struct net_dial *d = net_dial_start(b->resolver, b->loop, &mute, got_result, &g);
	struct net_dial_result res;

	turns(b, 5);
	net_dial_progress(d, &res);
	ck_assert_uint_gt(res.resolve_ns, 0);
	ck_assert_uint_eq(res.connect_ns, 0);
	ck_assert(!res.has_address);
	net_dial_cancel(d);
	d = net_dial_start(NULL, b->loop, &hang, got_result, &g);
	turns(b, 5);
	net_dial_progress(d, &res);
	ck_assert_uint_eq(res.resolve_ns, 0);
	ck_assert_uint_gt(res.connect_ns, 0);
	ck_assert_uint_eq(res.tried, 1);
	address_is(&res, "127.0.0.3");
	net_dial_cancel(d);
	ck_assert_uint_eq(g.calls, 0);
	(void)close(full);
	(void)close(fill[0]);
	(void)close(fill[1]);
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(dial_leaks_nothing)
{
	static const char *const hosts[] = {"127.0.0.1", "127.0.0.2", "::1", "a.test", "two.test",
		"nosuch.test", "fail.test", "/nosuch", "localhost", "255.255.255.255"};
	struct bed *b = bed_new(NULL);
	uint16_t port = 0;
	int fd = listener(1, &port, 64);
	size_t before = bed_descriptors();

	for (size_t i = 0; i < 200; i++) {
		struct net_dial_result res = dial_host(b, hosts[i % 10], port);

		if (res.fd >= 0) {
			(void)close(res.fd);
			(void)close(accept(fd, NULL, NULL));
		}
	}
	ck_assert_uint_eq(bed_descriptors(), before);
	(void)close(fd);
	bed_free(b);
}
END_TEST

TCase *tcase_net_dial(void)
{
	TCase *t = tcase_create("dial");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, dial_accepted);
	tcase_add_test(t, dial_refused);
	tcase_add_test(t, dial_second_address);
	tcase_add_test(t, dial_second_family);
	tcase_add_test(t, dial_names);
	tcase_add_test(t, dial_allowed);
	tcase_add_test(t, dial_source);
	tcase_add_test(t, dial_unreachable);
	tcase_add_test(t, dial_unix);
	tcase_add_test(t, dial_without_descriptors);
	tcase_add_test(t, dial_cancel);
	tcase_add_test(t, dial_progress_of_stages);
	tcase_add_test(t, dial_leaks_nothing);
	tcase_add_test(t, dial_itself); /* last: unforked, its network stays */
	return t;
}
