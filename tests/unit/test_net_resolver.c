#include "test_net.h"

#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { DEADLINE_S = 20 };

struct got {
	struct net_loop *loop;
	size_t calls;
	struct net_lookup_result res;
};

static void got_result(void *arg, const struct net_lookup_result *res)
{
	struct got *g = arg;

	g->calls++;
	g->res = *res;
	net_loop_stop(g->loop);
}

static void run_bounded(struct net_loop *l)
{
	struct timeval tv = {.tv_sec = DEADLINE_S};

	(void)event_base_loopexit(net_loop_base(l), &tv);
	net_loop_run(l);
}

static struct net_lookup_result lookup(struct bed *b, const char *host, enum net_family family)
{
	struct got g = {.loop = b->loop};

	ck_assert_ptr_nonnull(net_resolve(b->resolver, host, 110, family, got_result, &g));
	ck_assert_uint_eq(g.calls, 0); /* never from within the call */
	run_bounded(b->loop);
	ck_assert_uint_eq(g.calls, 1);
	return g.res;
}

static void texts(const struct net_lookup_result *res, char *out, size_t size)
{
	char text[NET_ADDRESS_TEXT];
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < res->count && used < size; i++) {
		net_address_text(&res->addresses[i], text, sizeof(text));
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "", text);
	}
}

static const struct {
	const char *name;
	enum net_family family;
	enum net_lookup_status status;
	const char *addresses;
} names[] = {
	{"a.test", NET_FAMILY_ANY, NET_LOOKUP_OK, "127.0.0.1"},
	{"a.test.", NET_FAMILY_ANY, NET_LOOKUP_OK, "127.0.0.1"},
	{"A.TEST", NET_FAMILY_4, NET_LOOKUP_OK, "127.0.0.1"},
	{"a.test", NET_FAMILY_6, NET_LOOKUP_NOT_FOUND, ""},
	{"both.test", NET_FAMILY_ANY, NET_LOOKUP_OK, "::1 127.0.0.1"},
	{"both.test", NET_FAMILY_4, NET_LOOKUP_OK, "127.0.0.1"},
	{"both.test", NET_FAMILY_6, NET_LOOKUP_OK, "::1"},
	{"aaaamute.test", NET_FAMILY_ANY, NET_LOOKUP_OK, "127.0.0.1"},
	{"amute.test", NET_FAMILY_ANY, NET_LOOKUP_OK, "::1"},
	{"rescued.test", NET_FAMILY_ANY, NET_LOOKUP_OK, "127.0.0.1"},
	{"chain.test", NET_FAMILY_ANY, NET_LOOKUP_OK, "127.0.0.1"},
	{"dup.test", NET_FAMILY_ANY, NET_LOOKUP_OK, "127.0.0.1"},
	{"nosuch.test", NET_FAMILY_ANY, NET_LOOKUP_NOT_FOUND, ""},
	{"nodata.test", NET_FAMILY_ANY, NET_LOOKUP_NOT_FOUND, ""},
	{"fail.test", NET_FAMILY_ANY, NET_LOOKUP_FAILED, ""},
	{"refused.test", NET_FAMILY_ANY, NET_LOOKUP_FAILED, ""},
	{"half.test", NET_FAMILY_ANY, NET_LOOKUP_FAILED, ""},
	{"half.test", NET_FAMILY_6, NET_LOOKUP_NOT_FOUND, ""},
	{"", NET_FAMILY_ANY, NET_LOOKUP_NOT_FOUND, ""},
	{".", NET_FAMILY_ANY, NET_LOOKUP_NOT_FOUND, ""},
	{"a..test", NET_FAMILY_ANY, NET_LOOKUP_NOT_FOUND, ""},
	{"a\\", NET_FAMILY_ANY, NET_LOOKUP_NOT_FOUND, ""},
	{"127.1", NET_FAMILY_ANY, NET_LOOKUP_NOT_FOUND, ""},
	{"name.localhost", NET_FAMILY_4, NET_LOOKUP_OK, "127.0.0.1"},
	{"localhost", NET_FAMILY_4, NET_LOOKUP_OK, "127.0.0.1"},
	{"LocalHost.", NET_FAMILY_4, NET_LOOKUP_OK, "127.0.0.1"},
	{"127.0.0.9", NET_FAMILY_ANY, NET_LOOKUP_OK, "127.0.0.9"},
	{"127.0.0.9", NET_FAMILY_6, NET_LOOKUP_NOT_FOUND, ""},
	{"[::1]", NET_FAMILY_ANY, NET_LOOKUP_OK, "::1"},
};

START_TEST(resolver_names)
{
	struct bed *b = bed_new(NULL);
	size_t before;
	struct net_lookup_result res;
	uint64_t start = net_now_ns();
	char got[1024];

	before = bed_descriptors();
	res = lookup(b, names[_i].name, names[_i].family);
	texts(&res, got, sizeof(got));
	ck_assert_msg(res.status == names[_i].status, "%s: %d %s", names[_i].name, (int)res.status,
		res.detail);
	ck_assert_str_eq(got, names[_i].addresses);
	ck_assert(res.detail[0] != '\0');
	/* A mute family holds up the other for the grace, not until c-ares gives up after 6 s. */
	ck_assert_uint_lt(net_now_ns() - start, (uint64_t)5000000000);
	if (res.count > 0 && net_address_family(&res.addresses[0]) == 4)
		ck_assert_uint_eq(
			((struct sockaddr_in *)&res.addresses[0].sa)->sin_port, htons(110));
	ck_assert_uint_eq(bed_descriptors(), before);
	bed_free(b);
}
END_TEST

static bool hosts_replaced(const struct bed *b, const char *text)
{
	char path[128];
	FILE *f;

	if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/hosts", b->folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	return mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount(path, "/etc/hosts", "none", MS_BIND, NULL) == 0 && unlink(path) == 0;
}

/* A name in /etc/hosts has the addresses it has there, all of them and no others. */
START_TEST(resolver_files_first)
{
	struct bed *b = bed_new(NULL);
	struct net_lookup_result res;
	char got[256];

	if (hosts_replaced(b, "127.0.0.8 x both.test\n127.0.0.9 both.test\n::1 a.test # x\n")) {
		res = lookup(b, "both.test", NET_FAMILY_ANY);
		texts(&res, got, sizeof(got));
		ck_assert_str_eq(got, "127.0.0.8 127.0.0.9");
		res = lookup(b, "a.test.", NET_FAMILY_ANY);
		texts(&res, got, sizeof(got));
		ck_assert_str_eq(got, "::1");
		res = lookup(b, "localhost", NET_FAMILY_ANY); /* not in the file */
		texts(&res, got, sizeof(got));
		ck_assert_str_eq(got, "::1 127.0.0.1");
		ck_assert_uint_eq(dns_questions(b->dns), 0);
		(void)umount("/etc/hosts");
	}
	bed_free(b);
}
END_TEST

START_TEST(resolver_long_names)
{
	struct bed *b = bed_new(NULL);
	char name[400];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(lookup(b, name, NET_FAMILY_ANY).status, NET_LOOKUP_NOT_FOUND);
	name[100] = '\0'; /* a label of 100 octets */
	ck_assert_int_eq(lookup(b, name, NET_FAMILY_ANY).status, NET_LOOKUP_NOT_FOUND);
	ck_assert_uint_eq(dns_questions(b->dns), 0);
	bed_free(b);
}
END_TEST

/* UDP says "truncated", TCP brings 30 addresses; both families keep a place under the cap. */
START_TEST(resolver_by_tcp)
{
	struct bed *b = bed_new(NULL);
	struct net_lookup_result res = lookup(b, "big.test", NET_FAMILY_ANY);
	char first[NET_ADDRESS_TEXT], second[NET_ADDRESS_TEXT];

	ck_assert_int_eq(res.status, NET_LOOKUP_OK);
	ck_assert_uint_eq(res.count, NET_LOOKUP_ADDRESSES_MAX);
	net_address_text(&res.addresses[0], first, sizeof(first));
	net_address_text(&res.addresses[1], second, sizeof(second));
	ck_assert_str_eq(first, "::1");
	ck_assert_str_eq(second, "127.0.1.1");
	bed_free(b);
}
END_TEST

START_TEST(resolver_search_list)
{
	struct bed *b = bed_new("nameserver 127.0.0.1\nsearch none.test search.test\n");
	struct net_lookup_result res = lookup(b, "host", NET_FAMILY_ANY);
	char got[256];

	texts(&res, got, sizeof(got));
	ck_assert_str_eq(got, "127.0.0.1");
	ck_assert_uint_eq(dns_questions(b->dns), 4);
	/* AAAA of a name with A alone must not come from another name of the list. */
	res = lookup(b, "only4.test", NET_FAMILY_ANY);
	texts(&res, got, sizeof(got));
	ck_assert_str_eq(got, "127.0.0.1");
	ck_assert_uint_eq(dns_questions(b->dns), 6);
	/* Its own name last for one without dots, and only itself when absolute. */
	ck_assert_int_eq(lookup(b, "nosuch", NET_FAMILY_4).status, NET_LOOKUP_NOT_FOUND);
	ck_assert_uint_eq(dns_questions(b->dns), 9);
	ck_assert_int_eq(lookup(b, "host.", NET_FAMILY_4).status, NET_LOOKUP_NOT_FOUND);
	ck_assert_uint_eq(dns_questions(b->dns), 10);
	bed_free(b);
}
END_TEST

/* Nothing listens on 127.0.0.2: the first server of two is dead. */
START_TEST(resolver_second_server)
{
	struct bed *b = bed_new("nameserver 127.0.0.2\nnameserver 127.0.0.1\nsearch .\n");

	ck_assert_int_eq(lookup(b, "both.test", NET_FAMILY_ANY).status, NET_LOOKUP_OK);
	bed_free(b);
}
END_TEST

START_TEST(resolver_mute_server)
{
	struct bed *b = bed_new("nameserver 127.0.0.2\nnameserver 127.0.0.1\nsearch .\n");
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(dns_port(b->dns))};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t start = net_now_ns();

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(lookup(b, "both.test", NET_FAMILY_ANY).status, NET_LOOKUP_OK);
	ck_assert_uint_lt(net_now_ns() - start, (uint64_t)8000000000);
	(void)close(fd);
	bed_free(b);
}
END_TEST

START_TEST(resolver_no_server)
{
	struct bed *b = bed_new("nameserver 127.0.0.2\nsearch .\n");

	ck_assert_int_eq(lookup(b, "both.test", NET_FAMILY_ANY).status, NET_LOOKUP_FAILED);
	bed_free(b);
}
END_TEST

START_TEST(resolver_follows_resolv_conf)
{
	struct bed *b = bed_new("nameserver 127.0.0.2\nsearch .\n");
	struct got old = {.loop = b->loop}, new = {.loop = b->loop};
	struct net_lookup *k;

	ck_assert_int_eq(lookup(b, "a.test", NET_FAMILY_ANY).status, NET_LOOKUP_FAILED);
	bed_write(b, "nameserver 127.0.0.1\nsearch .\n# longer\n");
	ck_assert_int_eq(lookup(b, "a.test", NET_FAMILY_ANY).status, NET_LOOKUP_OK);
	/* One under way keeps its server, one begun after the change has the new one. */
	k = net_resolve(b->resolver, "mute.test", 110, NET_FAMILY_ANY, got_result, &old);
	bed_write(b, "nameserver 127.0.0.2\nsearch .\n");
	ck_assert_ptr_nonnull(
		net_resolve(b->resolver, "a.test", 110, NET_FAMILY_ANY, got_result, &new));
	run_bounded(b->loop);
	ck_assert_uint_eq(old.calls, 0);
	ck_assert_uint_eq(new.calls, 1);
	ck_assert_int_eq(new.res.status, NET_LOOKUP_FAILED);
	net_lookup_cancel(k);
	/* A file that is gone is the default, 127.0.0.1. */
	ck_assert_int_eq(unlink(b->resolv_conf), 0);
	ck_assert_int_eq(lookup(b, "a.test", NET_FAMILY_ANY).status, NET_LOOKUP_OK);
	bed_free(b);
}
END_TEST

START_TEST(resolver_cancel)
{
	struct bed *b = bed_new(NULL);
	size_t before = bed_descriptors();
	struct got g = {.loop = b->loop}, other = {.loop = b->loop};
	struct net_lookup *mute, *early;

	early = net_resolve(b->resolver, "", 110, NET_FAMILY_ANY, got_result, &g);
	net_lookup_cancel(early);
	mute = net_resolve(b->resolver, "mute.test", 110, NET_FAMILY_ANY, got_result, &g);
	early = net_resolve(b->resolver, "a.test", 110, NET_FAMILY_ANY, got_result, &g);
	ck_assert_ptr_nonnull(
		net_resolve(b->resolver, "a.test", 110, NET_FAMILY_ANY, got_result, &other));
	net_lookup_cancel(early); /* on a channel others use */
	run_bounded(b->loop);
	ck_assert_uint_eq(other.calls, 1);
	net_lookup_cancel(mute); /* the last: its sockets close */
	net_lookup_cancel(NULL);
	ck_assert_uint_eq(bed_descriptors(), before);
	(void)event_base_loop(net_loop_base(b->loop), EVLOOP_NONBLOCK);
	ck_assert_uint_eq(g.calls, 0);
	bed_free(b);
}
END_TEST

/* Many at once, no more than the name server's socket can queue; every third is cancelled. */
START_TEST(resolver_many)
{
	enum { MANY = 90 };
	struct bed *b = bed_new(NULL);
	struct got *g = calloc(MANY, sizeof(*g));
	struct net_lookup *k[MANY];
	size_t before = bed_descriptors(), answered = 0;

	for (size_t i = 0; i < MANY; i++) {
		g[i].loop = b->loop;
		k[i] = net_resolve(b->resolver, i % 3 == 0 ? "mute.test" : "both.test", 110,
			NET_FAMILY_ANY, got_result, &g[i]);
		ck_assert_ptr_nonnull(k[i]);
	}
	while (answered < MANY - MANY / 3) {
		answered = 0;
		run_bounded(b->loop);
		for (size_t i = 0; i < MANY; i++)
			answered += g[i].calls;
	}
	for (size_t i = 0; i < MANY; i++) {
		ck_assert_uint_eq(g[i].calls, i % 3 != 0);
		if (i % 3 == 0)
			net_lookup_cancel(k[i]);
		else
			ck_assert_int_eq(g[i].res.status, NET_LOOKUP_OK);
	}
	ck_assert_uint_eq(bed_descriptors(), before);
	free(g);
	bed_free(b);
}
END_TEST

TCase *tcase_net_resolver(void)
{
	TCase *t = tcase_create("resolver");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, resolver_names, 0, (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_test(t, resolver_files_first);
	tcase_add_test(t, resolver_long_names);
	tcase_add_test(t, resolver_by_tcp);
	tcase_add_test(t, resolver_search_list);
	tcase_add_test(t, resolver_second_server);
	tcase_add_test(t, resolver_mute_server);
	tcase_add_test(t, resolver_no_server);
	tcase_add_test(t, resolver_follows_resolv_conf);
	tcase_add_test(t, resolver_cancel);
	tcase_add_test(t, resolver_many);
	return t;
}
