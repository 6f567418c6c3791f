#include "allow.h"

#include "base/num.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 256, IPV4_OFFSET = 96 };

/* IPv4 and IPv6 in one space; false for a UNIX socket. */
static bool octets_of(const struct net_address *a, unsigned char out[16], uint16_t *port)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;

	if (a->sa.ss_family == AF_INET) {
		memcpy(&sin, &a->sa, sizeof(sin));
		memcpy(out, mapped, sizeof(mapped));
		memcpy(out + sizeof(mapped), &sin.sin_addr, 4);
		*port = ntohs(sin.sin_port);
		return true;
	}
	if (a->sa.ss_family != AF_INET6)
		return false;
	memcpy(&sin6, &a->sa, sizeof(sin6));
	memcpy(out, &sin6.sin6_addr, 16);
	*port = ntohs(sin6.sin6_port);
	return true;
}

static bool same_prefix(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

bool allow_address(const struct allow_list *l, const struct net_address *a)
{
	unsigned char octets[16];
	uint16_t port;

	if (!octets_of(a, octets, &port))
		return false;
	for (size_t i = 0; i < l->count; i++) {
		const struct allow_entry *e = &l->entries[i];

		if (port >= e->port_low && port <= e->port_high &&
			same_prefix(octets, e->prefix, e->bits))
			return true;
	}
	return l->count == 0;
}

static const char *parse_prefix(char *text, struct allow_entry *e)
{
	char *slash = strchr(text, '/');
	struct net_address a;
	uint64_t bits;
	unsigned most;
	uint16_t port;

	if (slash)
		*slash++ = '\0';
	if (!net_address_literal(text, 1, &a) || !octets_of(&a, e->prefix, &port))
		return "not an address";
	most = a.sa.ss_family == AF_INET ? 32 : 128;
	bits = most;
	if (slash && (num_parse_u64(slice_str(slash), &bits) != NUM_OK || bits > most))
		return "bad prefix length";
	e->bits = (unsigned)bits + (most == 32 ? IPV4_OFFSET : 0);
	return NULL;
}

static const char *parse_ports(struct slice text, struct allow_entry *e)
{
	struct slice low = slice_cut(&text, '-'), high = text.p && text.n ? text : low;
	uint64_t from, to;

	if (num_parse_u64(low, &from) != NUM_OK || num_parse_u64(high, &to) != NUM_OK ||
		from == 0 || to > 65535 || from > to)
		return "bad port";
	e->port_low = (uint16_t)from;
	e->port_high = (uint16_t)to;
	return NULL;
}

static const char *append(struct allow_list *l, const struct allow_entry *e)
{
	struct allow_entry *more = realloc(l->entries, (l->count + 1) * sizeof(*more));

	if (!more)
		return "out of memory";
	l->entries = more;
	l->entries[l->count++] = *e;
	return NULL;
}

/* Where the ports begin; cuts them and brackets off. NULL: none. */
static char *cut_ports(char **text)
{
	char *colon;

	if (**text == '[') {
		char *end = strchr(*text, ']');

		if (!end)
			return NULL;
		++*text;
		*end++ = '\0';
		return *end == ':' ? end + 1 : NULL;
	}
	colon = strchr(*text, ':');
	if (!colon || strchr(colon + 1, ':'))
		return NULL;
	*colon = '\0';
	return colon + 1;
}

const char *allow_add(struct allow_list *l, const char *text)
{
	struct allow_entry e = {.port_low = 0, .port_high = 65535};
	char copy[TEXT_MAX], *prefix = copy, *ports;
	const char *problem;
	struct slice rest;

	if (strlen(text) >= sizeof(copy))
		return "too long";
	memcpy(copy, text, strlen(text) + 1);
	ports = cut_ports(&prefix);
	problem = parse_prefix(prefix, &e);
	if (problem || !ports)
		return problem ? problem : append(l, &e);
	rest = slice_str(ports);
	do {
		problem = parse_ports(slice_cut(&rest, ','), &e);
		if (!problem)
			problem = append(l, &e);
	} while (!problem && rest.n);
	return problem;
}

void allow_fini(struct allow_list *l)
{
	free(l->entries);
	*l = (struct allow_list){0};
}
