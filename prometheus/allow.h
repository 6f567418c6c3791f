/* Which addresses may be probed at all: --targets.allow. */
#ifndef PROMETHEUS_ALLOW_H
#define PROMETHEUS_ALLOW_H

#include "net/address.h"

struct allow_entry {
	unsigned char prefix[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;		  /* of 128 */
	uint16_t port_low, port_high;
};

struct allow_list {
	struct allow_entry *entries; /* owned */
	size_t count;
};

/* "CIDR[:PORTS]": 10.0.0.0/8, 10.0.0.1, 192.0.2.0/24:110,995,1100-1199, [2001:db8::/32]:995,
 * 2001:db8::/32. Ports become entries of their own. NULL on success, else what is wrong. */
const char *allow_add(struct allow_list *l, const char *text);
void allow_fini(struct allow_list *l);
/* An empty list allows everything; a UNIX socket is never allowed. */
bool allow_address(const struct allow_list *l, const struct net_address *a);

#endif
