/* Files that load: every key, blackbox's own, several by glob, what is built in, the dump. */
#include "test_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char every_key[] =
	"modules:\n"
	"  everything:\n"
	"    prober: pop3\n"
	"    timeout: 1m30s\n"
	"    pop3:\n"
	"      tls: starttls\n"
	"      tls_config:\n"
	"        server_name: mail.example.org\n"
	"        insecure_skip_verify: false\n"
	"        min_version: TLS12\n"
	"        max_version: TLS13\n"
	"      preferred_ip_protocol: ip4\n"
	"      ip_protocol_fallback: false\n"
	"      source_ip_address: 127.0.0.1\n"
	"      proxy_protocol: 2\n"
	"      auth: probe\n"
	"      require_capabilities: [UIDL, TOP]\n"
	"      forbid_capabilities: IMPLEMENTATION\n"
	"      stat: true\n"
	"      fail_if_cert_expires_within: 14d\n"
	"      limits:\n"
	"        time: {warning: 0.5, critical: '1'}\n"
	"        messages: {critical: '~:100'}\n"
	"      states: {in_use: ok, auth_rejected: Warning}\n"
	"      greeting_metric: true\n"
	"      capability_metric: yes\n"
	"  inline:\n"
	"    prober: pop3\n"
	"    pop3:\n"
	"      tls: implicit\n"
	"      tls_config: {insecure_skip_verify: true}\n"
	"      auth: {username: wrong, password: mysecret, expect: reject, targets: any}\n"
	"auths:\n"
	"  probe:\n"
	"    username: probe@example.org\n"
	"    password: \"mysecret\"\n"
	"    mechanism: plain\n"
	"    authzid: shared\n"
	"    expect: accept\n"
	"    allow_plaintext: true\n"
	"    targets: ['*.example.org', 192.0.2.0/24, '2001:db8::/32']\n"
	"    min_login_interval: 5m\n"
	"  command:\n"
	"    username: x\n"
	"    password_command: [/bin/echo, \"it's\", mysecret]\n"
	"    targets: 10.0.0.1\n";

static struct config *good(const char *content)
{
	struct config *c = config_try(content);

	ck_assert_msg(c != NULL, "%s", config_error);
	return c;
}

START_TEST(every_key_lands)
{
	struct config *c = good(every_key);
	const struct config_module *m = config_module(c, "everything");
	const struct report_policy *p = &m->policy;

	ck_assert_uint_eq(m->timeout_ns, UINT64_C(90000000000));
	ck_assert_int_eq(m->tls_mode, PROBE_TLS_STLS);
	ck_assert_int_eq(m->tls.verify, TLS_VERIFY_REQUIRE);
	ck_assert_int_eq(m->tls.min, TLS_VERSION_1_2);
	ck_assert_int_eq(m->tls.max, TLS_VERSION_1_3);
	ck_assert_str_eq(m->server_name, "mail.example.org");
	ck_assert_int_eq(m->preferred, NET_FAMILY_4);
	ck_assert(!m->family_fallback);
	ck_assert_str_eq(m->source, "127.0.0.1");
	ck_assert_int_eq(m->proxy_protocol, 2);
	ck_assert(m->stat && m->greeting_metric && m->capability_metric);
	ck_assert_uint_eq(p->require_count, 2);
	ck_assert_str_eq(p->require_capabilities[1], "TOP");
	ck_assert_str_eq(p->forbid_capabilities[0], "IMPLEMENTATION");
	ck_assert(p->has_cert_critical && p->cert_critical_days == 14);
	ck_assert(p->limits[MEASURE_TIME].has_warning && p->limits[MEASURE_TIME].has_critical);
	ck_assert(!p->limits[MEASURE_MESSAGES].has_warning);
	ck_assert_int_eq(p->states[REASON_IN_USE], SEVERITY_OK);
	ck_assert_int_eq(p->states[REASON_AUTH_REJECTED], SEVERITY_WARNING);
	ck_assert(p->state_given[REASON_IN_USE] && !p->state_given[REASON_TIMEOUT]);
	ck_assert_uint_eq(config_module_port(m), 110);
	config_unref(c);
}
END_TEST

START_TEST(every_key_of_auths_lands)
{
	struct config *c = good(every_key);
	const struct config_auth *a = config_auth(c, "probe");
	const struct config_module *m = config_module(c, "inline");
	char err[256];
	struct secret *secret = config_auth_secret(config_store, a, err, sizeof(err));

	ck_assert_ptr_eq(config_module(c, "everything")->auth, a);
	ck_assert_str_eq(a->username, "probe@example.org");
	ck_assert_str_eq(a->authzid, "shared");
	ck_assert(!a->automatic && a->mech == AUTH_PLAIN);
	ck_assert(a->allow_plaintext && !a->expect_reject && !a->inline_mapping);
	ck_assert_uint_eq(a->min_login_interval_ns, UINT64_C(300000000000));
	ck_assert(slice_eq(secret_slice(secret), slice_str("mysecret")));
	secret_free(secret);
	ck_assert(m->auth->inline_mapping && m->auth->expect_reject && m->auth->automatic);
	ck_assert_int_eq(m->tls.verify, TLS_VERIFY_OFF);
	ck_assert_uint_eq(config_module_port(m), 995);
	ck_assert_str_eq(
		config_auth(c, "command")->password_from, "'/bin/echo' 'it'\\''s' 'mysecret'");
	ck_assert_ptr_null(config_auth(c, "inline"));
	ck_assert_uint_eq(config_auth_count(c), 2);
	config_unref(c);
}
END_TEST

START_TEST(built_in_without_a_file)
{
	struct config *c = config_try_pattern(NULL);

	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(config_module_count(c), 3);
	ck_assert_int_eq(config_module(c, "pop3")->tls_mode, PROBE_TLS_NONE);
	ck_assert_int_eq(config_module(c, "pop3s")->tls_mode, PROBE_TLS_IMPLICIT);
	ck_assert_int_eq(config_module(c, "pop3_stls")->tls_mode, PROBE_TLS_STLS);
	ck_assert_uint_eq(config_module(c, "pop3s")->timeout_ns, 0);
	ck_assert(config_module(c, "pop3")->built_in && config_module(c, "pop3")->family_fallback);
	ck_assert_ptr_null(config_module(c, "nosuch"));
	ck_assert_ptr_null(config_auth(c, "nosuch"));
	ck_assert_str_eq(config_nearest_module(c, "pop3_tsls"), "pop3_stls");
	ck_assert_uint_eq(config_loaded_checksum(c), 0);
	ck_assert_ptr_eq(config_ref(c), c);
	config_unref(c);
	config_unref(c);
}
END_TEST

START_TEST(a_file_redefines_what_is_built_in)
{
	struct config *c =
		good("modules:\n  pop3: {prober: pop3, timeout: 3s}\n  z: {prober: pop3}");

	ck_assert_uint_eq(config_module_count(c), 4);
	ck_assert_uint_eq(config_module(c, "pop3")->timeout_ns, UINT64_C(3000000000));
	ck_assert(!config_module(c, "pop3")->built_in);
	ck_assert_str_eq(config_module_at(c, 3)->name, "z");
	ck_assert_ptr_null(config_module_at(c, 4));
	config_unref(c);
}
END_TEST

/* Blackbox's example, with what POP3 people wrote into it. */
START_TEST(blackbox_file_loads_unchanged)
{
	struct config *c = good(
		"modules:\n"
		"  http_2xx:\n"
		"    prober: http\n"
		"    http: {preferred_ip_protocol: \"ip4\", valid_status_codes: []}\n"
		"  icmp: {prober: icmp}\n"
		"  tcp_connect:\n"
		"    prober: tcp\n"
		"  mail_banner:\n"
		"    prober: tcp\n"
		"    timeout: 5s\n"
		"    http:\n"
		"    tcp:\n"
		"      preferred_ip_protocol: \"\"\n"
		"      query_response:\n"
		"      - expect: '^\\+OK (?P<who>.*)$'\n"
		"        labels: [{name: who, value: '${who}'}]\n"
		"      - send: \"STLS\\r\"\n"
		"      - expect: '^\\+OK'\n"
		"      - starttls: true\n"
		"      - expect_bytes: \"+OK\"\n"
		"      tls_config: {server_name: mail.example.org, insecure_skip_verify: true}\n");
	const struct config_module *m = config_module(c, "mail_banner");

	ck_assert_str_eq(config_foreign_prober(c, "http_2xx"), "http");
	ck_assert_str_eq(config_foreign_prober(c, "icmp"), "icmp");
	ck_assert_ptr_null(config_foreign_prober(c, "nosuch"));
	ck_assert_ptr_null(config_module(c, "http_2xx"));
	ck_assert_str_eq(config_notes,
		"module \"http_2xx\" skipped: its prober http is none of this program's\n"
		"module \"icmp\" skipped: its prober icmp is none of this program's\n");
	ck_assert_int_eq(m->prober, CONFIG_PROBER_TCP);
	ck_assert_uint_eq(config_module_port(m), 0);
	ck_assert_uint_eq(m->query_count, 5);
	ck_assert_ptr_nonnull(m->queries[0].re);
	ck_assert_str_eq(m->queries[0].labels[0].value, "${who}");
	ck_assert_str_eq(m->queries[1].send, "STLS\r");
	ck_assert(m->queries[3].starttls && !m->queries[3].re);
	ck_assert_uint_eq(config_module(c, "tcp_connect")->query_count, 0);
	config_unref(c);
}
END_TEST

START_TEST(tcp_credentials_are_marked)
{
	struct config *c = good("modules:\n  t:\n    prober: tcp\n    tcp:\n"
				"      targets: [mail.example.org]\n"
				"      allow_plaintext: true\n"
				"      query_response:\n"
				"      - send: \"user bob\\r\"\n"
				"      - send: \"PASS mysecret\\r\"\n"
				"      - send: \"STAT\\r\"\n");
	const struct config_module *m = config_module(c, "t");
	struct buf out;

	ck_assert(!m->queries[0].secret && m->queries[1].secret);
	buf_init(&out, 65536);
	ck_assert(config_dump_module(m, NULL, &out));
	ck_assert_ptr_null(strstr(buf_str(&out), "mysecret"));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "user bob"));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "<secret>"));
	buf_fini(&out);
	config_unref(c);
}
END_TEST

START_TEST(anchors_and_merges)
{
	struct config *c = good("modules:\n"
				"  base: &base\n"
				"    prober: pop3\n"
				"    timeout: 5s\n"
				"    pop3: &p {tls: implicit}\n"
				"  more:\n"
				"    <<: *base\n"
				"    timeout: 7s\n"
				"  alias: *base\n"
				"  list:\n"
				"    <<: [{timeout: 1s}, *base]\n"
				"    pop3: {<<: *p, stat: true}\n");

	ck_assert_uint_eq(config_module(c, "more")->timeout_ns, UINT64_C(7000000000));
	ck_assert_int_eq(config_module(c, "more")->tls_mode, PROBE_TLS_IMPLICIT);
	ck_assert_uint_eq(config_module(c, "alias")->timeout_ns, UINT64_C(5000000000));
	ck_assert_uint_eq(config_module(c, "list")->timeout_ns, UINT64_C(1000000000));
	ck_assert(config_module(c, "list")->stat);
	ck_assert_int_eq(config_module(c, "list")->tls_mode, PROBE_TLS_IMPLICIT);
	config_unref(c);
}
END_TEST

START_TEST(several_files_by_glob)
{
	char pattern[128];
	struct config *c;

	config_write("a.yml", 0600, "modules:\n  a: {prober: pop3, pop3: {auth: b}}\n");
	config_write(
		"b.yml", 0600, "auths:\n  b: {username: u, password: p, targets: [x.example]}\n");
	config_write("c.yml", 0600, "# nothing yet\n");
	snprintf(pattern, sizeof(pattern), "%s/*.yml", config_folder);
	c = config_try_pattern(pattern);
	ck_assert_msg(c != NULL, "%s", config_error);
	ck_assert_ptr_eq(config_module(c, "a")->auth, config_auth(c, "b"));
	config_unref(c);
}
END_TEST

START_TEST(one_name_in_two_files)
{
	char pattern[128], wanted[512];

	config_write("a.yml", 0600, "modules:\n  twice: {prober: pop3}\n");
	config_write("b.yml", 0600, "modules:\n\n  twice: {prober: pop3}\n");
	snprintf(pattern, sizeof(pattern), "%s/*.yml", config_folder);
	ck_assert_ptr_null(config_try_pattern(pattern));
	snprintf(wanted, sizeof(wanted), "%s/b.yml:3:3: module \"twice\" is also in %s/a.yml:2:3",
		config_folder, config_folder);
	ck_assert_str_eq(config_error, wanted);
}
END_TEST

static void no_file(const char *pattern, const char *words)
{
	char wanted[512];
	uint64_t sum;

	snprintf(wanted, sizeof(wanted), "%s: %s", pattern, words);
	ck_assert_ptr_null(config_try_pattern(pattern));
	ck_assert_str_eq(config_error, wanted);
	ck_assert(!config_checksum(pattern, &sum, config_error));
	ck_assert_str_eq(config_error, wanted);
}

START_TEST(no_such_file)
{
	char pattern[128];

	snprintf(pattern, sizeof(pattern), "%s/none.yml", config_folder);
	no_file(pattern, "No such file or directory");
	snprintf(pattern, sizeof(pattern), "%s/*.yml", config_folder);
	no_file(pattern, "no file matches");
	no_file(config_folder, "is a directory");
	no_file("/dev/null", "is no regular file");
}
END_TEST

START_TEST(checksum_follows_content_and_names)
{
	char pattern[128], err[CONFIG_ERROR_MAX];
	uint64_t first, sum;
	struct config *c;

	snprintf(pattern, sizeof(pattern), "%s/*.yml", config_folder);
	config_write("a.yml", 0600, "modules:\n");
	ck_assert(config_checksum(pattern, &first, err));
	c = config_try_pattern(pattern);
	ck_assert_uint_eq(config_loaded_checksum(c), first);
	config_unref(c);
	config_write("a.yml", 0600, "modules: \n");
	ck_assert(config_checksum(pattern, &sum, err) && sum != first);
	config_write("a.yml", 0600, "");
	ck_assert(config_checksum(pattern, &sum, err) && sum != first);
	config_write("a.yml", 0600, "modules:\n");
	ck_assert(config_checksum(pattern, &sum, err) && sum == first);
	config_write("b.yml", 0600, "");
	ck_assert(config_checksum(pattern, &sum, err) && sum != first);
}
END_TEST

static char *dump(const struct config *c)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	ck_assert(config_dump(c, &out));
	text = buf_dup(&out);
	buf_fini(&out);
	return text;
}

START_TEST(dump_reads_back_without_secrets)
{
	struct config *c = good(every_key), *again;
	char *first = dump(c), *second;

	ck_assert_ptr_null(strstr(first, "mysecret"));
	ck_assert_ptr_nonnull(strstr(first, "password: <secret>"));
	config_unref(c);
	again = good(first);
	second = dump(again);
	ck_assert_str_eq(first, second);
	ck_assert_int_eq(config_module(again, "everything")->tls.min, TLS_VERSION_1_2);
	config_unref(again);
	free(first);
	free(second);
}
END_TEST

START_TEST(dump_with_another_server_name)
{
	struct config *c = good(every_key);
	struct buf out;

	buf_init(&out, 65536);
	ck_assert(config_dump_module(config_module(c, "inline"), "named.example", &out));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "server_name: \"named.example\"\n"));
	buf_fini(&out);
	buf_init(&out, 64);
	ck_assert(!config_dump(c, &out));
	buf_fini(&out);
	config_unref(c);
}
END_TEST

START_TEST(many_auths)
{
	struct buf text;
	struct config *c;

	buf_init(&text, CONFIG_FILE_OCTETS_MAX);
	(void)buf_add_str(&text, "auths:\n");
	for (int i = 0; i < 3000; i++)
		(void)buf_addf(&text,
			"  host%d: {username: u%d, password_env: TEST_CONFIG_PW, targets: "
			"[mail%d.example.org]}\n",
			i, i, i);
	setenv("TEST_CONFIG_PW", "p", 1);
	c = good(buf_str(&text));
	ck_assert_uint_eq(config_auth_count(c), 3000);
	ck_assert_str_eq(config_auth(c, "host1234")->username, "u1234");
	config_unref(c);
	buf_fini(&text);
}
END_TEST

void test_config_add_good(Suite *s)
{
	TCase *t = tcase_create("good files");

	tcase_add_checked_fixture(t, config_folder_make, config_folder_remove);
	tcase_add_test(t, every_key_lands);
	tcase_add_test(t, every_key_of_auths_lands);
	tcase_add_test(t, built_in_without_a_file);
	tcase_add_test(t, a_file_redefines_what_is_built_in);
	tcase_add_test(t, blackbox_file_loads_unchanged);
	tcase_add_test(t, tcp_credentials_are_marked);
	tcase_add_test(t, anchors_and_merges);
	tcase_add_test(t, several_files_by_glob);
	tcase_add_test(t, one_name_in_two_files);
	tcase_add_test(t, no_such_file);
	tcase_add_test(t, checksum_follows_content_and_names);
	tcase_add_test(t, dump_reads_back_without_secrets);
	tcase_add_test(t, dump_with_another_server_name);
	tcase_add_test(t, many_auths);
	suite_add_tcase(s, t);
}
