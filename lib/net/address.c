#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static bool literal_4(const char *text, uint16_t port, struct net_address *out)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};

	if (inet_pton(AF_INET, text, &sin.sin_addr) != 1)
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(&out->sa, &sin, sizeof(sin));
	out->len = sizeof(sin);
	return true;
}

/* RFC 4007 section 11.2: a zone is an interface's name or its number. 0: no such zone. */
static uint32_t zone_number(const char *zone)
{
	unsigned long n;
	char *end;

	if (zone[0] < '0' || zone[0] > '9')
		return if_nametoindex(zone);
	n = strtoul(zone, &end, 10);
	if (*end != '\0' || n > UINT32_MAX)
		return 0;
	return (uint32_t)n;
}

static bool literal_6(char *text, uint16_t port, struct net_address *out)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	char *zone = strchr(text, '%');

	if (zone)
		*zone++ = '\0';
	if (inet_pton(AF_INET6, text, &sin6.sin6_addr) != 1)
		return false;
	if (zone) {
		sin6.sin6_scope_id = zone_number(zone);
		if (sin6.sin6_scope_id == 0)
			return false;
	}
	memset(out, 0, sizeof(*out));
	memcpy(&out->sa, &sin6, sizeof(sin6));
	out->len = sizeof(sin6);
	return true;
}

bool net_address_literal(const char *host, uint16_t port, struct net_address *out)
{
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
	size_t n = strlen(host);
	bool bracketed = n >= 2 && host[0] == '[' && host[n - 1] == ']';

	if (bracketed) {
		host++;
		n -= 2;
	}
	if (n >= sizeof(text))
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	if (!bracketed && literal_4(text, port, out))
		return true;
	return literal_6(text, port, out);
}

bool net_address_unix(const char *path, struct net_address *out)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	size_t n = strlen(path);

	if (path[0] != '/' || n >= sizeof(sun.sun_path))
		return false;
	memcpy(sun.sun_path, path, n + 1);
	memset(out, 0, sizeof(*out));
	memcpy(&out->sa, &sun, sizeof(sun));
	out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
	return true;
}

static void text_6(const struct net_address *a, char *out, size_t size)
{
	struct sockaddr_in6 sin6;
	char address[INET6_ADDRSTRLEN];
	char name[IF_NAMESIZE];

	memcpy(&sin6, &a->sa, sizeof(sin6));
	if (!inet_ntop(AF_INET6, &sin6.sin6_addr, address, sizeof(address)))
		address[0] = '\0';
	if (sin6.sin6_scope_id == 0)
		(void)snprintf(out, size, "%s", address);
	else if (if_indextoname(sin6.sin6_scope_id, name))
		(void)snprintf(out, size, "%s%%%s", address, name);
	else
		(void)snprintf(out, size, "%s%%%u", address, sin6.sin6_scope_id);
}

void net_address_text(const struct net_address *a, char *out, size_t size)
{
	struct sockaddr_in sin;
	struct sockaddr_un sun;
	char address[INET_ADDRSTRLEN];

	if (size == 0)
		return;
	out[0] = '\0';
	switch (a->sa.ss_family) {
	case AF_INET:
		memcpy(&sin, &a->sa, sizeof(sin));
		if (inet_ntop(AF_INET, &sin.sin_addr, address, sizeof(address)))
			(void)snprintf(out, size, "%s", address);
		break;
	case AF_INET6:
		text_6(a, out, size);
		break;
	case AF_UNIX:
		memcpy(&sun, &a->sa, sizeof(sun));
		(void)snprintf(out, size, "%.*s", (int)sizeof(sun.sun_path), sun.sun_path);
		break;
	}
}

int net_address_family(const struct net_address *a)
{
	if (a->sa.ss_family == AF_INET)
		return 4;
	return a->sa.ss_family == AF_INET6 ? 6 : 0;
}

void net_address_set_port(struct net_address *a, uint16_t port)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (a->sa.ss_family == AF_INET) {
		memcpy(&sin, &a->sa, sizeof(sin));
		sin.sin_port = htons(port);
		memcpy(&a->sa, &sin, sizeof(sin));
	} else if (a->sa.ss_family == AF_INET6) {
		memcpy(&sin6, &a->sa, sizeof(sin6));
		sin6.sin6_port = htons(port);
		memcpy(&a->sa, &sin6, sizeof(sin6));
	}
}
