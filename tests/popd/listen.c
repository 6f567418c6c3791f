#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct listener {
	struct server *server;
	enum layer layer;
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

static socklen_t make_address(union address *a, const char *family, int port, const char *suffix)
{
	memset(a, 0, sizeof(*a));
	if (strncmp(family, "unix:", 5) == 0) {
		a->un.sun_family = AF_UNIX;
		snprintf(a->un.sun_path, sizeof(a->un.sun_path), "%.90s%s", family + 5, suffix);
		unlink(a->un.sun_path);
		return sizeof(a->un);
	}
	if (strcmp(family, "6") == 0) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_addr = in6addr_loopback;
		a->v6.sin6_port = htons((uint16_t)port);
		return sizeof(a->v6);
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->v4.sin_port = htons((uint16_t)port);
	return sizeof(a->v4);
}

static int bound(const char *family, int port, const char *suffix, union address *a)
{
	socklen_t len = make_address(a, family, port, suffix);
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int yes = 1;

	if (fd >= 0 && port != 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, &a->any, len) != 0) {
		perror("popd: bind");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	len = sizeof(*a);
	getsockname(fd, &a->any, &len);
	return fd;
}

static void note_port(struct octets *out, const char *name, const union address *a)
{
	if (a->any.sa_family == AF_UNIX)
		octets_printf(out, "%s_PATH=%s\n", name, a->un.sun_path);
	else
		octets_printf(out, "%s_PORT=%u\n", name,
			ntohs(a->any.sa_family == AF_INET6 ? a->v6.sin6_port : a->v4.sin_port));
}

static void on_accept(evutil_socket_t fd, short what, void *arg)
{
	const struct listener *l = arg;

	(void)what;
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client < 0)
			return;
		conn_new(l->server, client, l->layer);
	}
}

static bool open_port(
	struct server *server, const char *family, enum layer layer, struct octets *out)
{
	static const char *const names[] = {"PLAIN", "TLS"};
	struct listener *l = xcalloc(1, sizeof(*l));
	union address a;
	int fd = bound(
		family, server->scenario.fixed_port[layer], layer == LAYER_TLS ? ".tls" : "", &a);
	int size = server->scenario.receive_buffer;

	*l = (struct listener){server, layer};
	if (fd < 0)
		return false;
	if (size > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (listen(fd, 8192) != 0) {
		perror("popd: listen");
		return false;
	}
	note_port(out, names[layer], &a);
	return event_add(event_new(server->base, fd, EV_READ | EV_PERSIST, on_accept, l), NULL) ==
	       0;
}

/* A bound socket that does not listen refuses connections for as long as it lives. */
static bool open_refusing(const char *family, struct octets *out)
{
	union address a;

	if (bound(family, 0, ".refused", &a) < 0)
		return false;
	note_port(out, "REFUSED", &a);
	return true;
}

/* Filled by connections of our own and never accepted from: more SYNs go unanswered. */
static bool open_full(const char *family, struct octets *out)
{
	union address a;
	int fd = bound(family, 0, ".full", &a);
	socklen_t len = a.any.sa_family == AF_INET6 ? sizeof(a.v6) : sizeof(a.v4);

	if (fd < 0 || listen(fd, 0) != 0)
		return false;
	if (a.any.sa_family == AF_UNIX)
		len = sizeof(a.un);
	for (int i = 0; i < 3; i++) {
		int own = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (connect(own, &a.any, len) != 0 && errno != EINPROGRESS && errno != EAGAIN)
			perror("popd: filling the backlog");
	}
	note_port(out, "FULL", &a);
	return true;
}

static bool write_ports(const char *path, const struct octets *out)
{
	char temporary[4096];
	FILE *f;
	bool ok;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	f = fopen(temporary, "we");
	if (f == NULL) {
		perror(temporary);
		return false;
	}
	ok = fwrite(out->data, 1, out->len, f) == out->len;
	ok = fclose(f) == 0 && ok;
	return ok && rename(temporary, path) == 0;
}

bool listen_start(struct server *server, const char *family, const char *port_file)
{
	struct octets out = {0};
	bool ok = open_port(server, family, LAYER_PLAIN, &out) &&
		  (server->tls == NULL || open_port(server, family, LAYER_TLS, &out)) &&
		  open_refusing(family, &out) && open_full(family, &out) &&
		  write_ports(port_file, &out);

	octets_fini(&out);
	return ok;
}
