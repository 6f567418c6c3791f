/* Functions without a daemon. */
#include "accept.h"
#include "allow.h"
#include "query.h"
#include "suite.h"
#include "target.h"
#include "timeout.h"

#include <stdlib.h>
#include <string.h>

/* --- the timeout: blackbox's own twelve rows, then what they leave out ----------------------- */

static const struct {
	double module;
	const char *header;
	double offset, want; /* want < 0: the header is refused */
} timeouts[] = {
	{0, "15", 0.5, 14.5},
	{0, "15", 0, 15},
	{20, "15", 0.5, 14.5},
	{20, "15", 0, 15},
	{5, "15", 0, 5},
	{5, "15", 0.5, 5},
	{10, NULL, 0.5, 10},
	{10, "10", 0.5, 9.5},
	{9.5, NULL, 0.5, 9.5},
	{9.5, NULL, 1, 9.5},
	{0, NULL, 0.5, 119.5},
	{0, NULL, 0, 120},
	{0, "1", 0.5, 0.5},
	{3, "0.3", 0.5, 0.15},
	{3, "0.5", 0.5, 0.25},
	{0, "0.9", 0.5, 0.45},
	{0, "NaN", 0.5, 119.5},
	{0, "Inf", 0.5, 119.5},
	{0, "+Inf", 0.5, 119.5},
	{0, "-Inf", 0.5, 119.5},
	{0, "infinity", 0.5, 119.5},
	{0, "-5", 0.5, 119.5},
	{0, "0", 0.5, 119.5},
	{7, "-0", 0.5, 7},
	{0, "1e1", 0.5, 9.5},
	{0, "1e300", 0.5, 86399.5},
	{0, "abc", 0.5, -1},
	{0, "", 0.5, -1},
	{0, "1,5", 0.5, -1},
	{0, "0x10", 0.5, -1},
	{0, "10 s", 0.5, -1},
};

START_TEST(timeout_row)
{
	double scrape, got;
	bool ok = timeout_header(timeouts[_i].header, &scrape);

	if (timeouts[_i].want < 0) {
		ck_assert(!ok);
		return;
	}
	ck_assert(ok);
	got = timeout_in_force(timeouts[_i].module, scrape, timeouts[_i].offset);
	ck_assert_double_eq_tol(got, timeouts[_i].want, 1e-9);
}
END_TEST

/* --- queries ---------------------------------------------------------------------------------- */

static const struct {
	const char *raw;
	const char *value; /* of "a"; NULL: not there */
	bool refused;
} queries[] = {
	{NULL, NULL, false},
	{"", NULL, false},
	{"a=b", "b", false},
	{"a=b%3Ac", "b:c", false},
	{"a=b+c", "b c", false},
	{"a", "", false},
	{"&a", "", false},
	{"x=1&a=2&&", "2", false},
	{"%61=7", "7", false},
	{"a=1=2", "1=2", false},
	{"a=%00", NULL, true},
	{"a=b%00c", NULL, true},
	{"%00a=b", NULL, true},
	{"a=%", NULL, true},
	{"a=%4", NULL, true},
	{"a=%4g", NULL, true},
	{"a=%zz", NULL, true},
	{"a=1&a=2", NULL, true},
	{"a=1&%61=2", NULL, true},
	{"1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17&18&19&20&21&22&23&24&25&26&27&28&29&30&31&32&"
	 "33",
		NULL, true},
};

START_TEST(query_row)
{
	struct query q;
	const char *problem = query_parse(&q, queries[_i].raw), *got;

	ck_assert_int_eq(problem != NULL, queries[_i].refused);
	if (!problem) {
		got = query_get(&q, "a");
		ck_assert_pstr_eq(got, queries[_i].value);
	}
	query_fini(&q);
}
END_TEST

/* --- what a client wants ---------------------------------------------------------------------- */

static const struct {
	const char *header;
	enum accept_format want;
} accepts[] = {
	{NULL, ACCEPT_TEXT},
	{"", ACCEPT_TEXT},
	{"*/*", ACCEPT_TEXT},
	{"text/plain", ACCEPT_TEXT},
	{"application/json", ACCEPT_JSON},
	{"application/openmetrics-text", ACCEPT_OPENMETRICS},
	{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
	 "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		ACCEPT_OPENMETRICS},
	{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
	 "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
	 "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		ACCEPT_OPENMETRICS},
	{"application/openmetrics-text;version=0.0.1", ACCEPT_TEXT},
	{"application/openmetrics-text;q=0.4, text/plain;q=0.5", ACCEPT_TEXT},
	{"application/openmetrics-text;q=0, */*", ACCEPT_TEXT},
	{"text/plain;q=0, application/json", ACCEPT_JSON},
	{"APPLICATION/JSON", ACCEPT_JSON},
	{"application/json;q=0.9,*/*;q=0.8", ACCEPT_JSON},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ACCEPT_TEXT},
	{"image/png", ACCEPT_TEXT},
	{"application/json;q=abc", ACCEPT_TEXT},
	{";;;,,,q=;", ACCEPT_TEXT},
	{"text/plain; version=\"0.0.4\"; q=0.2, application/json; q=0.1", ACCEPT_TEXT},
};

START_TEST(accept_row)
{
	ck_assert_int_eq(accept_format(accepts[_i].header, true), accepts[_i].want);
}
END_TEST

static const struct {
	const char *header;
	bool want;
} gzips[] = {
	{NULL, false},
	{"gzip", true},
	{"gzip;q=0", false},
	{"identity", false},
	{"deflate, gzip;q=0.5", true},
	{"*", true},
	{"*;q=0", false},
	{"gzip;q=0, *", false},
	{"GZIP", true},
	{"xgzip", false},
};

START_TEST(gzip_row)
{
	ck_assert_int_eq(accept_gzip(gzips[_i].header), gzips[_i].want);
}
END_TEST

/* --- targets ---------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	enum target_status status;
	const char *host;
	int port;
} targets[] = {
	{"mail.example.org", TARGET_OK, "mail.example.org", 0},
	{"mail.example.org:995", TARGET_OK, "mail.example.org", 995},
	{"192.0.2.1", TARGET_OK, "192.0.2.1", 0},
	{"192.0.2.1:110", TARGET_OK, "192.0.2.1", 110},
	{"[2001:db8::25]:995", TARGET_OK, "2001:db8::25", 995},
	{"[2001:db8::25]", TARGET_OK, "2001:db8::25", 0},
	{"2001:db8::25", TARGET_OK, "2001:db8::25", 0},
	{"::1", TARGET_OK, "::1", 0},
	{"%5B2001%3Adb8%3A%3A25%5D%3A995", TARGET_OK, "2001:db8::25", 995},
	{"192.0.2.1%3A110", TARGET_OK, "192.0.2.1", 110},
	{"192.0.2.1%253A110", TARGET_OK, "192.0.2.1", 110},
	{"fe80::1%eth0", TARGET_OK, "fe80::1%eth0", 0},
	{":0", TARGET_BAD_HOST, "", 0},
	{"host:0", TARGET_BAD_PORT, "host", 0},
	{"host:65536", TARGET_BAD_PORT, "host", 0},
	{"host:99999999999999999999999", TARGET_BAD_PORT, "host", 0},
	{"host:", TARGET_BAD_PORT, "host", 0},
	{"host:abc", TARGET_BAD_PORT, "host", 0},
	{"host:-1", TARGET_BAD_PORT, "host", 0},
	{"", TARGET_BAD, "", 0},
	{"a b", TARGET_BAD_HOST, "a b", 0},
	{"a\nb", TARGET_BAD, "", 0},
	{"user@host", TARGET_BAD_HOST, "user@host", 0},
	{"http://host:110/", TARGET_BAD_HOST, "http://host:110/", 0},
	{"[::1", TARGET_BAD, "", 0},
	{"[::1]x", TARGET_BAD, "", 0},
	{"[host]:110", TARGET_BAD_HOST, "host", 0},
	{"/run/socket", TARGET_OK, "/run/socket", 0},
};

START_TEST(target_row)
{
	struct target t;

	ck_assert_int_eq(target_parse(targets[_i].text, &t), targets[_i].status);
	if (targets[_i].status == TARGET_BAD)
		return;
	ck_assert_str_eq(t.host, targets[_i].host);
	ck_assert_int_eq(t.port, targets[_i].port);
}
END_TEST

/* --- allow lists ------------------------------------------------------------------------------ */

static const struct {
	const char *list; /* NULL: an empty one */
	const char *address;
	int port;
	int want; /* -1: the list is refused */
} allows[] = {
	{NULL, "192.0.2.1", 110, 1},
	{"192.0.2.0/24", "192.0.2.255", 110, 1},
	{"192.0.2.0/24", "192.0.3.1", 110, 0},
	{"192.0.2.1", "192.0.2.1", 1, 1},
	{"192.0.2.1", "192.0.2.2", 1, 0},
	{"192.0.2.0/24:110,995", "192.0.2.7", 995, 1},
	{"192.0.2.0/24:110,995", "192.0.2.7", 25, 0},
	{"192.0.2.0/24:100-120", "192.0.2.7", 120, 1},
	{"192.0.2.0/24:100-120", "192.0.2.7", 121, 0},
	{"0.0.0.0/0", "203.0.113.9", 110, 1},
	{"0.0.0.0/0", "2001:db8::1", 110, 0},
	{"::/0", "2001:db8::1", 110, 1},
	{"2001:db8::/32", "2001:db8:ffff::1", 110, 1},
	{"2001:db8::/32", "2001:db9::1", 110, 0},
	{"[2001:db8::/32]:995", "2001:db8::1", 995, 1},
	{"[2001:db8::/32]:995", "2001:db8::1", 110, 0},
	{"192.0.2.0/24", "::ffff:192.0.2.5", 110, 1},
	{"10.0.0.0/33", "", 0, -1},
	{"10.0.0/8", "", 0, -1},
	{"host", "", 0, -1},
	{"10.0.0.0/8:0", "", 0, -1},
	{"10.0.0.0/8:9-8", "", 0, -1},
	{"10.0.0.0/8:x", "", 0, -1},
	{"", "", 0, -1},
};

START_TEST(allow_row)
{
	struct allow_list l = {0};
	const char *problem = allows[_i].list ? allow_add(&l, allows[_i].list) : NULL;
	struct net_address a;

	ck_assert_int_eq(problem != NULL, allows[_i].want < 0);
	if (!problem) {
		ck_assert(net_address_literal(allows[_i].address, (uint16_t)allows[_i].port, &a));
		ck_assert_int_eq(allow_address(&l, &a), allows[_i].want);
	}
	allow_fini(&l);
}
END_TEST

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

Suite *parts_suite(void)
{
	Suite *s = suite_create("exporter parts");
	TCase *c = tcase_create("rows");

	tcase_add_loop_test(c, timeout_row, 0, ROWS(timeouts));
	tcase_add_loop_test(c, query_row, 0, ROWS(queries));
	tcase_add_loop_test(c, accept_row, 0, ROWS(accepts));
	tcase_add_loop_test(c, gzip_row, 0, ROWS(gzips));
	tcase_add_loop_test(c, target_row, 0, ROWS(targets));
	tcase_add_loop_test(c, allow_row, 0, ROWS(allows));
	suite_add_tcase(s, c);
	return s;
}
