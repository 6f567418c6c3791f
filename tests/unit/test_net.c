#include "test_net.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void bed_write(const struct bed *b, const char *resolv_conf)
{
	FILE *f = fopen(b->resolv_conf, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(resolv_conf, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

struct bed *bed_new(const char *resolv_conf)
{
	struct bed *b = calloc(1, sizeof(*b));

	ck_assert_ptr_nonnull(b);
	strcpy(b->folder, "/tmp/test_net.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(b->folder));
	(void)snprintf(b->resolv_conf, sizeof(b->resolv_conf), "%s/resolv.conf", b->folder);
	bed_write(b, resolv_conf ? resolv_conf : "nameserver 127.0.0.1\nsearch .\n");
	b->loop = net_loop_new();
	ck_assert_ptr_nonnull(b->loop);
	b->resolver = net_resolver_new(b->loop, b->resolv_conf);
	ck_assert_ptr_nonnull(b->resolver);
	b->dns = dns_new(b->loop);
	net_resolver_port(b->resolver, dns_port(b->dns));
	return b;
}

void bed_free(struct bed *b)
{
	dns_free(b->dns);
	net_resolver_free(b->resolver);
	net_loop_free(b->loop);
	(void)unlink(b->resolv_conf);
	ck_assert_int_eq(rmdir(b->folder), 0);
	free(b);
}

size_t bed_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

/* ---- loop ---- */

START_TEST(loop_ends_when_idle)
{
	struct net_loop *l = net_loop_new();

	net_loop_run(l);
	net_loop_stop(l);
	net_loop_run(l);
	net_loop_run(l);
	net_loop_free(l);
	net_loop_free(NULL);
}
END_TEST

START_TEST(loop_time)
{
	struct timeval tv = net_timeval(1000001001);
	uint64_t before = net_now_ns();

	ck_assert_uint_ge(net_now_ns(), before);
	ck_assert_int_gt(net_wall_seconds(), 1600000000);
	ck_assert_int_eq(tv.tv_sec, 1);
	ck_assert_int_eq(tv.tv_usec, 2); /* rounded up */
}
END_TEST

struct counted {
	struct net_loop_tail tail;
	size_t *released;
};

static void counted_release(struct net_loop_tail *t)
{
	++*((struct counted *)t)->released;
}

START_TEST(loop_releases_tails)
{
	struct net_loop *l = net_loop_new();
	size_t released = 0;
	struct counted c[3];

	for (size_t i = 0; i < 3; i++) {
		c[i].tail.release = counted_release;
		c[i].released = &released;
		net_loop_tail_add(l, &c[i].tail);
	}
	net_loop_tail_remove(&c[1].tail);
	net_loop_free(l);
	ck_assert_uint_eq(released, 2);
}
END_TEST

/* ---- addresses ---- */

static const struct {
	const char *host;
	const char *text; /* NULL: no literal */
	int family;
} literals[] = {
	{"127.0.0.1", "127.0.0.1", 4},
	{"::1", "::1", 6},
	{"[::1]", "::1", 6},
	{"2001:DB8::0:1", "2001:db8::1", 6},
	{"::ffff:127.0.0.1", "::ffff:127.0.0.1", 6},
	{"fe80::1%lo", "fe80::1%lo", 6},
	{"[fe80::1%1]", "fe80::1%lo", 6},
	{"fe80::1%4000000000", "fe80::1%4000000000", 6},
	{"fe80::1%99999999999", NULL, 0},
	{"fe80::1%", NULL, 0},
	{"fe80::1%0", NULL, 0},
	{"fe80::1%1x", NULL, 0},
	{"fe80::1%nosuchinterface0", NULL, 0},
	{"[127.0.0.1]", NULL, 0},
	{"[::1", NULL, 0},
	{"::1]", NULL, 0},
	{"[]", NULL, 0},
	{"[", NULL, 0},
	{"", NULL, 0},
	{"127.1", NULL, 0},
	{"0x7f.0.0.1", NULL, 0},
	{"127.0.0.1.", NULL, 0},
	{" 127.0.0.1", NULL, 0},
	{"256.0.0.1", NULL, 0},
	{"localhost", NULL, 0},
	{"1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20:21:22:23:24:25:26:27", NULL, 0},
};

START_TEST(address_literals)
{
	struct net_address a;
	char text[NET_ADDRESS_TEXT];

	memset(&a, 0, sizeof(a));
	ck_assert_msg(net_address_literal(literals[_i].host, 110, &a) == !!literals[_i].text, "%s",
		literals[_i].host);
	if (!literals[_i].text)
		return;
	net_address_text(&a, text, sizeof(text));
	ck_assert_str_eq(text, literals[_i].text);
	ck_assert_int_eq(net_address_family(&a), literals[_i].family);
}
END_TEST

START_TEST(address_unix)
{
	struct net_address a;
	char path[200], text[NET_ADDRESS_TEXT];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[108] = '\0';
	ck_assert(!net_address_unix(path, &a));
	path[107] = '\0';
	ck_assert(net_address_unix(path, &a));
	net_address_text(&a, text, sizeof(text));
	ck_assert_str_eq(text, path);
	ck_assert_int_eq(net_address_family(&a), 0);
	ck_assert(!net_address_unix("relative", &a));
	net_address_text(&a, text, 4);
	ck_assert_str_eq(text, "/xx");
}
END_TEST

Suite *suite_net(void)
{
	Suite *s = suite_create("net");
	TCase *t = tcase_create("loop and addresses");

	tcase_add_test(t, loop_ends_when_idle);
	tcase_add_test(t, loop_time);
	tcase_add_test(t, loop_releases_tails);
	tcase_add_loop_test(t, address_literals, 0, (int)(sizeof(literals) / sizeof(literals[0])));
	tcase_add_test(t, address_unix);
	suite_add_tcase(s, t);
	suite_add_tcase(s, tcase_net_resolver());
	suite_add_tcase(s, tcase_net_dial());
	suite_add_tcase(s, tcase_net_command());
	return s;
}
