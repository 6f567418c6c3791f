/* What /probe answers about a server, good or bad. */
#include "client.h"
#include "expo.h"
#include "rig.h"
#include "suite.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static struct rig rig;

static const char config[] =
	"modules:\n"
	"  s: {prober: pop3, pop3: {tls: implicit, tls_config: {ca_file: '@/ca.pem'}}}\n"
	"  sn: {prober: pop3, pop3: {tls: implicit, tls_config: {ca_file: '@/ca.pem', "
	"server_name: localhost}}}\n"
	"  stls: {prober: pop3, pop3: {tls: stls, tls_config: {ca_file: '@/ca.pem'}}}\n"
	"  short: {prober: pop3, timeout: 300ms}\n"
	"  login: {prober: pop3, pop3: {auth: {username: alice, password: wonderland-7Q, "
	"targets: [127.0.0.0/8]}}}\n"
	"  clear: {prober: pop3, pop3: {auth: {username: alice, password: wonderland-7Q, "
	"mechanism: plain, targets: any}}}\n"
	"  wrong: {prober: pop3, pop3: {auth: {username: alice, password: not-it-4711, "
	"mechanism: cram-md5, targets: any}}}\n"
	"  labels: {prober: pop3, pop3: {greeting_metric: true, capability_metric: true}}\n"
	"  connect: {prober: tcp}\n"
	"auths:\n"
	"  bob: {username: bob, password: builder-3K-secret, targets: [127.0.0.1]}\n"
	"  far: {username: bob, password: builder-3K-secret, targets: ['*.example.org']}\n";

static void tear_down(void)
{
	rig_stop(&rig);
}

/* --- good and bad servers, side by side ------------------------------------------------------- */

static const struct {
	const char *scenario, *query;
	int success;
	const char *reason; /* phase="...",reason="..."; NULL: OK */
	const char *has;
} rows[] = {
	{"", "target=127.0.0.1:{plain}", 1, NULL, "probe_pop3_stls_offered 1"},
	{"", "target=localhost:{plain}", 1, NULL, "probe_ip_protocol 4"},
	{"", "target=127.0.0.1%3A{plain}", 1, NULL, NULL},
	{"", "target=127.0.0.1%253A{plain}", 1, NULL, NULL},
	{"", "target=%5B%3A%3Affff%3A127.0.0.1%5D%3A{plain}", 1, NULL, NULL},
	{"", "target=127.0.0.1:{plain}&module=connect", 1, NULL, NULL},
	{"on CONNECT close", "target=127.0.0.1:{plain}&module=connect", 1, NULL, NULL},
	{"", "target=localhost:{tls}&module=s", 1, NULL, "probe_ssl_verify_info{result=\"ok\"} 1"},
	{"", "target=127.0.0.1:{tls}&module=s&hostname=localhost", 1, NULL,
		"probe_ssl_last_chain_info"},
	{"", "target=127.0.0.1:{tls}&module=sn", 1, NULL, "probe_tls_version_info{version=\"TLS "},
	{"", "target=127.0.0.1:{tls}&module=s&hostname=other.example", 0,
		"phase=\"tls\",reason=\"cert_name_mismatch\"",
		"probe_ssl_cert_not_after_timestamp_seconds{chain_index=\"0\""},
	{"", "target=127.0.0.1:{tls}&module=pop3s", 0, "phase=\"tls\",reason=\"cert_untrusted\"",
		"probe_ssl_earliest_cert_expiry"},
	{"cert expired", "target=localhost:{tls}&module=s", 0,
		"phase=\"tls\",reason=\"cert_expired\"", "probe_ssl_earliest_cert_expiry"},
	{"cert expired", "target=localhost:{plain}&module=stls", 0,
		"phase=\"tls\",reason=\"cert_expired\"",
		"probe_ssl_verify_info{result=\"cert_expired\"} 1"},
	{"", "target=localhost:{plain}&module=stls", 1, NULL, "probe_pop3_stls_trailing_bytes 0"},
	{"on STLS send \"+OK\\r\\n+OK injected\\r\\n\" starttls",
		"target=localhost:{plain}&module=stls", 0,
		"phase=\"stls\",reason=\"stls_injection\"", "probe_pop3_stls_trailing_bytes"},
	{"on STLS send \"-ERR no\\r\\n\"", "target=localhost:{plain}&module=stls", 0,
		"phase=\"stls\",reason=\"stls_refused\"", NULL},
	{"greeting \"-ERR too many connections\\r\\n\"", "target=127.0.0.1:{plain}", 0,
		"phase=\"greeting\",reason=\"rejected\"", NULL},
	{"on GREETING hang", "target=127.0.0.1:{plain}&module=short", 0,
		"phase=\"greeting\",reason=\"timeout\"", "probe_timeout_seconds 0.3"},
	{"on GREETING close", "target=127.0.0.1:{plain}", 0, "phase=\"greeting\",reason=\"closed\"",
		NULL},
	{"on GREETING flood \"+OK aaaaaaaaaaaaaaaa\"", "target=127.0.0.1:{plain}", 0,
		"phase=\"greeting\",reason=\"line_too_long\"", NULL},
	{"", "target=127.0.0.1:{refused}", 0, "phase=\"connect\",reason=\"refused\"", NULL},
	{"", "target=127.0.0.1:{full}&module=short", 0, "phase=\"connect\",reason=\"timeout\"",
		NULL},
	{"", "target=:0", 0, "phase=\"resolve\",reason=\"dns_not_found\"", NULL},
	{"", "target=127.0.0.1:0", 0, "phase=\"connect\",reason=\"unreachable\"", NULL},
	{"", "target=127.0.0.1:70000", 0, "phase=\"connect\",reason=\"unreachable\"", NULL},
	{"", "target=127.0.0.1&module=connect", 0, "phase=\"connect\",reason=\"unreachable\"",
		NULL},
	{"", "target=user@127.0.0.1:{plain}", 0, "phase=\"resolve\",reason=\"dns_not_found\"",
		NULL},
	{"", "target=/run/nosuch.sock", 0, "phase=\"connect\",reason=\"target_not_allowed\"", NULL},
	{"", "target=127.0.0.1:{plain}&module=login", 1, NULL, "probe_pop3_maildrop_messages 3"},
	{"", "target=localhost:{plain}&module=login", 1, NULL,
		"probe_pop3_duration_seconds{phase=\"auth\"}"},
	{"", "target=127.0.0.1:{plain}&auth=bob", 1, NULL, "probe_pop3_maildrop_messages 3"},
	{"", "target=127.0.0.1:{plain}&auth=far", 0,
		"phase=\"connect\",reason=\"target_not_allowed\"", NULL},
	{"", "target=127.0.0.1:{plain}&auth=bob&hostname=evil.example", 0,
		"phase=\"connect\",reason=\"target_not_allowed\"", NULL},
	{"", "target=127.0.0.1:{plain}&module=clear", 0,
		"phase=\"auth\",reason=\"plaintext_refused\"", NULL},
	{"", "target=127.0.0.1:{plain}&module=wrong", 0, "phase=\"auth\",reason=\"auth_rejected\"",
		NULL},
	{"on AUTH send \"-ERR [IN-USE] busy\\r\\n\"", "target=127.0.0.1:{plain}&module=wrong", 1,
		"phase=\"auth\",reason=\"in_use\",severity=\"warning\"", "probe_pop3_state 1"},
	{"greeting \"+OK \\xff\\xfe\\\"quote\\\\ \\x1b[31m\\x00 <a>\\r\\n\"",
		"target=127.0.0.1:{plain}&module=labels", 1, NULL, "probe_pop3_greeting_info"},
};

static void row_setup(int i)
{
	rig_start(&rig, rows[i].scenario, config, "");
}

START_TEST(probe_row)
{
	char path[512], why[EXPO_WHY_MAX];
	struct reply r;

	row_setup(_i);
	snprintf(path, sizeof(path), "/probe?%s", rows[_i].query);
	client_get(
		rig.port, rig_path(&rig, path), "X-Prometheus-Scrape-Timeout-Seconds: 5\r\n", &r);
	ck_assert_msg(r.status == 200, "%s: %s", rows[_i].query, r.body);
	ck_assert_msg((int)reply_value(&r, "probe_success") == rows[_i].success, "%s", r.body);
	ck_assert(!isnan(reply_value(&r, "probe_duration_seconds")));
	if (rows[_i].reason)
		ck_assert_msg(reply_has(&r, rows[_i].reason), "%s", r.body);
	else
		ck_assert_msg(!reply_has(&r, "probe_failure_info"), "%s", r.body);
	if (rows[_i].has)
		ck_assert_msg(reply_has(&r, rows[_i].has), "%s", r.body);
	ck_assert_msg(!expo_check(r.body, r.body_octets, false, why), "%s\n%s", why, r.body);
	reply_fini(&r);
}
END_TEST

/* --- the deadline ----------------------------------------------------------------------------- */

static const struct {
	const char *query, *header;
	double seconds;
} deadlines[] = {
	{"", "1", 0.5},
	{"", "0.3", 0.15},
	{"", "0.5", 0.25},
	{"&module=short", "10", 0.3},
	{"&module=short", "NaN", 0.3},
	{"&module=short", "-5", 0.3},
	{"&module=login", "1", 0.5},
};

START_TEST(deadline_row)
{
	char path[256], header[128];
	struct reply r;

	rig_start(&rig, "on GREETING hang", config, "");
	snprintf(path, sizeof(path), "/probe?target=127.0.0.1:{plain}%s", deadlines[_i].query);
	snprintf(header, sizeof(header), "X-Prometheus-Scrape-Timeout-Seconds: %s\r\n",
		deadlines[_i].header);
	client_get(rig.port, rig_path(&rig, path), header, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_double_eq_tol(
		reply_value(&r, "probe_timeout_seconds"), deadlines[_i].seconds, 1e-6);
	ck_assert_double_ge(r.seconds, deadlines[_i].seconds - 0.02);
	ck_assert_double_lt(r.seconds, deadlines[_i].seconds + 0.15);
	ck_assert(reply_has(&r, "reason=\"timeout\""));
	reply_fini(&r);
}
END_TEST

/* --- forms ------------------------------------------------------------------------------------ */

static void plain_setup(void)
{
	rig_start(&rig, "", config, "");
}

START_TEST(json_form)
{
	struct json_object *o, *v;
	struct reply r;

	client_get(rig.port,
		rig_path(&rig, "/probe?target=127.0.0.1:{plain}&module=login&format=json"), NULL,
		&r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_ptr_nonnull(strstr(r.head, "Content-Type: application/json"));
	o = json_tokener_parse(r.body);
	ck_assert_ptr_nonnull(o);
	ck_assert(json_object_object_get_ex(o, "success", &v) && json_object_get_boolean(v));
	ck_assert(json_object_object_get_ex(o, "maildrop", &v));
	ck_assert(json_object_object_get_ex(o, "module", &v));
	ck_assert_str_eq(json_object_get_string(v), "login");
	json_object_put(o);
	reply_fini(&r);
	client_get(rig.port, rig_path(&rig, "/probe?target=127.0.0.1:{plain}"),
		"Accept: application/json\r\n", &r);
	ck_assert_ptr_nonnull(strstr(r.head, "Content-Type: application/json"));
	reply_fini(&r);
}
END_TEST

START_TEST(gzip_form)
{
	static unsigned char plain[65536];
	char why[EXPO_WHY_MAX];
	z_stream z = {0};
	struct reply r;

	client_get(rig.port, rig_path(&rig, "/probe?target=127.0.0.1:{plain}"),
		"Accept-Encoding: gzip\r\n", &r);
	ck_assert_ptr_nonnull(strstr(r.head, "Content-Encoding: gzip"));
	ck_assert_ptr_nonnull(strstr(r.head, "Accept-Encoding\r\n"));
	ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (unsigned char *)r.body;
	z.avail_in = (unsigned)r.body_octets;
	z.next_out = plain;
	z.avail_out = sizeof(plain);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	ck_assert_msg(!expo_check((char *)plain, z.total_out, false, why), "%s", why);
	inflateEnd(&z);
	reply_fini(&r);
}
END_TEST

static const char *const secret_forms[] = {
	"wonderland-7Q", "d29uZGVybGFuZC03U", "not-it-4711", "776f6e6465726c616e64"};

static const char *const pages[] = {
	"/probe?target=127.0.0.1:{plain}&module=login&debug=true",
	"/probe?target=127.0.0.1:{plain}&module=wrong&debug=true",
	"/probe?target=127.0.0.1:{plain}&module=login&debug=true&format=json",
	"/config",
	"/logs?target=127.0.0.1",
	"/logs?target=127.0.0.1:{plain}&module=wrong&failed=1",
	"/",
	"/metrics",
};

/* A server that says everything back. */
START_TEST(secrets_row)
{
	struct reply r;
	char *log;

	rig_start(&rig,
		"on STAT send \"-ERR wonderland-7Q d29uZGVybGFuZC03UQ== 776f6e6465726c616e642d3751"
		"\\r\\n\"\non AUTH#2 send \"-ERR not-it-4711\\r\\n\"",
		config, "--log.level debug");
	for (size_t i = 0; i < 2; i++) {
		client_get(rig.port, rig_path(&rig, pages[i]), NULL, &r);
		reply_fini(&r);
	}
	client_get(rig.port, rig_path(&rig, pages[_i]), NULL, &r);
	log = rig_read(&rig, "log");
	ck_assert_int_eq(r.status, 200);
	for (size_t i = 0; i < sizeof(secret_forms) / sizeof(secret_forms[0]); i++) {
		ck_assert_msg(!reply_has(&r, secret_forms[i]), "%s", r.body);
		ck_assert_ptr_null(strstr(log, secret_forms[i]));
	}
	free(log);
	reply_fini(&r);
}
END_TEST

START_TEST(debug_page)
{
	struct reply r;

	client_get(rig.port,
		rig_path(&rig,
			"/probe?target=127.0.0.1:{plain}&module=s&hostname=mail.test&debug=true"),
		"X-Prometheus-Scrape-Timeout-Seconds: 2\r\n", &r);
	ck_assert(reply_has(&r, "server_name: "));
	ck_assert(reply_has(&r, "mail.test"));
	ck_assert(reply_has(&r, "probe_success 0"));
	reply_fini(&r);
	client_get(
		rig.port, rig_path(&rig, "/probe?target=127.0.0.1:{plain}&debug=true"), NULL, &r);
	ck_assert(reply_has(&r, "C: CAPA"));
	ck_assert(reply_has(&r, "S: +OK popd ready"));
	reply_fini(&r);
	client_get(
		rig.port, rig_path(&rig, "/logs?target=127.0.0.1:{plain}&module=pop3"), NULL, &r);
	ck_assert(reply_has(&r, "C: CAPA"));
	reply_fini(&r);
}
END_TEST

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

Suite *probe_suite(void)
{
	Suite *s = suite_create("exporter probe");
	TCase *own = tcase_create("servers"), *c = tcase_create("forms");

	tcase_add_checked_fixture(own, NULL, tear_down);
	tcase_set_timeout(own, 30);
	tcase_add_loop_test(own, probe_row, 0, ROWS(rows));
	tcase_add_loop_test(own, deadline_row, 0, ROWS(deadlines));
	tcase_add_loop_test(own, secrets_row, 0, ROWS(pages));
	suite_add_tcase(s, own);
	tcase_add_checked_fixture(c, plain_setup, tear_down);
	tcase_set_timeout(c, 30);
	tcase_add_test(c, json_form);
	tcase_add_test(c, gzip_form);
	tcase_add_test(c, debug_page);
	suite_add_tcase(s, c);
	return s;
}
