/* From a target to a connected socket: resolve, then try address after address; the next one is
 * begun when one fails, or NET_DIAL_STAGGER_NS after the last one was begun (RFC 8305). */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "net/address.h"
#include "net/resolver.h"

#define NET_DIAL_STAGGER_NS  ((uint64_t)250000000)
#define NET_RESOLVE_GRACE_NS ((uint64_t)50000000)

enum net_dial_status {
	NET_DIAL_OK,
	NET_DIAL_NOT_FOUND, /* as NET_LOOKUP_NOT_FOUND */
	NET_DIAL_DNS_FAILED,
	NET_DIAL_REFUSED,
	NET_DIAL_UNREACHABLE, /* no route, no such socket, network down, timed out by the kernel */
	NET_DIAL_DENIED,      /* the allow hook refused every address */
	NET_DIAL_INTERNAL,    /* no descriptors, no memory, the source cannot be bound to */
};

struct net_dial_target {
	const char *host; /* name, literal (brackets allowed) or "/path"; copied */
	uint16_t port;
	enum net_family family;
	const char *source; /* local address literal to bind to, or NULL; copied */
	/* Asked for each address, literals and UNIX sockets too (those from within net_dial_start),
	 * before a connection is tried; NULL: all allowed. */
	bool (*allow)(void *arg, const struct net_address *a);
	void *allow_arg;
};

struct net_dial_result {
	enum net_dial_status status;
	int fd; /* connected, non-blocking, CLOEXEC, TCP_NODELAY; owned by the callee; -1 */
	struct net_address address; /* connected to, or the one status tells of */
	bool has_address;
	uint64_t resolve_ns; /* spent resolving (0: a literal) */
	uint64_t connect_ns; /* from the first connect() to the end of the dial; 0 if none begun */
	int sys_errno;	     /* what status and address tell of; 0 if none */
	char detail[160];    /* words: "Connection refused", c-ares' words, addresses tried */
	bool reset;	     /* OK, but the peer has reset the connection already */
	size_t tried;	     /* addresses tried */
};

struct net_dial;

/* done is called exactly once, from the loop and never from within this call; the dial has freed
 * itself by then. When all addresses fail the status is the last failure's, but INTERNAL goes
 * before REFUSED and REFUSED before UNREACHABLE. r may be NULL for literals and UNIX sockets. NULL:
 * no memory. The driver's deadline cancels it; while it is under way net_dial_progress tells how
 * far it got. */
struct net_dial *net_dial_start(struct net_resolver *r, struct net_loop *l,
	const struct net_dial_target *t, void (*done)(void *arg, const struct net_dial_result *res),
	void *arg);
/* Closes what is open; done is not called. NULL allowed. */
void net_dial_cancel(struct net_dial *d);
/* What is known so far (status is undefined, fd -1): resolve_ns so far while resolving (connect_ns
 * 0 and tried 0), else connect_ns so far. */
void net_dial_progress(const struct net_dial *d, struct net_dial_result *out);

#endif
