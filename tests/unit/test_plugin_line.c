/* The line and its performance data, from results made by hand. */
#include "test_plugin.h"

#include "../../plugins/line.h"
#include "../../plugins/perfdata.h"

#include <stdlib.h>
#include <string.h>

struct row {
	const char *program;
	const char *words[8];
	enum probe_phase phase;
	enum probe_reason reason;
	const char *detail, *server, *greeting;
	const char *want;
};

#define NONE	  REASON_NONE
#define OK_BANNER "+OK ready"

static const struct row rows[] = {
	{"check_pop", {"-H", "h"}, PHASE_QUIT, NONE, "", "", "+OK ready <1.2@x>",
		"POP OK - 0.125 second response time on h port 110 [+OK ready <1.2@x>]"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop", {"h"}, PHASE_QUIT, NONE, "", "", OK_BANNER,
		"POP OK - 0.125 second response time on port 110 [+OK ready]"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop", {"-H", "/run/x"}, PHASE_QUIT, NONE, "", "", OK_BANNER,
		"POP OK - 0.125 second response time on socket /run/x [+OK ready]"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop", {"-H", "h", "-j", "-t", "7"}, PHASE_QUIT, NONE, "", "", OK_BANNER,
		"POP OK - 0.125 second response time on h port 110"
		"|time=0.125000s;;;0.000000;7.000000"},
	{"check_pop", {"-H", "h", "-w", "0.1", "-c", "2"}, PHASE_QUIT, NONE, "", "", OK_BANNER,
		"POP WARNING - 0.125 second response time on h port 110 [+OK ready]"
		"|time=0.125000s;0.100000;2.000000;0.000000;10.000000"},
	{"check_pop", {"-H", "h"}, PHASE_QUIT, NONE, "", "", "+OK a|b=1 <b onclick='x'>\x1b[2J\r\n",
		"POP OK - 0.125 second response time on h port 110 "
		"[+OK a!b=1 (b onclick='x')\\x1b[2J]"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop", {"-H", "h"}, PHASE_GREETING, REASON_REJECTED, "", "-ERR down", "-ERR down",
		"POP WARNING - Unexpected response from host/socket: -ERR down"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop", {"-H", "h", "-M", "crit", "-j"}, PHASE_GREETING, REASON_REJECTED, "",
		"-ERR down", "-ERR down",
		"POP CRITICAL - Unexpected response from host/socket on h port 110"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop", {"-H", "h", "-M", "ok"}, PHASE_GREETING, REASON_REJECTED, "", "-ERR down",
		"-ERR down",
		"POP OK - Unexpected response from host/socket: -ERR down"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop", {"-H", "h"}, PHASE_CONNECT, REASON_REFUSED, "Connection refused", "", "",
		"connect to address h and port 110: Connection refused"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop", {"-H", "h", "-t", "2"}, PHASE_GREETING, REASON_TIMEOUT, "", "", "",
		"CRITICAL - Socket timeout after 2 seconds"
		"|time=0.125000s;;;0.000000;2.000000"},
	{"check_pop", {"-H", "h"}, PHASE_GREETING, REASON_CLOSED, "", "", "",
		"No data received from host"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop3", {"-H", "h"}, PHASE_GREETING, REASON_REJECTED, "", "-ERR down", "-ERR down",
		"POP3 CRITICAL - Unexpected response from host/socket [greeting/rejected]: "
		"-ERR down on h port 110"
		"|time=0.125000s;;;0.000000;10.000000"},
	{"check_pop3", {"-H", "h", "-w", "0.1"}, PHASE_QUIT, NONE, "", "", OK_BANNER,
		"POP3 WARNING - time 0.125s exceeds 0.1s (warning threshold), most of it in "
		"greeting "
		"[greeting/limit], 0.125 second response time on h port 110 [+OK ready]"
		"|time=0.125000s;0.100000;;0.000000;10.000000"},
};

static void make_result(struct probe_result *r, const struct row *row)
{
	*r = (struct probe_result){.phase = row->phase,
		.reason = row->reason,
		.elapsed_ns = 130000000,
		.time_ns = 125000000,
		.wall_seconds = 1700000000};
	for (int i = 0; i < PHASE_COUNT; i++)
		r->phase_ns[i] = PROBE_NS_NONE;
	strcpy(r->detail, row->detail);
	buf_init(&r->server_text, SERVER_TEXT_MAX);
	buf_init(&r->greeting, SERVER_TEXT_MAX);
	buf_init(&r->raw, SERVER_TEXT_MAX);
	ck_assert(buf_add_str(&r->server_text, row->server));
	ck_assert(buf_add_str(&r->greeting, row->greeting));
}

static void free_result(struct probe_result *r)
{
	buf_fini(&r->server_text);
	buf_fini(&r->greeting);
	buf_fini(&r->raw);
}

/* Options are parsed in place: each test gets copies. */
static size_t copy_words(const char *const *from, char **to)
{
	size_t n = 0;

	for (; from[n]; n++)
		to[n] = strdup(from[n]);
	return n;
}

START_TEST(line_table)
{
	const struct row *row = &rows[_i];
	struct probe_result r;
	struct outcome o = {.result = &r};
	struct settings s;
	char *words[8];
	size_t n = copy_words(row->words, words);
	struct buf out;

	settings_parse(&s, row->program, words, n);
	ck_assert_str_eq(s.problem, "");
	make_result(&r, row);
	o.context = (struct report_context){
		.host = s.host, .port = settings_port(&s), .module = "pop3", .version = "0"};
	ck_assert(report_verdict_make(&o.verdict, &r, &s.policy, &o.context));
	buf_init(&out, 8192);
	line_message(&out, &s, &o);
	ck_assert(buf_add_char(&out, '|'));
	perfdata_add(&out, &s, &o, false);
	ck_assert_str_eq(buf_str(&out), row->want);
	buf_fini(&out);
	report_verdict_fini(&o.verdict);
	free_result(&r);
	settings_fini(&s);
	for (size_t i = 0; i < n; i++)
		free(words[i]);
}
END_TEST

static const struct {
	const char *in, *want;
} tags[] = {
	{"+OK <1896.697@dev>", "+OK <1896.697@dev>"},
	{"<b>bold</b>", "(b)bold(/b)"},
	{"<svg/onload=alert`1`//@x>", "(svg/onload=alert`1`//@x)"},
	{"<a@b", "(a@b"},
	{"<@b>", "(@b)"},
	{"<a@>", "(a@)"},
	{"a > b < c", "a ) b ( c"},
	{"<<a@b>>", "(<a@b>)"},
};

START_TEST(tag_table)
{
	char text[64];

	strcpy(text, tags[_i].in);
	line_defuse_tags(text);
	ck_assert_str_eq(text, tags[_i].want);
}
END_TEST

TCase *tcase_plugin_line(void)
{
	TCase *t = tcase_create("line");

	tcase_add_loop_test(t, line_table, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(t, tag_table, 0, (int)(sizeof(tags) / sizeof(tags[0])));
	return t;
}
