/* Where credentials may be used. A name is compared before DNS, so that whoever controls DNS of
 * another name gains nothing; ranges after it, on the address that is dialled. */
#include "config/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct range {
	int family;
	unsigned char octets[16];
	unsigned bits;
};

struct config_targets {
	bool any;
	const char *const *texts; /* as written */
	size_t text_count;
	const char **patterns; /* without a dot at the end */
	size_t pattern_count;
	struct range *ranges;
	size_t range_count;
};

enum { HOST_MAX = 256 };

/* --- comparison ------------------------------------------------------------------------------ */

static bool mapped(const unsigned char *p)
{
	static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(p, prefix, sizeof(prefix)) == 0;
}

/* The octets of an address; an IPv4 address in an IPv6 one (RFC 4291 section 2.5.5.2) is what the
 * kernel dials. 0: neither. */
static unsigned octets_of(const struct sockaddr *sa, unsigned char out[16])
{
	if (sa->sa_family == AF_INET) {
		memcpy(out, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
		return 4;
	}
	if (sa->sa_family != AF_INET6)
		return 0;
	memcpy(out, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	if (!mapped(out))
		return 16;
	memmove(out, out + 12, 4);
	return 4;
}

static bool in_range(const struct range *r, const unsigned char *octets, unsigned n)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;

	if ((r->family == AF_INET ? 4u : 16u) != n || memcmp(r->octets, octets, whole) != 0)
		return false;
	return rest == 0 || ((r->octets[whole] ^ octets[whole]) >> (8 - rest)) == 0;
}

bool config_targets_allow_address(const struct config_targets *t, const struct sockaddr *sa)
{
	unsigned char octets[16];
	unsigned n = octets_of(sa, octets);

	if (!t || t->any)
		return true;
	for (size_t i = 0; n > 0 && i < t->range_count; i++)
		if (in_range(&t->ranges[i], octets, n))
			return true;
	return false;
}

/* One label's pattern against host up to its end; '*' stands for any octets but a dot. */
static bool glob_match(const char *pattern, const char *host)
{
	const char *star = NULL, *from = NULL;

	while (*host) {
		if (*pattern == '*') {
			star = pattern++;
			from = host;
		} else if (*pattern && strncasecmp(pattern, host, 1) == 0) {
			pattern++;
			host++;
		} else if (star && *from != '.') {
			pattern = star + 1;
			host = ++from;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

/* A first label that is "*" alone stands for one or more labels, any other star for a part of one.
 */
static bool name_match(const char *pattern, const char *host)
{
	if (strncmp(pattern, "*.", 2) != 0)
		return glob_match(pattern, host);
	for (const char *dot = strchr(host, '.'); dot; dot = strchr(dot + 1, '.'))
		if (dot > host && glob_match(pattern + 1, dot))
			return true;
	return false;
}

/* host without brackets' address or a dot at the end; false: no name we compare. */
static bool plain_name(const char *host, char out[HOST_MAX])
{
	size_t n = strlen(host);

	if (n > 0 && host[n - 1] == '.')
		n--;
	if (n == 0 || n >= HOST_MAX)
		return false;
	memcpy(out, host, n);
	out[n] = '\0';
	return out[0] != '/' && out[0] != '.' && !strstr(out, "..");
}

static bool any_pattern(const struct config_targets *t, const char *host)
{
	char name[HOST_MAX];

	if (!plain_name(host, name))
		return false;
	for (size_t i = 0; i < t->pattern_count; i++)
		if (name_match(t->patterns[i], name))
			return true;
	return false;
}

enum config_allow config_targets_allow(const struct config_targets *t, const char *host)
{
	struct net_address a;

	if (!t || t->any)
		return CONFIG_ALLOW_YES;
	if (net_address_literal(host, 0, &a)) {
		const struct sockaddr *sa = (const struct sockaddr *)&a.sa;

		return config_targets_allow_address(t, sa) ? CONFIG_ALLOW_YES : CONFIG_ALLOW_NO;
	}
	if (any_pattern(t, host))
		return CONFIG_ALLOW_YES;
	return t->range_count > 0 && host[0] != '/' ? CONFIG_ALLOW_BY_ADDRESS : CONFIG_ALLOW_NO;
}

bool targets_allow_server_name(
	const struct config_targets *t, const char *host, const char *server_name)
{
	char a[HOST_MAX], b[HOST_MAX];

	if (!server_name)
		return true;
	if (host && plain_name(host, a) && plain_name(server_name, b) && strcasecmp(a, b) == 0)
		return true;
	return config_targets_allow(t, server_name) == CONFIG_ALLOW_YES;
}

enum config_allow config_auth_allows(const struct config_auth *auth, const char *host)
{
	return auth->targets ? config_targets_allow(auth->targets, host) : CONFIG_ALLOW_NO;
}

bool config_auth_allows_address(const struct config_auth *auth, const struct sockaddr *sa)
{
	return auth->targets && config_targets_allow_address(auth->targets, sa);
}

bool config_auth_allows_server_name(
	const struct config_auth *auth, const char *host, const char *server_name)
{
	return auth->targets && targets_allow_server_name(auth->targets, host, server_name);
}

bool targets_any(const struct config_targets *t)
{
	return t->any;
}

const char *const *targets_texts(const struct config_targets *t, size_t *count)
{
	*count = t->text_count;
	return t->texts;
}

/* --- reading --------------------------------------------------------------------------------- */

static bool prefix_length(const char *text, unsigned most, unsigned *out)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 3 || text[n] != '\0')
		return false;
	*out = (unsigned)strtoul(text, NULL, 10);
	return *out <= most;
}

/* Bits behind the prefix must be 0: who writes 10.1.2.3/8 may mean 10.1.2.3. */
static bool host_bits_clear(const struct range *r, unsigned n)
{
	for (unsigned i = r->bits; i < n * 8; i++)
		if (r->octets[i / 8] & (0x80u >> i % 8))
			return false;
	return true;
}

static bool add_range(struct loader *l, const struct tree_node *n, const struct net_address *a,
	const char *slash, struct config_targets *t)
{
	struct range *r = &t->ranges[t->range_count++];
	unsigned octets = octets_of((const struct sockaddr *)&a->sa, r->octets);

	r->family = octets == 4 ? AF_INET : AF_INET6;
	r->bits = octets * 8;
	if (slash && !prefix_length(slash + 1, octets * 8, &r->bits))
		return load_fail(l, n, "target \"%.80s\" has a bad prefix length (0 to %u)",
			n->text, octets * 8);
	if (!host_bits_clear(r, octets))
		return load_fail(
			l, n, "target \"%.80s\" has bits behind its prefix length", n->text);
	return true;
}

/* "*" in the last label would let in whatever anybody registers, in an address hosts by name. */
static const char *pattern_problem(const char *p)
{
	const char *last = strrchr(p, '.');

	if (strcmp(p, "*") == 0)
		return "would fit every host: write \"any\" if that is meant";
	if (p[strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*")])
		return "is no host name, pattern, address or range";
	if (p[0] == '.' || strstr(p, "..") || strlen(p) >= HOST_MAX)
		return "is no host name or pattern";
	if (p[strspn(p, "0123456789.*")] == '\0')
		return "is no address: ranges are written as 192.0.2.0/24";
	if (last && strchr(last, '*'))
		return "has a \"*\" in its last label";
	return NULL;
}

static bool add_pattern(struct loader *l, const struct tree_node *n, struct config_targets *t)
{
	size_t length = n->n > 1 && n->text[n->n - 1] == '.' ? n->n - 1 : n->n;
	char *p = arena_copy(l->keep, n->text, length);
	const char *problem;

	if (!p)
		return load_no_memory(l);
	problem = pattern_problem(p);
	if (problem)
		return load_fail(l, n, "target \"%.80s\" %s", n->text, problem);
	t->patterns[t->pattern_count++] = p;
	return true;
}

static bool add(struct loader *l, const struct tree_node *n, struct config_targets *t)
{
	const char *slash = strchr(n->text, '/');
	size_t length = slash ? (size_t)(slash - n->text) : n->n;
	char text[HOST_MAX];
	struct net_address a;

	if (strcmp(n->text, "any") == 0)
		return load_fail(l, n, "\"any\" stands alone, not with other targets");
	if (length < sizeof(text)) {
		memcpy(text, n->text, length);
		text[length] = '\0';
		if (net_address_literal(text, 0, &a))
			return add_range(l, n, &a, slash, t);
	}
	return add_pattern(l, n, t);
}

static const struct tree_node *element(const struct tree_node *n, size_t i)
{
	return n->kind == TREE_SEQUENCE ? n->pairs[i].value : n;
}

bool load_targets(struct loader *l, const struct tree_node *n, const struct config_targets **out)
{
	struct config_targets *t = arena_alloc(l->keep, 1, sizeof(*t));

	if (!t)
		return load_no_memory(l);
	if (!load_texts(l, n, &t->texts, &t->text_count))
		return false;
	t->any = t->text_count == 1 && strcmp(t->texts[0], "any") == 0;
	t->patterns = arena_alloc(l->keep, t->text_count, sizeof(*t->patterns));
	t->ranges = arena_alloc(l->keep, t->text_count, sizeof(*t->ranges));
	if (!t->patterns || !t->ranges)
		return load_no_memory(l);
	for (size_t i = 0; !t->any && i < t->text_count; i++)
		if (!add(l, element(n, i), t))
			return false;
	*out = t;
	return true;
}
