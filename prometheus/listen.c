#include "listen.h"

#include "net/address.h"

#include <errno.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { ADDRESS_MAX = 256, BACKLOG = 4096 };

/* Cuts "[a]:p" or "a:p"; false without a port. */
static bool split(char *text, const char **host, const char **port)
{
	char *colon = strrchr(text, ':');
	size_t n;

	if (!colon)
		return false;
	*colon = '\0';
	*port = colon + 1;
	n = strlen(text);
	*host = text;
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text[n - 1] = '\0';
		*host = text + 1;
	}
	return **port != '\0';
}

static struct evconnlistener *bind_one(struct event_base *base, const struct addrinfo *a)
{
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;

	return evconnlistener_new_bind(
		base, NULL, NULL, flags, BACKLOG, a->ai_addr, (int)a->ai_addrlen);
}

/* ":PORT" is "::", which takes IPv4 too, or 0.0.0.0 where the kernel has no IPv6. */
static struct evconnlistener *bind_host(
	struct event_base *base, const char *host, const char *port, char *why, size_t size)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	struct evconnlistener *l = NULL;
	struct addrinfo *list;
	int error = getaddrinfo(*host ? host : "::", port, &hints, &list);

	if (error) {
		snprintf(why, size, "%s", gai_strerror(error));
		return NULL;
	}
	for (const struct addrinfo *a = list; a && !l; a = a->ai_next)
		l = bind_one(base, a);
	if (!l)
		snprintf(why, size, "%s", strerror(errno));
	freeaddrinfo(list);
	return l;
}

struct evconnlistener *listen_new(
	struct event_base *base, const char *address, char *why, size_t why_size)
{
	char copy[ADDRESS_MAX];
	const char *host, *port;
	struct evconnlistener *l;

	snprintf(copy, sizeof(copy), "%s", address);
	if (strlen(address) >= sizeof(copy) || !split(copy, &host, &port)) {
		snprintf(why, why_size, "not HOST:PORT");
		return NULL;
	}
	l = bind_host(base, host, port, why, why_size);
	if (!l && !*host && errno != EADDRINUSE)
		l = bind_host(base, "0.0.0.0", port, why, why_size);
	return l;
}

void listen_text(struct evconnlistener *l, char *out, size_t size)
{
	struct net_address a = {.len = sizeof(a.sa)};
	char text[NET_ADDRESS_TEXT] = "";
	uint16_t port = 0;

	if (getsockname(evconnlistener_get_fd(l), (struct sockaddr *)&a.sa, &a.len) == 0) {
		struct sockaddr_in6 sin6; /* the port is where sockaddr_in has it */

		net_address_text(&a, text, sizeof(text));
		memcpy(&sin6, &a.sa, sizeof(sin6));
		port = ntohs(sin6.sin6_port);
	}
	snprintf(out, size, strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, (unsigned)port);
}
