/* One bad file for each rule, and what is said about it. */
#include "test_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In `wanted`, and in the file, "%s" is the folder. */
static const struct {
	const char *text, *wanted;
} rows[] = {
#define POP3(body)  "modules:\n  m:\n    prober: pop3\n    pop3:\n      " body "\n"
#define POP3S(body) POP3("tls: implicit\n      " body)
#define TLS(body)   POP3S("tls_config:\n        " body)
#define TCP(body)   "modules:\n  m:\n    prober: tcp\n    tcp:\n      " body "\n"
#define AUTH(body)  "auths:\n  a:\n    username: u\n    targets: any\n    " body "\n"
	/* YAML */
	{"", "%s/m.yml: is empty"},
	{"modules: [\n", "%s/m.yml:2:1: flow sequence without a closing bracket"},
	{"a: b: c\n", "%s/m.yml:1:5: invalid nested block mapping on the same line"},
	{"modules:\n  m: \xff\n", "%s/m.yml:2:6: invalid UTF-8 or a control character"},
	{"modules:\n  m: \x01\n", "%s/m.yml:2:6: invalid UTF-8 or a control character"},
	{"modules:\n  m: \xed\xa0\x80\n", "%s/m.yml:2:6: invalid UTF-8 or a control character"},
	{"modules:\n---\nmodules:\n", "%s/m.yml:2:1: a second document in one file"},
	{"modules: *x\n", "%s/m.yml:1:10: alias of an anchor that is not defined above it"},
	{"modules: &x [*x]\n", "%s/m.yml:1:14: alias of what it stands in"},
	{"modules: !!binary aGk=\n", "%s/m.yml:1:19: tags are not supported"},
	{"? [a]\n: b\n", "%s/m.yml:1:3: a key must be a word"},
	{"modules:\n  a: {prober: pop3}\n  a: {prober: pop3}\n",
		"%s/m.yml:3:3: key \"a\" stands there twice, first in line 2"},
	{"modules:\n  a: {<<: 5}\n", "%s/m.yml:2:11: \"<<\" takes a mapping"},
	{"modules:\n  a: \"x\\0y\"\n", "%s/m.yml:2:6: NUL in a text"},
	/* the file */
	{"- a\n", "%s/m.yml:1:1: the file must be a mapping"},
	{"module:\n",
		"%s/m.yml:1:1: unknown key \"module\" in the file; did you mean \"modules\"?"},
	{"foo:\n", "%s/m.yml:1:1: unknown key \"foo\" in the file; it has modules, auths"},
	{"modules: [a]\n", "%s/m.yml:1:10: modules must be a mapping"},
	{"auths: 5\n", "%s/m.yml:1:8: auths must be a mapping"},
	{"modules:\n  \"a\\tb\": {prober: pop3}\n", "%s/m.yml:2:3: has a control character"},
	/* a module */
	{"modules:\n  m: 5\n", "%s/m.yml:2:6: module m: a module must be a mapping"},
	{"modules:\n  m:\n", "%s/m.yml:2:3: module m: has no prober: pop3 or tcp"},
	{"modules:\n  m: {prober: pop33}\n",
		"%s/m.yml:2:15: module m: unknown prober \"pop33\"; did you mean \"pop3\"?"},
	{"modules:\n  m: {prober: quux}\n",
		"%s/m.yml:2:15: module m: unknown prober \"quux\"; it is pop3 or tcp"},
	{"modules:\n  m: {prober: [pop3]}\n", "%s/m.yml:2:15: module m: prober must be a word"},
	{"modules:\n  m: {prober: pop3, tcp: {}}\n",
		"%s/m.yml:2:21: module m: unknown key \"tcp\" in a module of prober pop3; it has "
		"prober, timeout, pop3"},
	{"modules:\n  m: {prober: pop3, timeuot: 5s}\n",
		"%s/m.yml:2:21: module m: unknown key \"timeuot\" in a module of prober pop3; did "
		"you "
		"mean \"timeout\"?"},
	{"modules:\n  m: {prober: tcp, pop3: {}}\n",
		"%s/m.yml:2:20: module m: unknown key \"pop3\" in a module of prober tcp; it has "
		"prober, timeout, tcp, http, icmp, dns, grpc, unix, websocket"},
#define TIMEOUT(t) "modules:\n  m: {prober: pop3, timeout: " t "}\n"
	{TIMEOUT("-5s"), "%s/m.yml:2:30: module m: duration \"-5s\" is negative"},
	{TIMEOUT("5"), "%s/m.yml:2:30: module m: duration \"5\" has no unit (ms, s, m, h or d)"},
	{TIMEOUT("5x"), "%s/m.yml:2:30: module m: bad duration \"5x\": a number and ms, s, m, h or "
			"d are wanted"},
	{TIMEOUT("s"), "%s/m.yml:2:30: module m: bad duration \"s\": a number and ms, s, m, h or d "
		       "are wanted"},
	{TIMEOUT("~"), "%s/m.yml:2:30: module m: bad duration \"~\": a number and ms, s, m, h or d "
		       "are wanted"},
	{TIMEOUT("99999d"),
		"%s/m.yml:2:30: module m: duration \"99999d\" is longer than ten years"},
	{TIMEOUT("[5s]"), "%s/m.yml:2:30: module m: needs a duration, not a list"},
	/* pop3 */
	{POP3("tsl: none"),
		"%s/m.yml:5:7: module m: unknown key \"tsl\" in pop3; did you mean \"tls\"?"},
	{POP3("zzz: none"), "%s/m.yml:5:7: module m: unknown key \"zzz\" in pop3"},
	{POP3("tls: starttls_if_offered"),
		"%s/m.yml:5:12: module m: \"starttls_if_offered\" must be none, implicit or stls"},
	{POP3("tls: {a: b}"), "%s/m.yml:5:12: module m: needs a word, not a mapping"},
	{POP3("stat: 1"), "%s/m.yml:5:13: module m: \"1\" is neither true nor false"},
	{POP3("stat: 'true'"), "%s/m.yml:5:13: module m: \"true\" is neither true nor false"},
	{POP3("preferred_ip_protocol: ip5"),
		"%s/m.yml:5:30: module m: \"ip5\" must be ip4, ip6 or none"},
	{POP3("source_ip_address: zzz"), "%s/m.yml:5:26: module m: \"zzz\" is no address"},
	{POP3("proxy_protocol: 3"), "%s/m.yml:5:23: module m: \"3\" must be 1 or 2"},
	{POP3("require_capabilities: []"), "%s/m.yml:5:29: module m: the list is empty"},
	{POP3("require_capabilities: {a: b}"),
		"%s/m.yml:5:29: module m: needs a list, not a mapping"},
	{POP3("require_capabilities: [[a]]"), "%s/m.yml:5:30: module m: needs a text, not a list"},
	{POP3("require_capabilities: ['']"), "%s/m.yml:5:30: module m: needs a text, but is empty"},
	{POP3("{require_capabilities: [TOP], forbid_capabilities: [UIDL, top]}"),
		"%s/m.yml:5:58: module m: TOP is required and forbidden"},
	{POP3("fail_if_cert_expires_within: 14d"),
		"%s/m.yml:5:36: module m: fail_if_cert_expires_within without TLS: set tls to "
		"implicit "
		"or stls"},
	{POP3("tls_config: {server_name: a}"),
		"%s/m.yml:5:19: module m: tls_config without TLS: set tls to implicit or stls"},
	{POP3S("fail_if_cert_expires_within: 36h"),
		"%s/m.yml:6:36: module m: \"36h\" is no whole number of days"},
	{POP3("limits: {tme: {warning: 1}}"),
		"%s/m.yml:5:16: module m: unknown metric \"tme\"; did you mean \"time\"?"},
	{POP3("limits: {time: {warning: 9:1}}"),
		"%s/m.yml:5:32: module m: range \"9:1\": start is greater than end"},
	{POP3("limits: {time: {warn: 1}}"), "%s/m.yml:5:23: module m: unknown key \"warn\" in a "
					    "limit; it has warning, critical"},
	{POP3("limits: {time: {}}"),
		"%s/m.yml:5:22: module m: limit of time has neither warning nor critical"},
	{POP3("limits: 5"), "%s/m.yml:5:15: module m: limits must be a mapping"},
	{POP3("states: {timeuot: ok}"),
		"%s/m.yml:5:16: module m: unknown reason \"timeuot\"; did you mean \"timeout\"?"},
	{POP3("states: {timeout: good}"),
		"%s/m.yml:5:25: module m: \"good\" must be ok, warning, critical or unknown"},
	{POP3("auth: nobody"), "%s/m.yml:5:13: module m: no auth \"nobody\" in auths"},
	{"auths:\n  somebody: {username: u, password: p, targets: any}\n" POP3("auth: sombody"),
		"%s/m.yml:7:13: module m: no auth \"sombody\" in auths; did you mean "
		"\"somebody\"?"},
	{POP3("auth: {username: u, password: p}"), "%s/m.yml:5:13: module m: targets are missing: "
						   "the hosts that these credentials may be "
						   "used on, or \"any\""},
	{"auths:\n  a: {username: u, password: p, targets: [x.example]}\n" POP3S(
		 "auth: a\n      tls_config: {server_name: y.example}"),
		"%s/m.yml:8:13: module m: server_name y.example is not among the targets of these "
		"credentials"},
	/* tls_config */
	{TLS("ca: x"), "%s/m.yml:7:9: module m: unknown key \"ca\" in tls_config; it has ca_file, "
		       "cert_file, key_file, server_name, insecure_skip_verify, min_version, "
		       "max_version"},
	{TLS("ca_file: none.pem"),
		"%s/m.yml:7:18: module m: %s/none.pem: No such file or directory"},
	{TLS("ca_file: m.yml"), NULL},
	{TLS("cert_file: m.yml"),
		"%s/m.yml:7:9: module m: tls_config: cert_file and key_file go together"},
	{TLS("cert_file: ."), "%s/m.yml:7:20: module m: %s/.: is a directory"},
	{TLS("server_name: 'a b'"), "%s/m.yml:7:22: module m: \"a b\" is no host name"},
	{TLS("insecure_skip_verify: maybe"),
		"%s/m.yml:7:31: module m: \"maybe\" is neither true nor false"},
	{TLS("min_version: TLS14"),
		"%s/m.yml:7:22: module m: \"TLS14\" must be TLS10, TLS11, TLS12 or TLS13"},
	{TLS("{min_version: TLS13, max_version: TLS12}"),
		"%s/m.yml:7:23: module m: min_version is above max_version"},
	/* auths */
	{"auths:\n  a:\n", "%s/m.yml:2:3: auth a: username is missing"},
	{"auths:\n  a: {username: u, password: p}\n",
		"%s/m.yml:2:6: auth a: targets are missing: the hosts that these credentials may "
		"be used "
		"on, or \"any\""},
	{AUTH("usrname: x"), "%s/m.yml:5:5: auth a: unknown key \"usrname\" in an auth; did you "
			     "mean \"username\"?"},
	{AUTH("expect: accept"),
		"%s/m.yml:3:5: auth a: no password: one of password, password_file, "
		"password_env and password_command"},
	{AUTH("{}"), NULL},
	{AUTH("password: ''"), "%s/m.yml:5:15: auth a: password is empty"},
	{AUTH("password:"), "%s/m.yml:5:5: auth a: password is empty"},
	{AUTH("password: [x]"), "%s/m.yml:5:15: auth a: password needs a text"},
	{AUTH("password: \"a\\nb\""), "%s/m.yml:5:15: auth a: password has a line end"},
	{AUTH("password: p\n    password_env: HOME"),
		"%s/m.yml:6:19: auth a: only one of password, password_file, password_env and "
		"password_command"},
	{AUTH("password_file: none"),
		"%s/m.yml:5:20: auth a: password file %s/none: No such file or directory"},
	{AUTH("password_env: TEST_CONFIG_NONE"),
		"%s/m.yml:5:19: auth a: no password in the environment variable TEST_CONFIG_NONE"},
	{AUTH("password_command: \"'x\""), NULL},
	{AUTH("mechanism: scram-sha256\n    password: p"),
		"%s/m.yml:5:16: auth a: unknown mechanism \"scram-sha256\"; did you mean "
		"\"scram-sha-256\"?"},
	{AUTH("mechanism: each\n    password: p"),
		"%s/m.yml:5:16: auth a: unknown mechanism \"each\""},
	{AUTH("mechanism: external\n    password: p"),
		"%s/m.yml:3:5: auth a: mechanism external takes no password"},
	{AUTH("mechanism: cram-md5\n    password: p\n    authzid: x"),
		"%s/m.yml:7:14: auth a: mechanism cram-md5 cannot carry authzid"},
	{AUTH("expect: refuse"), "%s/m.yml:5:13: auth a: \"refuse\" must be accept or reject"},
	{AUTH("min_login_interval: 1y"), "%s/m.yml:5:25: auth a: bad duration \"1y\": a number and "
					 "ms, s, m, h or d are wanted"},
/* targets */
#define TARGETS(t) "auths:\n  a: {username: u, password: p, targets: " t "}\n"
	{TARGETS("[]"), "%s/m.yml:2:42: auth a: the list is empty"},
	{TARGETS("'*'"),
		"%s/m.yml:2:42: auth a: target \"*\" would fit every host: write \"any\" if "
		"that is meant"},
	{TARGETS("[a, any]"),
		"%s/m.yml:2:46: auth a: \"any\" stands alone, not with other targets"},
	{TARGETS("'mail.*'"),
		"%s/m.yml:2:42: auth a: target \"mail.*\" has a \"*\" in its last label"},
	{TARGETS("'10.*'"),
		"%s/m.yml:2:42: auth a: target \"10.*\" is no address: ranges are written "
		"as 192.0.2.0/24"},
	{TARGETS("10.0.0.256"),
		"%s/m.yml:2:42: auth a: target \"10.0.0.256\" is no address: ranges are "
		"written as 192.0.2.0/24"},
	{TARGETS("10.0.0.0/33"),
		"%s/m.yml:2:42: auth a: target \"10.0.0.0/33\" has a bad prefix length (0 to 32)"},
	{TARGETS("10.0.0.1/24"),
		"%s/m.yml:2:42: auth a: target \"10.0.0.1/24\" has bits behind its prefix length"},
	{TARGETS("'2001:db8::/129'"), "%s/m.yml:2:42: auth a: target \"2001:db8::/129\" has a bad "
				      "prefix length (0 to 128)"},
	{TARGETS("a..b"), "%s/m.yml:2:42: auth a: target \"a..b\" is no host name or pattern"},
	{TARGETS("'a b'"),
		"%s/m.yml:2:42: auth a: target \"a b\" is no host name, pattern, address or range"},
	/* tcp */
	{TCP("query_respnse: []"),
		"%s/m.yml:5:7: module m: unknown key \"query_respnse\" in tcp; did you mean "
		"\"query_response\"?"},
	{TCP("query_response: x"), "%s/m.yml:5:23: module m: query_response must be a list"},
	{TCP("query_response: [{expct: x}]"),
		"%s/m.yml:5:25: module m: unknown key \"expct\" in query_response; did you mean "
		"\"expect\"?"},
	{TCP("query_response: [{expect: ':['}]"),
		"%s/m.yml:5:33: module m: bad regular expression \":[\": missing terminating ] for "
		"character class at offset 2"},
	{TCP("query_response: [{expect: a, expect_bytes: b}]"),
		"%s/m.yml:5:24: module m: only one of expect and expect_bytes"},
	{TCP("query_response: [{expect: a, labels: x}]"),
		"%s/m.yml:5:44: module m: labels must be a list"},
	{TCP("query_response: [{expect: a, labels: [{value: x}]}]"),
		"%s/m.yml:5:45: module m: label without a name"},
	{TCP("query_response: [{expect: a, labels: [{name: 'a-b'}]}]"),
		"%s/m.yml:5:52: module m: \"a-b\" is no label name"},
	{TCP("query_response: [{expect: a, labels: [{name: a}, {name: a}]}]"),
		"%s/m.yml:5:56: module m: label a stands there twice"},
	{TCP("query_response: [{send: 'USER x'}]"), "%s/m.yml:5:24: module m: send of USER without "
						    "targets: the hosts that it may be sent "
						    "to, or \"any\""},
	{TCP("targets: any\n      query_response: [{send: 'pass x'}]"),
		"%s/m.yml:6:24: module m: send of PASS over an unencrypted connection needs "
		"allow_plaintext: true"},
	{TCP("targets: any\n      query_response: [{send: \"CAPA\\r\\nAUTH PLAIN eA==\"}, "
	     "{starttls: "
	     "true}]"),
		"%s/m.yml:6:24: module m: send of AUTH over an unencrypted connection needs "
		"allow_plaintext: true"},
	{TCP("tls: sometimes"), "%s/m.yml:5:12: module m: \"sometimes\" is neither true nor false"},
};

/* Each "%s" replaced by the folder. */
static void expand(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++) {
		if (strncmp(text, "%s", 2) == 0) {
			n += (size_t)snprintf(out + n, size - n, "%s", config_folder);
			text++;
		} else {
			out[n++] = *text;
		}
	}
	out[n] = '\0';
}

START_TEST(each_is_refused)
{
	char wanted[CONFIG_ERROR_MAX];

	ck_assert_msg(config_try(rows[_i].text) == NULL, "loaded: %s", rows[_i].text);
	ck_assert_str_ne(config_error, "");
	if (!rows[_i].wanted)
		return;
	expand(wanted, sizeof(wanted), rows[_i].wanted);
	ck_assert_str_eq(config_error, wanted);
}
END_TEST

START_TEST(bombs_of_aliases)
{
	char text[4096] = "modules:\n  l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
	size_t n = strlen(text);

	for (int i = 1; i < 12; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"  l%d: &l%d [*l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d]\n", i, i,
			i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	ck_assert_ptr_null(config_try(text));
	ck_assert_ptr_nonnull(strstr(config_error, "aliases that stand for too much"));
}
END_TEST

START_TEST(deep_nesting)
{
	char text[4096];

	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_ptr_null(config_try(text));
	ck_assert_ptr_nonnull(strstr(config_error, "m.yml:1:33: nested too deep"));
}
END_TEST

START_TEST(large_files)
{
	const size_t n = 10 << 20;
	char *text = malloc(n + 1);

	memset(text, '#', n);
	text[n] = '\0';
	ck_assert_ptr_null(config_try(text));
	ck_assert_ptr_nonnull(strstr(config_error, "m.yml: is too large"));
	for (size_t i = 0; i + 4 < CONFIG_FILE_OCTETS_MAX; i += 4)
		memcpy(text + i, "- a\n", 5);
	ck_assert_ptr_null(config_try(text));
	ck_assert_ptr_nonnull(strstr(config_error, "too much in one file"));
	free(text);
}
END_TEST

/* Whatever is cut off, there is an error or a snapshot, never a crash. */
START_TEST(files_cut_anywhere)
{
	static const char text[] =
		"modules:\n  m: &m\n    prober: pop3\n    pop3: {tls: stls, stat: true}\n"
		"  n: {<<: *m, timeout: \"1\\u0073\"}\n  t:\n    prober: tcp\n    tcp:\n"
		"      query_response:\n      - expect: '^(a|b)'\n"
		"auths:\n  a: {username: |\n  }\n";
	char cut[sizeof(text)];

	for (size_t i = 0; i < sizeof(text); i++) {
		struct config *c;

		memcpy(cut, text, i);
		cut[i] = '\0';
		c = config_try(cut);
		ck_assert_int_eq(c == NULL, config_error[0] != '\0');
		config_unref(c);
	}
}
END_TEST

void test_config_add_bad(Suite *s)
{
	TCase *t = tcase_create("bad files");

	tcase_add_checked_fixture(t, config_folder_make, config_folder_remove);
	tcase_add_loop_test(t, each_is_refused, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, bombs_of_aliases);
	tcase_add_test(t, deep_nesting);
	tcase_add_test(t, large_files);
	tcase_add_test(t, files_cut_anywhere);
	suite_add_tcase(s, t);
}
