/* Where the fake server listens: a port for each behaviour, and the special ones. */
#include "fakepop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SECOND_ADDR   "127.95.3.9"
#define LISTENERS_MAX 256

void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

unsigned local_port(int fd)
{
	struct sockaddr_storage addr = {0};
	socklen_t size = sizeof(addr);

	if (getsockname(fd, (struct sockaddr *)&addr, &size) != 0)
		return 0;
	if (addr.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&addr)->sin_port);
	if (addr.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&addr)->sin6_port);
	return 0;
}

static struct pollfd listeners[LISTENERS_MAX + 1];
static const struct behaviour *listener_how[LISTENERS_MAX];
static size_t listener_count;

static void add_listener(int fd, const struct behaviour *how)
{
	must(listener_count < LISTENERS_MAX, "fakepop: too many ports");
	must(listen(fd, 512) == 0, "fakepop: listen");
	listeners[listener_count] = (struct pollfd){.fd = fd, .events = POLLIN};
	listener_how[listener_count++] = how;
}

/* A socket bound to ADDR; *PORT is where, and where it ended up if it was 0. -1: not possible. */
static int bind4(const char *addr, unsigned *port, int type)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, addr, &sin.sin_addr);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = local_port(fd);
	return fd;
}

static int bind6(unsigned port)
{
	struct sockaddr_in6 sin = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0)
		return -1;
	sin.sin6_addr = in6addr_loopback;
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void open_port(const struct behaviour *how, const char *suffix)
{
	unsigned port = 0;
	int fd = bind4("127.0.0.1", &port, SOCK_STREAM);

	must(fd >= 0, "fakepop: bind");
	add_listener(fd, how);
	printf("%s%s %u\n", how->name, suffix, port);
	fd = bind6(port);
	if (fd >= 0)
		add_listener(fd, how);
}

/*
 * A listener whose queue is full: connecting to it hangs, as at a host behind a black hole. At the
 * same port of SECOND_ADDR all is well.
 */
static void open_hanging(void)
{
	unsigned port = 0;
	struct sockaddr_in sin = {.sin_family = AF_INET};
	int fd = bind4("127.0.0.1", &port, SOCK_STREAM);

	must(fd >= 0 && listen(fd, 0) == 0, "fakepop: hanging port");
	sin.sin_port = htons((uint16_t)port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 4; i++) {
		int filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		(void)connect(filler, (struct sockaddr *)&sin, sizeof(sin));
	}
	printf("full %u\n", port);
	fd = bind4(SECOND_ADDR, &port, SOCK_STREAM);
	must(fd >= 0, "fakepop: " SECOND_ADDR);
	add_listener(fd, &behaviours[0]);
}

/* Bound and never listening: refused for certain, and nobody else can take the port. */
static void open_refused(void)
{
	unsigned port = 0;

	must(bind4("127.0.0.1", &port, SOCK_STREAM) >= 0, "fakepop: bind");
	(void)bind6(port);
	printf("refused %u\n", port);
}

static void open_unix(const char *dir)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/pop.sock", dir);
	unlink(sun.sun_path);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0, sun.sun_path);
	add_listener(fd, &behaviours[0]);
}

/* --- name service: 127.95.3.1 never answers, .2 NXDOMAIN, .3 SERVFAIL ------------------- */

static void *serve_dns(void *arg)
{
	const int *server = arg;
	unsigned char packet[512];
	struct sockaddr_in from;

	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t got = recvfrom(
			server[0], packet, sizeof(packet), 0, (struct sockaddr *)&from, &size);

		if (got < 12)
			continue;
		packet[2] |= 0x80;			       /* an answer */
		packet[3] = (unsigned char)(0x80 | server[1]); /* recursion available, RCODE */
		packet[11] = 0; /* the EDNS record is not sent back */
		(void)sendto(server[0], packet, (size_t)got, 0, (struct sockaddr *)&from, size);
	}
	return NULL;
}

static void open_dns(const char *name, const char *addr, int rcode)
{
	static int servers[2][2];
	static size_t used;
	unsigned port = 53;
	int fd = bind4(addr, &port, SOCK_DGRAM);
	pthread_t thread;

	if (fd < 0)
		return; /* port 53 is root's: the rows that need it are left out */
	printf("%s 53\n", name);
	if (!rcode)
		return;
	servers[used][0] = fd;
	servers[used][1] = rcode;
	must(pthread_create(&thread, NULL, serve_dns, servers[used++]) == 0, "fakepop: thread");
}

void ports_open(const char *dir)
{
	for (size_t i = 0; i < behaviour_count; i++) {
		open_port(&behaviours[i], "");
		if (behaviour_audited(&behaviours[i]))
			open_port(&behaviours[i], "-theirs");
	}
	open_hanging();
	open_refused();
	if (dir)
		open_unix(dir);
	open_dns("dns-mute", "127.95.3.1", 0);
	open_dns("dns-nxdomain", "127.95.3.2", 3);
	open_dns("dns-servfail", "127.95.3.3", 2);
	puts("ready");
	fflush(stdout);
}

static void accept_one(int listener, const struct behaviour *how)
{
	const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		serve_start(fd, how);
}

void ports_serve(void)
{
	listeners[listener_count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	while (listeners[listener_count].revents == 0) {
		if (poll(listeners, listener_count + 1, -1) < 0)
			continue;
		for (size_t i = 0; i < listener_count; i++) {
			if (listeners[i].revents)
				accept_one(listeners[i].fd, listener_how[i]);
		}
	}
}
