/* Targets and addresses as text and as sockaddr. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum net_family { NET_FAMILY_ANY, NET_FAMILY_4, NET_FAMILY_6 };

struct net_address {
	struct sockaddr_storage sa;
	socklen_t len;
};

enum { NET_ADDRESS_TEXT = 128 }; /* room for any address or UNIX path in text, NUL included */

/* An IPv4 or IPv6 literal ("[::1]" and "fe80::1%eth0" too); false when host is none. */
bool net_address_literal(const char *host, uint16_t port, struct net_address *out);
/* A UNIX socket's path (begins with '/'); false when too long. */
bool net_address_unix(const char *path, struct net_address *out);
/* The address without its port: "127.0.0.1", "::1", "/run/x". */
void net_address_text(const struct net_address *a, char *out, size_t size);
/* 4, 6 or 0 (UNIX socket). */
int net_address_family(const struct net_address *a);
/* No effect on a UNIX socket. */
void net_address_set_port(struct net_address *a, uint16_t port);

#endif
