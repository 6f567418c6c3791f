/* Names to addresses by c-ares: /etc/hosts and DNS, A and AAAA asked apart, cancellable. */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include "net/address.h"
#include "net/loop.h"

struct net_resolver;
struct net_lookup;

enum net_lookup_status {
	NET_LOOKUP_OK,
	NET_LOOKUP_NOT_FOUND, /* the name does not exist, or has no address of the family asked for
			       */
	NET_LOOKUP_FAILED,    /* no answer, SERVFAIL, refused: it may work later */
};

enum { NET_LOOKUP_ADDRESSES_MAX = 16 };

struct net_lookup_result {
	enum net_lookup_status status;
	const char *detail; /* c-ares' words; static */
	struct net_address
		addresses[NET_LOOKUP_ADDRESSES_MAX]; /* port set; preferred family first */
	size_t count;
};

/* The channel is made at the first name that needs it, and anew when /etc/resolv.conf changed.
 * resolv_conf: a file in place of /etc/resolv.conf (tests); NULL: the system's. */
struct net_resolver *net_resolver_new(struct net_loop *l, const char *resolv_conf);
void net_resolver_free(struct net_resolver *r); /* no lookup may be under way; NULL allowed */
/* Name servers' port for lookups from now on (resolv.conf has no way to say it); 0: 53. */
void net_resolver_port(struct net_resolver *r, uint16_t port);
/* Calls done exactly once from the loop (never from within this call) unless cancelled. Families
 * are interleaved, first family first (RFC 8305 section 4): 6 before 4 for NET_FAMILY_ANY.
 * When one family has answered and the other has not within NET_RESOLVE_GRACE_NS, goes on with
 * what is there. /etc/hosts comes before DNS, for both families together; localhost and names below
 * it never go to DNS. The lookup has freed itself when done is called. NULL: no memory. */
struct net_lookup *net_resolve(struct net_resolver *r, const char *host, uint16_t port,
	enum net_family family, void (*done)(void *arg, const struct net_lookup_result *res),
	void *arg);
void net_lookup_cancel(struct net_lookup *k); /* NULL allowed; done is not called */

#endif
