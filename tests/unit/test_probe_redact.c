/* Secrets that a server quotes back stand in nothing the probe keeps. */
#include "test_probe.h"

#include <string.h>

#define PASSWORD "Zu9-geheim_7q"

/* The password as servers may quote it: raw, base64 at the three offsets, in hex, percent-encoded,
 * in PLAIN's response. */
static const char *const quotes[] = {
	"Zu9-geheim_7q",
	"WnU5LWdlaGVpbV83cQ==",
	"xZu9-geheim_7qx",
	"AHVzZXIAWnU5LWdlaGVpbV83cQ==",
	"eFp1OS1nZWhlaW1fN3E=",
	"eHhadTktZ2VoZWltXzdx",
	"5a75392d67656865696d5f3771",
	"5A75392D67656865696D5F3771",
	"%5a%75%39%2d%67%65%68%65%69%6d%5f%37%71",
	"Zu9%2Dgeheim%5F7q",
};

enum { QUOTES = sizeof(quotes) / sizeof(quotes[0]) };

static char *with(char *line, const char *before, const char *quote, const char *after)
{
	strcpy(line, before);
	strcat(line, quote);
	return strcat(line, after);
}

static void check_hidden(const struct rig *r)
{
	for (int i = 0; i < QUOTES; i++)
		ck_assert_msg(!rig_tells(r, quotes[i]), "%s", quotes[i]);
	for (size_t i = 0; i < r->result->trace.count; i++)
		ck_assert_str_ne(r->result->trace.lines[i].text, PASSWORD);
}

static void begin(struct rig *r)
{
	rig_init(r, PROBE_TLS_NONE, "stat");
	rig_password(r, PASSWORD);
	r->login.allow_plaintext = true;
}

START_TEST(in_greeting)
{
	char line[256];
	struct rig r;

	begin(&r);
	rig_play(&r, SCRIPT(with(line, "<+OK hello ", quotes[_i], " <a@b>"), ">CAPA", "$"));
	check_hidden(&r);
	ck_assert(rig_tells(&r, "***"));
	rig_play(&r, SCRIPT(with(line, "<-ERR hello ", quotes[_i], " x")));
	ck_verdict(&r, "greeting/rejected");
	check_hidden(&r);
	rig_play(&r, SCRIPT(with(line, "<", quotes[_i], " x")));
	ck_verdict(&r, "greeting/protocol_error");
	check_hidden(&r);
	rig_play(&r, SCRIPT(with(line, "=+OK ", quotes[_i], ""), "$"));
	ck_verdict(&r, "greeting/closed");
	check_hidden(&r);
	rig_fini(&r);
}
END_TEST

START_TEST(in_capa)
{
	char line[256], status[256];
	struct rig r;

	begin(&r);
	rig_play(&r, SCRIPT("<+OK", ">CAPA", with(status, "<+OK ", quotes[_i], ""),
			     with(line, "<X ", quotes[_i], " y"), "<.", ">QUIT", "<+OK"));
	check_hidden(&r);
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<+OK", with(line, "<", quotes[_i], ""), "<.", ">QUIT",
			     "<+OK"));
	check_hidden(&r);
	ck_assert_uint_eq(pop3_capa_count(probe_result_capa(r.result)), 1);
	rig_fini(&r);
}
END_TEST

START_TEST(in_refusal)
{
	char line[256];
	struct rig r;

	begin(&r);
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<-ERR", ">USER user", "<+OK", ">PASS " PASSWORD,
			     with(line, "<-ERR [AUTH] bad password ", quotes[_i], "!"), ">QUIT",
			     "<+OK"));
	ck_verdict(&r, "auth/auth_rejected");
	check_hidden(&r);
	rig_fini(&r);
	rig_init(&r, PROBE_TLS_NONE, "login");
	rig_password(&r, PASSWORD);
	r.login.allow_plaintext = true;
	r.login.expect_reject = true;
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<-ERR", ">USER user", "<+OK", ">PASS " PASSWORD,
			     with(line, "<-ERR [", quotes[_i], "] x"), ">QUIT", "<+OK"));
	check_hidden(&r);
	rig_fini(&r);
}
END_TEST

START_TEST(in_stat_and_quit)
{
	char line[256];
	struct rig r;

	begin(&r);
	rig_play(&r, SCRIPT("<+OK", ">CAPA", "<-ERR", ">USER user", "<+OK", ">PASS " PASSWORD,
			     "<+OK", ">STAT", with(line, "<+OK ", quotes[_i], " 1")));
	ck_verdict(&r, "stat/protocol_error");
	check_hidden(&r);
	rig_play(&r,
		SCRIPT("<+OK", ">CAPA", "<-ERR", ">USER user", "<+OK", ">PASS " PASSWORD, "<+OK",
			">STAT", "<+OK 1 2", ">QUIT", with(line, "<-ERR ", quotes[_i], "")));
	ck_verdict(&r, "");
	check_hidden(&r);
	rig_fini(&r);
}
END_TEST

/* In a challenge, whether it is one or not. */
START_TEST(in_challenge)
{
	char line[256];
	struct rig r;

	begin(&r);
	rig_mech(&r, AUTH_PLAIN);
	r.octets_max = SIZE_MAX - 1;
	rig_run(&r,
		SCRIPT("<+OK", ">CAPA", "<-ERR", ">AUTH PLAIN AHVzZXIAWnU5LWdlaGVpbV83cQ==",
			with(line, "<+ ", quotes[_i], "")),
		RIG_WHOLE);
	ck_verdict(&r, "auth/protocol_error");
	check_hidden(&r);
	rig_fini(&r);
}
END_TEST

/* Behind a complete reply, and where TLS was due. */
START_TEST(in_surplus)
{
	char line[256];
	struct rig r;

	begin(&r);
	rig_run(&r, SCRIPT("<+OK", with(line, "=", quotes[_i], "")), RIG_WHOLE);
	ck_verdict(&r, "greeting/protocol_error");
	check_hidden(&r);
	rig_fini(&r);
	rig_init(&r, PROBE_TLS_IMPLICIT, "stat");
	rig_password(&r, PASSWORD);
	rig_run(&r, SCRIPT(">" RIG_HELLO, with(line, "<+OK ", quotes[_i], "")), RIG_WHOLE);
	ck_verdict(&r, "tls/peer_speaks_plaintext");
	check_hidden(&r);
	rig_fini(&r);
}
END_TEST

/* Three octets cannot be searched for: after the login whole lines are withheld. */
START_TEST(short_secret)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "stat");
	rig_password(&r, "abc");
	r.login.allow_plaintext = true;
	rig_play(&r, SCRIPT("<+OK the abc server", ">CAPA", "<-ERR", ">USER user", "<+OK",
			     ">PASS abc", "<-ERR abc is wrong", ">QUIT", "<+OK abc"));
	ck_verdict(&r, "auth/auth_rejected");
	ck_assert_str_eq(rig_text(&r.result->greeting), "+OK the abc server");
	ck_server_text(&r, "***");
	ck_assert(!rig_tells(&r, "abc is wrong"));
	ck_assert(!rig_tells(&r, "+OK abc"));
	rig_fini(&r);
}
END_TEST

/* A secret that begins where the text is cut is not half shown. */
START_TEST(at_the_limit)
{
	char line[2000];
	struct rig r;

	begin(&r);
	for (size_t pad = 480; pad < 530; pad++) {
		memset(line, 'x', sizeof(line));
		memcpy(line, "<-ERR ", 6);
		strcpy(line + pad, PASSWORD);
		rig_run(&r, SCRIPT(line), RIG_WHOLE);
		ck_verdict(&r, "greeting/rejected");
		check_hidden(&r);
		ck_assert(!rig_tells(&r, "Zu9-g"));
	}
	rig_fini(&r);
}
END_TEST

/* Controls of the server do not reach the transcript. */
START_TEST(transcript_is_printable)
{
	struct rig r;

	begin(&r);
	rig_play(&r, SCRIPT("<+OK \x1b[31m\x9b|\xe2\x80\xae\x7f\r x", ">CAPA", "$"));
	ck_assert_str_eq(
		r.result->trace.lines[0].text, "+OK \\x1b[31m\\x9b|\\xe2\\x80\\xae\\x7f\\r x");
	rig_fini(&r);
}
END_TEST

START_TEST(transcript_is_bounded)
{
	static char line[502];
	const char *script[64] = {"<+OK", ">CAPA", "<+OK"};
	struct rig r;

	memset(line, 'x', sizeof(line) - 1);
	line[0] = '<';
	for (size_t i = 3; i < 33; i++)
		script[i] = line;
	script[33] = "<.";
	script[34] = ">QUIT";
	script[35] = "<+OK";
	rig_init(&r, PROBE_TLS_NONE, "capa");
	rig_play(&r, script);
	ck_verdict(&r, "");
	ck_assert_uint_le(r.result->trace.octets, TRACE_OCTETS_MAX);
	ck_assert_uint_le(r.result->trace.count, TRACE_LINES_MAX);
	rig_fini(&r);
}
END_TEST

TCase *tcase_probe_redact(void)
{
	TCase *tc = tcase_create("redact");

	tcase_add_loop_test(tc, in_greeting, 0, QUOTES);
	tcase_add_loop_test(tc, in_capa, 0, QUOTES);
	tcase_add_loop_test(tc, in_refusal, 0, QUOTES);
	tcase_add_loop_test(tc, in_stat_and_quit, 0, QUOTES);
	tcase_add_loop_test(tc, in_challenge, 0, QUOTES);
	tcase_add_loop_test(tc, in_surplus, 0, QUOTES);
	tcase_add_test(tc, short_secret);
	tcase_add_test(tc, at_the_limit);
	tcase_add_test(tc, transcript_is_printable);
	tcase_add_test(tc, transcript_is_bounded);
	return tc;
}
