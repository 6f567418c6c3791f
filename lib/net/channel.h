/* c-ares on libevent: one reading of resolv.conf with its sockets and timer. Private to resolver.c.
 */
#ifndef NET_CHANNEL_H
#define NET_CHANNEL_H

#include "net/loop.h"

#include <ares.h>

struct net_channel;

/* resolv_conf: NULL for the system's. port: of the name servers, 0 for 53. Returns c-ares' status;
 * *out is set on ARES_SUCCESS alone. */
int net_channel_new(struct net_loop *l, char *resolv_conf, uint16_t port, struct net_channel **out);
/* c-ares 1.18 cannot read resolv.conf anew: true when the file is no longer the one that was read.
 */
bool net_channel_stale(const struct net_channel *ch, const char *resolv_conf);
/* Freed when the last of its users has left; NULL allowed. */
void net_channel_retire(struct net_channel *ch);
void net_channel_enter(struct net_channel *ch);
/* The last one out calls off what is still asked, for nobody waits for it and the loop may end.
 * Must not be called from an answer. */
void net_channel_leave(struct net_channel *ch);
/* Search domains and ndots, as long as the channel. */
const struct ares_options *net_channel_saved(const struct net_channel *ch);
/* answered is called once, perhaps from within this call; it must not call this module. */
void net_channel_ask(struct net_channel *ch, const char *name,
	const struct ares_addrinfo_hints *hints, ares_addrinfo_callback answered, void *arg);
/* A channel that reads /etc/hosts and nothing else (ares_destroy frees it): with everything given,
 * c-ares opens no configuration. It answers inline. */
int net_channel_files(ares_channel *out);
/* True when /etc/hosts has an address of family for "localhost". */
bool net_channel_localhost(ares_channel files, int family);

#endif
