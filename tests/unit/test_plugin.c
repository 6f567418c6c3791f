#include "test_plugin.h"

#include "../../plugins/argv.h"
#include "../../plugins/ini.h"
#include "../../plugins/service.h"
#include "../../plugins/settings.h"
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 24 };

/* Blanks part words; "''" is an empty one. The words lie in store. */
static size_t split(const char *line, char *store, char **argv)
{
	size_t n = 0;

	strcpy(store, line);
	for (char *word = strtok(store, " "); word; word = strtok(NULL, " "))
		argv[n++] = strcmp(word, "''") == 0 ? word + 2 : word;
	return n;
}

/* --- argv --------------------------------------------------------------------------------------
 */

static const struct {
	const char *line, *want;
} command_lines[] = {
	{"-H a -p 110", "hostname=a;port=110;"},
	{"-Ha -p110", "hostname=a;port=110;"},
	{"--hostname a --port=110", "hostname=a;port=110;"},
	{"--host a --po 110", "hostname=a;port=110;"},
	{"-46jH a", "use-ipv4;use-ipv6;jail;hostname=a;"},
	{"-vv -v", "verbose;verbose;verbose;"},
	{"-to 5 -wt 1 -ct 2", "timeout=5;warning=1;critical=2;"},
	{"-w5 -c9", "warning=5;critical=9;"},
	{"-E true -H a", "escape;(true)hostname=a;"},
	{"a -p 1", "(a)port=1;"},
	{"-p 1 ''", "port=1;()"},
	{"-q '' -p 1", "quit=;port=1;"},
	{"-e -ERR", "expect=-ERR;"},
	{"-- -p 1", "(-p)(1)"},
	{"-", "(-)"},
	{"--extra-opts -H a", "extra-opts;hostname=a;"},
	{"--extra-opts sec -H a", "extra-opts=sec;hostname=a;"},
	{"--extra-opts=s@f", "extra-opts=s@f;"},
	{"--warning=", "warning=;"},
	{"-N a --sni b", "sni=a;sni=b;"},
	{"-z", "!Unknown option - z!"},
	{"--nosuch", "!Unknown option - --nosuch!"},
	{"--jail=yes", "!Option takes no argument - --jail!"},
	{"-H", "!Option needs an argument - hostname!"},
	{"--port", "!Option needs an argument - port!"},
	{"--s x", "!Ambiguous option - --s!(x)"},
	{"--pass- x", "!Ambiguous option - --pass-!(x)"},
};

static void render(struct buf *out, const struct argv_parser *p, const struct argv_item *item)
{
	switch (item->kind) {
	case ARGV_OPTION:
		ck_assert(buf_addf(out, "%s%s%s;", option_info(item->id)->name,
			item->value ? "=" : "", item->value ? item->value : ""));
		break;
	case ARGV_POSITIONAL:
		ck_assert(buf_addf(out, "(%s)", item->value));
		break;
	case ARGV_ERROR:
		ck_assert(buf_addf(out, "!%s!", p->problem));
		break;
	case ARGV_END:
		break;
	}
}

START_TEST(argv_table)
{
	char store[256], *argv[WORDS];
	struct argv_parser p;
	struct argv_item item;
	struct buf out;

	buf_init(&out, 4096);
	argv_parser_init(&p, argv, split(command_lines[_i].line, store, argv));
	while ((item = argv_parser_next(&p)).kind != ARGV_END)
		render(&out, &p, &item);
	ck_assert_str_eq(buf_str(&out), command_lines[_i].want);
	buf_fini(&out);
}
END_TEST

/* check_pop's abbreviations keep their meaning; only those it does not know may mean new options.
 */
static const struct {
	const char *abbreviation, *want;
} abbreviations[] = {
	{"all", "all"},
	{"a", "all"},
	{"esc", "escape"},
	{"exp", "expect"},
	{"sen", "send"},
	{"ss", "ssl"},
	{"sn", "sni"},
	{"qui", "quit"},
	{"q", "quit"},
	{"ref", "refuse"},
	{"r", "refuse"},
	{"mis", "mismatch"},
	{"jai", "jail"},
	{"max", "maxbytes"},
	{"del", "delay"},
	{"cer", "certificate"},
	{"hos", "hostname"},
	{"por", "port"},
	{"pro", "protocol"},
	{"t", "timeout"},
	{"tim", "timeout"},
	{"verb", "verbose"},
	{"vers", "version"},
	{"use-ipv4", "use-ipv4"},
	{"warning", "warning"},
	{"pass", "pass"},
	{"capa", "capa"},
	{"capa-", "capa-forbid"},
	{"tls-v", "tls-verify"},
	{"stl", "stls"},
	{"li", "limit"},
	{"o", "output-format"},
	{"s", NULL},
	{"h", NULL},
	{"e", NULL},
	{"p", NULL},
	{"c", NULL},
	{"wa", NULL},
	{"auth-e", "auth-expect"},
	{"auth-", NULL},
	{"tls", NULL},
	{"nosuch", NULL},
};

START_TEST(abbreviation_table)
{
	const char *text = abbreviations[_i].abbreviation, *want = abbreviations[_i].want;
	enum option_id id = OPTION_COUNT;
	enum option_match match = option_by_name(text, strlen(text), &id);

	ck_assert_int_eq(match == OPTION_MATCH_ONE, want != NULL);
	if (want)
		ck_assert_str_eq(option_info(id)->name, want);
}
END_TEST

/* --- ini ---------------------------------------------------------------------------------------
 */

static const struct {
	const char *text, *want; /* words, each followed by ';' */
	size_t bad_line;	 /* 0: fine */
} ini_files[] = {
	{"[s]\nport=110\n", "--port=110;", 0},
	{"[s]\r\nport = 110  \r\n", "--port=110;", 0},
	{"[ s ]\n\thost =  a b \n", "--host=a b;", 0},
	{"[s]\nhost   =a", "--host=a;", 0},
	{"; c\n# c\n\n[s]\n;x\njail=\n", "--jail;", 0},
	{"[s]\np=110\nj=\n", "-p110;-j;", 0},
	{"[s]\nexpect=\"+OK\"\n", "--expect=\"+OK\";", 0},
	{"[s]\nexpect=a;b #c\n", "--expect=a;b #c;", 0},
	{"[s]\nexpect=a=b\n", "--expect=a=b;", 0},
	{"[s]\nquit=\n", "--quit=;", 0},
	{"[s]\naa=1\n[t]\nb=2\n[s]\ncc=3\n", "--aa=1;--cc=3;", 0},
	{"[t]\nbare\n[s]\na=1\n", "-a1;", 0},
	{"[s]\nbare\n", "", 2},
	{"[s]\n\n=1\n", "", 3},
	{"a=1\n[s]\n", "", 1},
	{"[t]\na=1\n", "", 0},
	{"", "", 0},
	{"[s", "", 0},
};

START_TEST(ini_table)
{
	struct words words = {0};
	struct buf out;
	size_t bad_line = 0;
	bool found, ok;

	buf_init(&out, 4096);
	ok = ini_section(slice_str(ini_files[_i].text), "s", &words, &found, &bad_line);
	ck_assert_int_eq(ok, ini_files[_i].bad_line == 0);
	ck_assert_uint_eq(bad_line, ini_files[_i].bad_line);
	for (size_t i = 0; i < words.n; i++)
		ck_assert(buf_addf(&out, "%s;", words.v[i]));
	if (ok) {
		ck_assert_str_eq(buf_str(&out), ini_files[_i].want);
		ck_assert_int_eq(found, *ini_files[_i].want != '\0');
	}
	words_fini(&words);
	buf_fini(&out);
}
END_TEST

/* --- names -------------------------------------------------------------------------------------
 */

static const struct {
	const char *argv0, *program, *label;
	bool tls, old;
} names[] = {
	{"/usr/lib/nagios/plugins/check_pop", "check_pop", "POP", false, true},
	{"check_spop", "check_spop", "SPOP", true, true},
	{"./check_pop3", "check_pop3", "POP3", false, false},
	{"check_pop3s", "check_pop3s", "POP3S", true, false},
	{"check_spop3", "check_spop3", "SPOP3", true, false},
	{"check_pops", "check_pops", "POPS", true, false},
	{"pop3", "pop3", "POP3", false, false},
	{"check_", "check_", "POP3", false, false},
	{"check_pop|x\n", "check_pop_x_", "POP_X_", false, false},
	{"", "check_pop3", "POP3", false, false},
	{NULL, "check_pop3", "POP3", false, false},
};

START_TEST(service_table)
{
	struct service s;

	service_init(&s, names[_i].argv0);
	ck_assert_str_eq(s.program, names[_i].program);
	ck_assert_str_eq(s.label, names[_i].label);
	ck_assert_int_eq(s.implicit_tls, names[_i].tls);
	ck_assert_int_eq(s.old_name, names[_i].old);
	ck_assert_uint_eq(s.port, names[_i].tls ? 995 : 110);
}
END_TEST

/* --- settings ----------------------------------------------------------------------------------
 */

static const struct {
	const char *line, *problem; /* how it begins; "": none */
} faults[] = {
	{"", "No arguments found"},
	{"-H a", ""},
	{"-H a -p 0x", "Port must be a positive integer - 0x"},
	{"-H a -p 0", "Port must be a positive integer - 0"},
	{"-H a -p ''", "Port must be a positive integer"},
	{"-H a -p 70000", "Port must be at most 65535"},
	{"-H a -t 1.5", "Timeout interval must be a positive integer - 1.5"},
	{"-H a -t 5:UNKNOWN", ""},
	{"-H a -t 5:maybe", "Timeout state"},
	{"-H a -r CRIT", "Refuse must be one of ok, warn, crit"},
	{"-H a -r okay -M critical", ""},
	{"-H a -M 2", "Mismatch must be one of"},
	{"-H a -m none", "Maxbytes must be"},
	{"-H a -d 0.5", "Delay must be"},
	{"-H a -D 30,x", "Invalid certificate expiration period - 30,x"},
	{"-H a -D -1", "Invalid certificate expiration period"},
	{"-H a -w junk", "Threshold must be"},
	{"-H a -w 1:5 -c @2:3", ""},
	{"-H a -P udp", "A login needs a user"},
	{"-H a -U u", "A login needs a password"},
	{"-H a -U u -P x --pass-env Y", "More than one password"},
	{"-H a -U u --auth external", ""},
	{"-H a -U u --auth external -P x", "The mechanism takes no password"},
	{"-H a -U u -P x --auth digest-md5", "Unknown mechanism"},
	{"-H a -U u -P x --auth cram-md5 --authz z", "The mechanism does not carry --authz"},
	{"-H a -U u --pass=", "The password is empty"},
	{"-H a --user= -P x", "-U needs a name"},
	{"-H a -S --sni=", "--sni needs a name"},
	{"-H a --sni=", "--sni needs a name"},
	{"-H a --stls -S", "STLS and implicit TLS"},
	{"-H a --stls --sni n -D 3", ""},
	{"-H a --tls-fingerprint 0000000000000000000000000000000000000000000000000000000000000000",
		"A pin or fingerprint needs TLS"},
	{"-H a -S --tls-min 1.3 --tls-max 1.2", "The lowest TLS version"},
	{"-H a -S --tls-min 1.4", "TLS version must be"},
	{"-H a -S --tls-key k", "A key needs its certificate"},
	{"-H /s -S", "A UNIX socket has no name"},
	{"-H a --stls -s x", "-s speaks before the greeting"},
	{"-H a --capa UIDL -m 3", "-m counts raw octets"},
	{"-H a --capa UIDL -e x", ""},
	{"-H a --capa a,,b", "Empty name"},
	{"-H a --limit nosuch=1", "Limit is on an unknown metric"},
	{"-H a --limit messages=1,x", "Limit has a range"},
	{"-H a -S -U u -P x --limit messages=10,100 --limit time_tls=1", ""},
	{"-H a --limit messages=10", "--limit names what only a login"},
	{"-H a --limit time_tls=1", "--limit names what only TLS"},
	{"-H a --state nosuch=ok", "State is for an unknown reason"},
	{"-H a --state refused=fine", "State must be one of"},
	{"-H a --state refused=ok", ""},
	{"-H a --fail-on ok", "Fail-on must be"},
	{"-H a --output-format xml", "Unknown output format - xml"},
	{"-H a --report json", "Report must be FORMAT:FILE"},
	{"-H a --report xml:f", "Unknown output format"},
	{"-H a -S --tls-pin md5//x", "Pin must be"},
	{"-H a -S --tls-pin sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", ""},
	{"-H a -S --tls-fingerprint abc", "Fingerprint must be"},
	{"-H a -z -p x", "Unknown option - z"},
	{"-H a --wait 0", "Wait must be"},
};

START_TEST(fault_table)
{
	char store[256], *argv[WORDS];
	const char *want = faults[_i].problem;
	struct settings s;

	settings_parse(&s, "check_pop3", argv, split(faults[_i].line, store, argv));
	if (*want)
		ck_assert_msg(strncmp(s.problem, want, strlen(want)) == 0, "%s: %s",
			faults[_i].line, s.problem);
	else
		ck_assert_str_eq(s.problem, "");
	settings_fini(&s);
}
END_TEST

static const struct {
	const char *argv0, *line;
	enum probe_tls_mode mode;
	uint16_t port;
	enum tls_verify_mode verify;
	bool classic;
} meanings[] = {
	{"check_pop", "-H a", PROBE_TLS_NONE, 110, TLS_VERIFY_OFF, true},
	{"check_pop", "-H a -S", PROBE_TLS_IMPLICIT, 110, TLS_VERIFY_OFF, true},
	{"check_pop", "-H a --sni b", PROBE_TLS_IMPLICIT, 110, TLS_VERIFY_OFF, true},
	{"check_spop", "-H a -D 3", PROBE_TLS_IMPLICIT, 995, TLS_VERIFY_OFF, true},
	{"check_spop", "-H a --tls-verify no", PROBE_TLS_IMPLICIT, 995, TLS_VERIFY_REPORT, false},
	{"check_spop", "-H a -U u -P p", PROBE_TLS_IMPLICIT, 995, TLS_VERIFY_REQUIRE, false},
	{"check_pop3", "-H a", PROBE_TLS_NONE, 110, TLS_VERIFY_REQUIRE, false},
	{"check_pop3", "-H a -S", PROBE_TLS_IMPLICIT, 995, TLS_VERIFY_REQUIRE, false},
	{"check_pop3", "-H a -D 3", PROBE_TLS_IMPLICIT, 995, TLS_VERIFY_REQUIRE, false},
	{"check_pop3", "-H a --stls -D 3", PROBE_TLS_STLS, 110, TLS_VERIFY_REQUIRE, false},
	{"check_pop3", "-H a -S -p 1", PROBE_TLS_IMPLICIT, 1, TLS_VERIFY_REQUIRE, false},
	{"check_pop3s", "-H a", PROBE_TLS_IMPLICIT, 995, TLS_VERIFY_REQUIRE, false},
	{"check_pop3", "-H /s -p 1", PROBE_TLS_NONE, 0, TLS_VERIFY_REQUIRE, false},
};

START_TEST(meaning_table)
{
	char store[256], *argv[WORDS];
	struct settings s;

	settings_parse(&s, meanings[_i].argv0, argv, split(meanings[_i].line, store, argv));
	ck_assert_str_eq(s.problem, "");
	ck_assert_int_eq(settings_tls_mode(&s), meanings[_i].mode);
	ck_assert_uint_eq(settings_port(&s), meanings[_i].port);
	ck_assert_int_eq(settings_verify(&s), meanings[_i].verify);
	ck_assert_int_eq(settings_classic_only(&s), meanings[_i].classic);
	settings_fini(&s);
}
END_TEST

/* -E holds for what comes behind it. */
START_TEST(escapes)
{
	char *argv[] = {"-q", "A\\n", "-E", "-s", "a\\r\\n\\t\\\\nbo\\gus\\"};
	struct settings s;

	settings_parse(&s, "check_pop", argv, 5);
	ck_assert_str_eq(buf_str(&s.quit), "A\\n\r\n");
	ck_assert_str_eq(buf_str(&s.send), "a\r\n\t\\nbogus");
	settings_fini(&s);
}
END_TEST

START_TEST(password_leaves_argv)
{
	char password[] = "--pass=geheim", user[] = "-Uu";
	char *argv[] = {user, password};
	struct settings s;

	settings_parse(&s, "check_pop3", argv, 2);
	ck_assert(slice_eq(secret_slice(s.pass), SLICE_LIT("geheim")));
	ck_assert_ptr_null(memmem(password, sizeof(password), "geheim", 6));
	settings_fini(&s);
}
END_TEST

Suite *suite_plugin(void)
{
	Suite *s = suite_create("plugin");
	TCase *t = tcase_create("settings");

#define LOOP(test, table) tcase_add_loop_test(t, test, 0, (int)(sizeof(table) / sizeof((table)[0])))
	LOOP(argv_table, command_lines);
	LOOP(abbreviation_table, abbreviations);
	LOOP(ini_table, ini_files);
	LOOP(service_table, names);
	LOOP(fault_table, faults);
	LOOP(meaning_table, meanings);
	tcase_add_test(t, escapes);
	tcase_add_test(t, password_leaves_argv);
	suite_add_tcase(s, t);
	suite_add_tcase(s, tcase_plugin_line());
	suite_add_tcase(s, tcase_plugin_docs());
	return s;
}
