/* The engine without I/O: whole dialogues in clear text, each checked octet by octet, too. */
#include "test_probe.h"

#include <stdlib.h>
#include <string.h>

/* --- success --------------------------------------------------------------------------------- */

START_TEST(banner_only)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "banner");
	rig_play(&r, SCRIPT("<+OK ready", ">QUIT", "<+OK bye"));
	ck_verdict(&r, "");
	ck_assert(!r.result->quit_failed);
	ck_assert(r.result->greeting_ok);
	ck_assert_str_eq(rig_text(&r.result->greeting), "+OK ready");
	ck_assert_uint_eq(r.result->received_octets, strlen("+OK ready\r\n+OK bye\r\n"));
	ck_assert_uint_eq(r.result->text_octets, r.result->received_octets);
	ck_assert_uint_eq(r.result->sent_octets, strlen("QUIT\r\n"));
	ck_assert_str_eq(r.result->address, "192.0.2.1");
	ck_assert_int_eq(r.result->family, 4);
	ck_assert(!r.result->has_tls);
	rig_fini(&r);
}
END_TEST

#define STAT_SCRIPT                                                                                \
	SCRIPT("<+OK ready", ">CAPA", "<+OK", "<USER", "<SASL PLAIN", "<.",                        \
		">AUTH PLAIN AHVzZXIAcGVuY2ls", "<+OK", ">STAT", "<+OK 2 320", ">QUIT", "<+OK")

START_TEST(whole_session)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "stat");
	r.login.allow_plaintext = true;
	rig_play(&r, STAT_SCRIPT);
	ck_verdict(&r, "");
	ck_assert(r.result->has_stat);
	ck_assert_uint_eq(r.result->messages, 2);
	ck_assert_uint_eq(r.result->octets, 320);
	ck_assert(r.result->login_tried && r.result->login_accepted);
	ck_assert_int_eq(r.result->mech, AUTH_PLAIN);
	ck_assert_uint_eq(pop3_capa_count(probe_result_capa(r.result)), 2);
	ck_assert(r.result->capa_asked[CAPA_PLAIN]);
	ck_assert(!r.result->capa_asked[CAPA_TLS]);
	rig_fini(&r);
}
END_TEST

/* The clock moves one millisecond at the connection and at each entry of the script. */
START_TEST(times)
{
	static const struct {
		const char *name;
		enum probe_phase phase;
		uint64_t at, took;
	} want[] = {
		{"connect", PHASE_CONNECT, 0, 1},
		{"greeting", PHASE_GREETING, 1, 1},
		{"capa", PHASE_CAPA, 2, 2},
		{"login", PHASE_AUTH, 4, 2},
		{"stat", PHASE_STAT, 6, 2},
		{"quit", PHASE_QUIT, 8, 2},
	};
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "stat");
	r.login.allow_plaintext = true;
	rig_play(&r, STAT_SCRIPT);
	ck_assert_uint_eq(r.result->step_count, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < r.result->step_count; i++) {
		const struct step_result *s = &r.result->steps[i];

		ck_assert_str_eq(s->name, want[i].name);
		ck_assert_int_eq(s->phase, want[i].phase);
		ck_assert_int_eq(s->state, STEP_STATE_OK);
		ck_assert_uint_eq(s->at_ns, want[i].at * MS);
		ck_assert_uint_eq(s->ns, want[i].took * MS);
		ck_assert_uint_eq(r.result->phase_ns[want[i].phase], want[i].took * MS);
	}
	ck_assert_uint_eq(r.result->phase_ns[PHASE_TLS], PROBE_NS_NONE);
	ck_assert_uint_eq(r.result->phase_ns[PHASE_RESOLVE], PROBE_NS_NONE);
	ck_assert_uint_eq(r.result->time_ns, 8 * MS);
	ck_assert_uint_eq(r.result->elapsed_ns, 10 * MS);
	ck_assert_uint_eq(r.result->start_ns, RIG_START * MS);
	rig_fini(&r);
}
END_TEST

START_TEST(transcript)
{
	static const char *const want[] = {"S +OK ready", "C CAPA", "S +OK", "S USER",
		"S SASL PLAIN", "S .", "C AUTH PLAIN ***", "S +OK", "C STAT", "S +OK 2 320",
		"C QUIT", "S +OK"};
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "stat");
	r.login.allow_plaintext = true;
	rig_play(&r, STAT_SCRIPT);
	ck_assert_uint_eq(r.result->trace.count, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < r.result->trace.count; i++) {
		const struct trace_line *line = &r.result->trace.lines[i];

		ck_assert_int_eq(line->from, want[i][0] == 'S' ? TRACE_SERVER : TRACE_CLIENT);
		ck_assert_str_eq(line->text, want[i] + 2);
	}
	r.spec.trace = false;
	rig_play(&r, STAT_SCRIPT);
	ck_assert_uint_eq(r.result->trace.count, 0);
	rig_fini(&r);
}
END_TEST

/* --- greeting -------------------------------------------------------------------------------- */

/* In clear text nothing is sent before a +OK greeting, QUIT least of all. */
static const struct {
	const char *input, *verdict, *text;
} greetings[] = {
	{"<-ERR no", "greeting/rejected", "-ERR no"},
	{"<-ERR", "greeting/rejected", "-ERR"},
	{"<-ERR [SYS/TEMP] later", "greeting/sys_temp", "-ERR [SYS/TEMP] later"},
	{"<-ERR [sys/perm] never", "greeting/sys_perm", "-ERR [sys/perm] never"},
	{"<-ERR [IN-USE/x] y", "greeting/in_use", "-ERR [IN-USE/x] y"},
	{"<-ERR [LOGIN-DELAY] y", "greeting/login_delay", "-ERR [LOGIN-DELAY] y"},
	{"<-ERR [SYS/TEMPX] y", "greeting/rejected", "-ERR [SYS/TEMPX] y"},
	{"<-ERR [SYS] y", "greeting/rejected", "-ERR [SYS] y"},
	{"<+OKAY", "greeting/protocol_error", "+OKAY"},
	{"<+ok", "greeting/protocol_error", "+ok"},
	{"<+OK\tx", "greeting/protocol_error", "+OK\tx"},
	{"<-ERROR", "greeting/protocol_error", "-ERROR"},
	{"<+ idling", "greeting/protocol_error", "+ idling"},
	{"<+", "greeting/protocol_error", "+"},
	{"<", "greeting/protocol_error", ""},
	{"< +OK", "greeting/protocol_error", " +OK"},
	{"<* OK IMAP4 ready", "greeting/protocol_error", "* OK IMAP4 ready"},
	{"<220 smtp", "greeting/protocol_error", "220 smtp"},
	{"<+O\rK", "greeting/protocol_error", "+O\rK"},
	{"=\x15\x03\x01\n", "greeting/peer_speaks_tls", ""},
	{"=\x16\x03\x01\n", "greeting/peer_speaks_tls", ""},
};

START_TEST(greeting_refused)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "banner");
	rig_play(&r, SCRIPT(greetings[_i].input));
	ck_verdict(&r, greetings[_i].verdict);
	ck_server_text(&r, greetings[_i].text);
	ck_assert_uint_eq(r.sent.n, 0);
	ck_assert_int_eq(r.result->steps[1].state, STEP_STATE_FAILED);
	ck_assert_int_eq(r.result->steps[2].state, STEP_STATE_NOT_REACHED);
	rig_fini(&r);
}
END_TEST

static const char *const good_greetings[] = {
	"<+OK", "<+OK ", "=+OK\n", "=+OK x\n", "<+OK x\ry", "<+OK [X] y", "<+OK \xff|\x1b[31m"};

START_TEST(greeting_accepted)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "banner");
	rig_play(&r, SCRIPT(good_greetings[_i], ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

static void greeting_of(struct rig *r, size_t octets, const char *verdict)
{
	char *line = malloc(octets + 2);

	ck_assert_ptr_nonnull(line);
	memset(line, 'x', octets + 1);
	memcpy(line, "<+OK ", 5);
	line[octets + 1] = '\0';
	rig_play(r, *verdict ? SCRIPT(line) : SCRIPT(line, ">QUIT", "<+OK"));
	ck_verdict(r, verdict);
	free(line);
}

/* 8192 octets, CRLF included. */
START_TEST(greeting_length)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "banner");
	greeting_of(&r, 510, "");
	greeting_of(&r, 8190, "");
	ck_assert_uint_eq(r.result->greeting.n, SERVER_TEXT_MAX);
	greeting_of(&r, 8191, "greeting/line_too_long");
	greeting_of(&r, 8192, "greeting/line_too_long");
	greeting_of(&r, 100000, "greeting/line_too_long");
	ck_assert_uint_eq(r.result->server_text.n, SERVER_TEXT_MAX);
	ck_assert_uint_eq(r.sent.n, 0);
	rig_fini(&r);
}
END_TEST

START_TEST(greeting_patterns)
{
	static const struct slice patterns[] = {SLICE_INIT("alpha"), SLICE_INIT("beta")};
	static const struct step_expect any = {.patterns = patterns, .count = 2};
	static const struct step_expect all = {.patterns = patterns, .count = 2, .all = true};
	struct probe_step step = {.verb = STEP_GREETING, .expect = &any};
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, &step, 1);
	rig_play(&r, SCRIPT("<+OK an alphabet", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_play(&r, SCRIPT("<+OK gamma", ">QUIT", "<+OK"));
	ck_verdict(&r, "greeting/expect_mismatch");
	ck_server_text(&r, "+OK gamma");
	rig_fini(&r);
	step.expect = &all;
	rig_init_steps(&r, PROBE_TLS_NONE, &step, 1);
	rig_play(&r, SCRIPT("<+OK beta alpha", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_play(&r, SCRIPT("<+OK beta", ">QUIT", "<+OK"));
	ck_verdict(&r, "greeting/expect_mismatch");
	rig_fini(&r);
}
END_TEST

/* --- CAPA ------------------------------------------------------------------------------------ */

START_TEST(capa_refused)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "capa");
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<-ERR what", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert(r.result->capa_asked[CAPA_PLAIN]);
	ck_assert_ptr_null(probe_result_capa(r.result));
	ck_assert_int_eq(r.result->steps[2].state, STEP_STATE_OK);
	rig_fini(&r);
}
END_TEST

START_TEST(capa_empty)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "capa");
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<+OK", "<.", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert_ptr_nonnull(probe_result_capa(r.result));
	ck_assert_uint_eq(pop3_capa_count(probe_result_capa(r.result)), 0);
	rig_fini(&r);
}
END_TEST

START_TEST(capa_unstuffed)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "capa");
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<+OK", "<..", "<..X y", "<.", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert(slice_eq(pop3_capa_line(probe_result_capa(r.result), 0), SLICE_LIT(".")));
	ck_assert(slice_eq(pop3_capa_line(probe_result_capa(r.result), 1), SLICE_LIT(".X y")));
	rig_fini(&r);
}
END_TEST

START_TEST(capa_out_of_step)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "capa");
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<+OK second greeting", "<+OK capabilities", "<."));
	ck_verdict(&r, "capa/protocol_error");
	ck_server_text(&r, "+OK capabilities");
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<+ ", "<."));
	ck_verdict(&r, "capa/protocol_error");
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<USER", "<."));
	ck_verdict(&r, "capa/protocol_error");
	rig_fini(&r);
}
END_TEST

START_TEST(capa_without_end)
{
	const char *script[8 + 200] = {"<+OK", ">CAPA", "<+OK"};
	struct rig r;

	for (size_t i = 3; i < 3 + 129; i++)
		script[i] = "<X";
	rig_init(&r, PROBE_TLS_NONE, "capa");
	rig_play(&r, script);
	ck_verdict(&r, "capa/reply_too_long");
	/* 128 are a list. */
	script[3 + 128] = "<.";
	script[3 + 129] = ">QUIT";
	script[3 + 130] = "<+OK";
	rig_play(&r, script);
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

/* --- octets that answer nothing -------------------------------------------------------------- */

START_TEST(surplus)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "capa");
	rig_run(&r, SCRIPT("<+OK", "<+OK", "<."), RIG_WHOLE);
	ck_verdict(&r, "greeting/protocol_error");
	ck_assert(slice_prefix(buf_slice(&r.result->server_text), SLICE_LIT("+OK\r\n.")));
	ck_assert_uint_eq(r.sent.n, 0);
	rig_run(&r, SCRIPT("<+OK", ">CAPA", "<-ERR", "=x"), RIG_WHOLE);
	ck_verdict(&r, "capa/protocol_error");
	rig_run(&r, SCRIPT("<+OK", ">CAPA", "<+OK", "<.", "=+OK\r\n"), RIG_WHOLE);
	ck_verdict(&r, "capa/protocol_error");
	/* Behind the reply to QUIT nothing matters any more. */
	rig_run(&r, SCRIPT("<+OK", ">CAPA", "<-ERR", ">QUIT", "<+OK", "<+OK"), RIG_WHOLE);
	ck_verdict(&r, "");
	ck_assert(!r.result->quit_failed);
	rig_fini(&r);
}
END_TEST

/* --- STAT, NOOP, QUIT ------------------------------------------------------------------------ */

static const struct {
	const char *reply, *verdict;
	bool quits;
} stats[] = {
	{"<+OK 0 0", "", true},
	{"<+OK 18446744073709551615 18446744073709551615", "", true},
	{"<+OK 1 2 3 words", "", true},
	{"<-ERR no", "stat/step_rejected", true},
	{"<-ERR [SYS/TEMP] no", "stat/sys_temp", true},
	{"<+OK", "stat/protocol_error", false},
	{"<+OK 1", "stat/protocol_error", false},
	{"<+OK -1 2", "stat/protocol_error", false},
	{"<+OK +1 2", "stat/protocol_error", false},
	{"<+OK 1  2", "stat/protocol_error", false},
	{"<+OK  1 2", "stat/protocol_error", false},
	{"<+OK 1\t2", "stat/protocol_error", false},
	{"<+OK 0x1 2", "stat/protocol_error", false},
	{"<+OK 1 18446744073709551616", "stat/protocol_error", false},
	{"<+OK 1e3 2", "stat/protocol_error", false},
	{"<+ 1 2", "stat/protocol_error", false},
};

START_TEST(stat_replies)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "stat");
	r.login.allow_plaintext = true;
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<-ERR", ">USER user", "<+OK", ">PASS pencil", "<+OK",
			     ">STAT", stats[_i].reply, stats[_i].quits ? ">QUIT" : NULL, "<+OK"));
	ck_verdict(&r, stats[_i].verdict);
	ck_assert_int_eq(r.result->has_stat, *stats[_i].verdict == '\0');
	ck_assert(r.result->login_accepted);
	rig_fini(&r);
}
END_TEST

START_TEST(noop)
{
	static const struct probe_step steps[] = {
		{.verb = STEP_GREETING}, {.verb = STEP_LOGIN}, {.verb = STEP_NOOP, .name = "idle"}};
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, steps, 3);
	r.login.allow_plaintext = true;
	rig_play(&r, SCRIPT("<+OK", ">USER user", "<+OK", ">PASS pencil", "<+OK", ">NOOP",
			     "<-ERR x", ">QUIT", "<+OK"));
	ck_verdict(&r, "script/step_rejected");
	ck_assert_str_eq(r.result->steps[3].name, "idle");
	rig_fini(&r);
}
END_TEST

START_TEST(quit_replies)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "banner");
	rig_play(&r, SCRIPT("<+OK", ">QUIT", "<-ERR"));
	ck_verdict(&r, "");
	ck_assert(r.result->quit_failed);
	rig_play(&r, SCRIPT("<+OK", ">QUIT", "<nonsense"));
	ck_verdict(&r, "");
	ck_assert(r.result->quit_failed);
	rig_play(&r, SCRIPT("<+OK", ">QUIT", "$"));
	ck_verdict(&r, "");
	ck_assert(r.result->quit_failed);
	rig_play(&r, SCRIPT("<+OK", ">QUIT", "=+O", "%"));
	ck_verdict(&r, "");
	ck_assert(r.result->quit_failed);
	rig_fini(&r);
}
END_TEST

START_TEST(quit_of_ones_own)
{
	static const struct probe_step steps[] = {{.verb = STEP_GREETING},
		{.verb = STEP_QUIT, .name = "bye", .text = SLICE_INIT("LOGOUT\r\n")}};
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, steps, 2);
	rig_play(&r, SCRIPT("<+OK", ">LOGOUT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert_uint_eq(r.result->step_count, 3);
	rig_fini(&r);
}
END_TEST

Suite *suite_probe(void)
{
	Suite *s = suite_create("probe");
	TCase *tc = tcase_create("dialogue");

	tcase_add_test(tc, banner_only);
	tcase_add_test(tc, whole_session);
	tcase_add_test(tc, times);
	tcase_add_test(tc, transcript);
	tcase_add_loop_test(
		tc, greeting_refused, 0, (int)(sizeof(greetings) / sizeof(greetings[0])));
	tcase_add_loop_test(tc, greeting_accepted, 0,
		(int)(sizeof(good_greetings) / sizeof(good_greetings[0])));
	tcase_add_test(tc, greeting_length);
	tcase_add_test(tc, greeting_patterns);
	tcase_add_test(tc, capa_refused);
	tcase_add_test(tc, capa_empty);
	tcase_add_test(tc, capa_unstuffed);
	tcase_add_test(tc, capa_out_of_step);
	tcase_add_test(tc, capa_without_end);
	tcase_add_test(tc, surplus);
	tcase_add_loop_test(tc, stat_replies, 0, (int)(sizeof(stats) / sizeof(stats[0])));
	tcase_add_test(tc, noop);
	tcase_add_test(tc, quit_replies);
	tcase_add_test(tc, quit_of_ones_own);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, tcase_probe_login());
	suite_add_tcase(s, tcase_probe_sasl());
	suite_add_tcase(s, tcase_probe_tls());
	suite_add_tcase(s, tcase_probe_raw());
	suite_add_tcase(s, tcase_probe_time());
	suite_add_tcase(s, tcase_probe_cut());
	suite_add_tcase(s, tcase_probe_redact());
	suite_add_tcase(s, tcase_probe_ahead());
	return s;
}
