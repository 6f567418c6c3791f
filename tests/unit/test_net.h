/* What the network tests share: a loop, a resolver and a name server of their own on loopback. */
#ifndef TEST_NET_H
#define TEST_NET_H

#include "net/command.h"
#include "net/dial.h"
#include "net/loop.h"
#include "net/resolver.h"

#include <check.h>

/* Answers on 127.0.0.1, UDP and TCP, same port; by names ending in ".test", see test_net_dns.c. */
struct dns;
struct dns *dns_new(struct net_loop *l);
void dns_free(struct dns *d);
uint16_t dns_port(const struct dns *d);
size_t dns_questions(const struct dns *d);

struct bed {
	struct net_loop *loop;
	struct net_resolver *resolver;
	struct dns *dns;
	char folder[64];
	char resolv_conf[96];
};

/* resolv_conf: its text; NULL for one name server, ours. */
struct bed *bed_new(const char *resolv_conf);
void bed_free(struct bed *b);
void bed_write(const struct bed *b, const char *resolv_conf);
size_t bed_descriptors(void); /* open now */

TCase *tcase_net_resolver(void);
TCase *tcase_net_dial(void);
TCase *tcase_net_command(void);
Suite *suite_net(void);

#endif
