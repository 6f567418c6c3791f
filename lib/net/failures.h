/* Which addresses failed and how, and what a dial says of them. Private to dial.c. */
#ifndef NET_FAILURES_H
#define NET_FAILURES_H

#include "net/dial.h"

enum { NET_FAILURES_TOLD = 3 };

struct net_failure {
	size_t index; /* of the address */
	int error;
	bool binding; /* to the source address */
};

struct net_failures {
	struct net_failure first[NET_FAILURES_TOLD];
	struct net_failure worst; /* what the status tells */
	size_t count;
};

void net_failures_note(struct net_failures *l, size_t index, int error, bool binding);
/* Sets status, sys_errno, address and detail. At least one failure was noted. */
void net_failures_tell(const struct net_failures *l, const struct net_address *addresses,
	const struct net_address *source, struct net_dial_result *res);

#endif
