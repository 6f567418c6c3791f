/* Raw dialogue: STEP_SEND, STEP_DELAY, STEP_EXPECT, and greetings whose line does not end. */
#include "test_probe.h"

#include <stdlib.h>
#include <string.h>

static const struct slice ready[] = {SLICE_INIT("ready")};
static const struct slice words[] = {SLICE_INIT("alpha"), SLICE_INIT("beta")};

static const struct step_expect expect_ready = {
	.patterns = ready, .count = 1, .silence_ns = 2000 * MS};
static const struct step_expect expect_all = {
	.patterns = words, .count = 2, .all = true, .silence_ns = 2000 * MS};
static const struct step_expect expect_prefix = {
	.patterns = words, .count = 2, .prefix = true, .silence_ns = 2000 * MS};
static const struct step_expect expect_few = {
	.patterns = ready, .count = 1, .max_octets = 8, .silence_ns = 2000 * MS};

static void rig_expect(struct rig *r, const struct step_expect *e)
{
	struct probe_step step = {.verb = STEP_EXPECT, .expect = e};

	rig_init_steps(r, PROBE_TLS_NONE, &step, 1);
}

static const struct {
	const struct step_expect *expect;
	const char *input, *verdict;
	bool quits; /* the input is a +OK greeting */
} expectations[] = {
	{&expect_ready, "=+OK ready", "", true},
	{&expect_ready, "<* OK IMAP ready", "", false},
	{&expect_ready, "<+OK busy", "greeting/expect_mismatch", true},
	{&expect_ready, "<-ERR busy", "greeting/expect_mismatch", false},
	{&expect_all, "=+OK beta alpha", "", true},
	{&expect_all, "=+OK alpha", "greeting/expect_mismatch", true},
	{&expect_prefix, "=beta", "", false},
	{&expect_prefix, "=+OK alpha", "greeting/expect_mismatch", true},
	{&expect_few, "=+OK busy", "greeting/expect_mismatch", true},
};

/* The transcript shows raw octets as they came, so runs are not the same line by line. */
static void both(struct rig *r, const char *const *script, const char *verdict)
{
	rig_run(r, script, RIG_WHOLE);
	ck_verdict(r, verdict);
	rig_run(r, script, RIG_OCTETS);
	ck_verdict(r, verdict);
}

/* Where the pattern is not met, silence decides after two seconds. */
START_TEST(expectation)
{
	const char *input = expectations[_i].input, *raw = input + 1;
	struct rig r;

	rig_expect(&r, expectations[_i].expect);
	both(&r,
		expectations[_i].quits ? SCRIPT(input, "#2000", ">QUIT", "<+OK")
				       : SCRIPT(input, "#2000"),
		expectations[_i].verdict);
	ck_assert(slice_prefix(slice_str(raw), buf_slice(&r.result->raw)) ||
		  slice_prefix(buf_slice(&r.result->raw), slice_str(raw)));
	rig_fini(&r);
}
END_TEST

START_TEST(expect_silence)
{
	struct rig r;

	rig_expect(&r, &expect_ready);
	/* Every octet renews the patience. */
	both(&r, SCRIPT("=+OK not", "#1500", "= yet re", "#1500", "=ady", ">QUIT", "<+OK"), "");
	both(&r, SCRIPT("=+OK not", "#1998", "= yet", "#2000", ">QUIT", "<+OK"),
		"greeting/expect_mismatch");
	ck_assert_str_eq(rig_text(&r.result->raw), "+OK not yet");
	/* The silence begins with the first octet; before it the deadline alone counts. */
	both(&r, SCRIPT("#5000", "=+OK ready", ">QUIT", "<+OK"), "");
	both(&r, SCRIPT("#20000"), "greeting/timeout");
	rig_fini(&r);
}
END_TEST

START_TEST(expect_eof)
{
	struct rig r;

	rig_expect(&r, &expect_ready);
	/* The end is told again for as long as someone listens. */
	both(&r, SCRIPT("=+OK ", "$", ">QUIT", "$"), "greeting/expect_mismatch");
	both(&r, SCRIPT("$"), "greeting/closed");
	both(&r, SCRIPT("=+OK", "%"), "greeting/reset");
	rig_fini(&r);
}
END_TEST

/* What does not contain the pattern is read up to 16 KiB, then judged. */
START_TEST(expect_flood)
{
	char *flood = malloc(40000);
	struct rig r;

	ck_assert_ptr_nonnull(flood);
	memset(flood, 'x', 40000);
	flood[0] = '=';
	flood[39999] = '\0';
	rig_expect(&r, &expect_ready);
	rig_run(&r, SCRIPT(flood), RIG_WHOLE);
	ck_verdict(&r, "greeting/expect_mismatch");
	ck_assert_uint_eq(r.result->raw.n, 16384);
	ck_assert_uint_eq(r.sent.n, 0);
	rig_fini(&r);
	free(flood);
}
END_TEST

START_TEST(send_first)
{
	static const struct probe_step steps[] = {{.verb = STEP_SEND, .text = SLICE_INIT("hi\r\n")},
		{.verb = STEP_EXPECT, .expect = &expect_ready}};
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, steps, 2);
	rig_run(&r, SCRIPT(">hi", "=+OK ready", ">QUIT", "<+OK"), RIG_WHOLE);
	ck_verdict(&r, "");
	rig_run(&r, SCRIPT(">hi", "=+OK ready", ">QUIT", "<+OK"), RIG_OCTETS);
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

/* --- delay ----------------------------------------------------------------------------------- */

static const struct probe_step delayed[] = {
	{.verb = STEP_DELAY, .ns = 3000 * MS}, {.verb = STEP_GREETING}};

/* What comes during the delay waits for the step behind it, and the delay is nobody's time. */
START_TEST(delay_holds)
{
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, delayed, 2);
	rig_play(&r, SCRIPT("#500", "=+OK rea", "#500", "<dy", "#3000", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert_str_eq(rig_text(&r.result->greeting), "+OK ready");
	ck_assert_uint_eq(r.result->steps[1].ns, 3000 * MS);
	ck_assert_uint_eq(r.result->time_ns, 1 * MS);
	ck_assert_uint_eq(r.result->phase_ns[PHASE_GREETING], 0);
	ck_assert_uint_gt(r.result->elapsed_ns, 3000 * MS);
	rig_play(&r, SCRIPT("=+OK rea", "#3500", "<dy", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_play(&r, SCRIPT("#3500", "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

START_TEST(delay_ends)
{
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, delayed, 2);
	rig_play(&r, SCRIPT("=+OK", "$"));
	ck_verdict(&r, "greeting/closed");
	rig_play(&r, SCRIPT("=+OK", "%"));
	ck_verdict(&r, "greeting/reset");
	/* Two lines where one is due. */
	rig_play(&r, SCRIPT("<+OK", "<+OK", "#3500"));
	ck_verdict(&r, "greeting/protocol_error");
	r.spec.timeout_ns = 1000 * MS;
	rig_play(&r, SCRIPT("=+OK", "#3500"));
	ck_verdict(&r, "greeting/timeout");
	ck_assert_uint_eq(r.result->elapsed_ns, 1000 * MS);
	rig_fini(&r);
}
END_TEST

/* --- greetings without end ------------------------------------------------------------------- */

START_TEST(greeting_without_end)
{
	static const struct probe_step step = {.verb = STEP_GREETING, .ns = 1000 * MS};
	struct rig r;

	rig_init_steps(&r, PROBE_TLS_NONE, &step, 1);
	rig_play(&r, SCRIPT("=+OK ready", "#1000", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert_str_eq(rig_text(&r.result->greeting), "+OK ready");
	rig_play(&r, SCRIPT("=+OK rea", "#900", "=dy", "#900", "<.", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	ck_assert_str_eq(rig_text(&r.result->greeting), "+OK ready.");
	rig_play(&r, SCRIPT("=-ERR", "#1000"));
	ck_verdict(&r, "greeting/expect_mismatch");
	rig_play(&r, SCRIPT("=+OKAY", "#1000"));
	ck_verdict(&r, "greeting/expect_mismatch");
	/* Not yet more than the beginning of one. */
	rig_play(&r, SCRIPT("=+O", "#2000", "<K", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_play(&r, SCRIPT("=+O", "#20000"));
	ck_verdict(&r, "greeting/timeout");
	ck_assert_uint_eq(r.sent.n, 0);
	rig_fini(&r);
}
END_TEST

TCase *tcase_probe_raw(void)
{
	TCase *tc = tcase_create("raw");

	tcase_add_loop_test(
		tc, expectation, 0, (int)(sizeof(expectations) / sizeof(expectations[0])));
	tcase_add_test(tc, expect_silence);
	tcase_add_test(tc, expect_eof);
	tcase_add_test(tc, expect_flood);
	tcase_add_test(tc, send_first);
	tcase_add_test(tc, delay_holds);
	tcase_add_test(tc, delay_ends);
	tcase_add_test(tc, greeting_without_end);
	return tc;
}
