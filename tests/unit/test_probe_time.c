/* Deadlines, cancelling, dialling that fails: every end that is not the server's word. */
#include "test_probe.h"

#include <string.h>

#define TO_LOGIN "<+OK", ">CAPA", "<-ERR"
#define TO_STAT	 TO_LOGIN, ">USER user", "<+OK", ">PASS pencil", "<+OK", ">STAT"

static const struct {
	const char *script[12];
	const char *verdict;
} timeouts[] = {
	{{"#9999"}, "greeting/timeout"},
	{{"=+OK", "#9998"}, "greeting/timeout"},
	{{"<+OK", ">CAPA", "#9999"}, "capa/timeout"},
	{{"<+OK", ">CAPA", "<+OK", "<USER", "#9999"}, "capa/timeout"},
	{{TO_LOGIN, ">USER user", "#9999"}, "auth/timeout"},
	{{TO_LOGIN, ">USER user", "<+OK", ">PASS pencil", "#9999"}, "auth/timeout"},
	{{TO_STAT, "#9999"}, "stat/timeout"},
};

START_TEST(timeout)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "stat");
	r.login.allow_plaintext = true;
	rig_play(&r, timeouts[_i].script);
	ck_verdict(&r, timeouts[_i].verdict);
	ck_assert_uint_eq(r.result->elapsed_ns, RIG_TIMEOUT * MS);
	rig_fini(&r);
}
END_TEST

/* The reply to QUIT is worth two seconds, half a second behind a failure, never a failure. */
START_TEST(quit_wait)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "stat");
	r.login.allow_plaintext = true;
	rig_play(&r, SCRIPT(TO_STAT, "<+OK 1 2", ">QUIT", "#20000"));
	ck_verdict(&r, "");
	ck_assert(r.result->quit_failed);
	ck_assert_uint_eq(r.result->phase_ns[PHASE_QUIT], 2000 * MS);
	ck_assert_uint_eq(r.result->elapsed_ns, r.result->time_ns + 2000 * MS);
	rig_play(&r, SCRIPT(TO_STAT, "<-ERR", ">QUIT", "#20000"));
	ck_verdict(&r, "stat/step_rejected");
	ck_assert(r.result->quit_failed);
	ck_assert_uint_eq(r.result->elapsed_ns, r.result->time_ns + 500 * MS);
	/* The deadline ends the wait, too. */
	rig_play(&r, SCRIPT(TO_STAT, "#9500", "<+OK 1 2", ">QUIT", "#20000"));
	ck_verdict(&r, "");
	ck_assert(r.result->quit_failed);
	ck_assert_uint_eq(r.result->elapsed_ns, RIG_TIMEOUT * MS);
	rig_fini(&r);
}
END_TEST

/* An octet a second does not move the deadline. */
START_TEST(drip)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "banner");
	rig_play(&r, SCRIPT("=+", "#2000", "=O", "#2000", "=K", "#2000", "= ", "#2000", "=x",
			     "#2000", "=x", "#2000"));
	ck_verdict(&r, "greeting/timeout");
	ck_assert_uint_eq(r.result->elapsed_ns, RIG_TIMEOUT * MS);
	rig_fini(&r);
}
END_TEST

START_TEST(silence_on_995)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "banner");
	r.spec.port = 995;
	rig_play(&r, SCRIPT("#20000"));
	ck_verdict(&r, "greeting/peer_speaks_tls");
	rig_play(&r, SCRIPT("=+", "#20000"));
	ck_verdict(&r, "greeting/timeout");
	rig_fini(&r);
	rig_init(&r, PROBE_TLS_IMPLICIT, "banner");
	r.spec.port = 995;
	rig_play(&r, SCRIPT(">" RIG_HELLO, "#20000"));
	ck_verdict(&r, "tls/timeout");
	rig_fini(&r);
}
END_TEST

START_TEST(no_timeout)
{
	struct rig r;

	rig_init(&r, PROBE_TLS_NONE, "banner");
	r.spec.timeout_ns = 0;
	rig_play(&r, SCRIPT("#100000000", "<+OK", ">QUIT", "<+OK"));
	ck_verdict(&r, "");
	rig_fini(&r);
}
END_TEST

/* --- dialling -------------------------------------------------------------------------------- */

static struct probe *dialing(struct rig *r)
{
	rig_init(r, PROBE_TLS_NONE, "stat");
	r->probe = probe_new(&r->spec);
	r->result = probe_result(r->probe);
	probe_start(r->probe, RIG_START * MS);
	return r->probe;
}

START_TEST(dial_fails)
{
	struct probe_dialed d = {
		.address = "192.0.2.7", .family = 4, .resolve_ns = MS, .connect_ns = 2 * MS};
	struct rig r;
	struct probe *p = dialing(&r);

	d.tried = 3;
	probe_dial_failed(p, &d, PHASE_CONNECT, REASON_REFUSED, "words", (RIG_START + 3) * MS);
	ck_assert_int_eq(probe_want(p), PROBE_WANT_DONE);
	ck_verdict(&r, "connect/refused");
	ck_assert_str_eq(r.result->detail, "words");
	ck_assert_uint_eq(r.result->addresses_tried, 3);
	ck_assert_uint_eq(r.result->phase_ns[PHASE_CONNECT], 2 * MS);
	ck_assert_uint_eq(r.result->elapsed_ns, 3 * MS);
	/* What comes afterwards changes nothing. */
	probe_connected(p, &d, 9000 * MS);
	probe_input(p, "+OK\r\n", 5, 9000 * MS);
	probe_eof(p, 9000 * MS);
	probe_broken(p, true, "x", 9000 * MS);
	probe_tick(p, 90000 * MS);
	probe_cancel(p, REASON_CANCELLED, NULL, 90000 * MS);
	ck_verdict(&r, "connect/refused");
	ck_assert_uint_eq(r.result->elapsed_ns, 3 * MS);
	ck_assert_uint_eq(probe_output(p).n, 0);
	rig_fini(&r);
}
END_TEST

START_TEST(resolving_fails)
{
	struct probe_dialed d = {.resolve_ns = MS, .connect_ns = PROBE_NS_NONE};
	struct rig r;
	struct probe *p = dialing(&r);

	probe_dial_failed(p, &d, PHASE_RESOLVE, REASON_DNS_NOT_FOUND, NULL, (RIG_START + 1) * MS);
	ck_verdict(&r, "resolve/dns_not_found");
	ck_assert_uint_eq(r.result->phase_ns[PHASE_CONNECT], PROBE_NS_NONE);
	rig_fini(&r);
}
END_TEST

START_TEST(dialling_times_out)
{
	struct probe_dialed d = {.resolve_ns = MS, .connect_ns = PROBE_NS_NONE};
	struct rig r;
	struct probe *p = dialing(&r);

	probe_dial_progress(p, &d);
	probe_tick(p, (RIG_START + RIG_TIMEOUT - 1) * MS);
	ck_assert_int_eq(probe_want(p), PROBE_WANT_DIAL);
	probe_tick(p, (RIG_START + RIG_TIMEOUT) * MS);
	ck_assert_int_eq(probe_want(p), PROBE_WANT_DONE);
	ck_verdict(&r, "resolve/timeout");
	rig_fini(&r);
	p = dialing(&r);
	d.connect_ns = MS;
	probe_dial_progress(p, &d);
	probe_tick(p, (RIG_START + RIG_TIMEOUT) * MS);
	ck_verdict(&r, "connect/timeout");
	rig_fini(&r);
}
END_TEST

/* --- cancelling ------------------------------------------------------------------------------ */

START_TEST(cancel_anywhere)
{
	static const char session[] = "+OK\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 1 2\r\n";
	struct probe_dialed d = {.address = "", .resolve_ns = MS, .connect_ns = MS};

	for (size_t n = 0; n < sizeof(session); n++) {
		struct rig r;
		struct probe *p = dialing(&r);

		r.login.allow_plaintext = true;
		probe_connected(p, &d, RIG_START * MS);
		for (size_t i = 0; i < n; i++)
			probe_input(p, session + i, 1, RIG_START * MS);
		probe_cancel(p, REASON_CANCELLED, "enough", (RIG_START + 1) * MS);
		ck_assert_int_eq(probe_want(p), PROBE_WANT_DONE);
		ck_assert_int_eq(r.result->reason, REASON_CANCELLED);
		ck_assert_str_eq(r.result->detail, "enough");
		rig_fini(&r);
	}
}
END_TEST

/* The first failure counts. */
START_TEST(cancel_after_failure)
{
	struct probe_dialed d = {.address = "", .resolve_ns = MS, .connect_ns = MS};
	struct rig r;
	struct probe *p = dialing(&r);

	probe_connected(p, &d, RIG_START * MS);
	probe_input(p, "+OK\r\n", 5, RIG_START * MS);
	probe_input(p, "-ERR\r\n", 6, RIG_START * MS);
	ck_assert_int_eq(probe_want(p), PROBE_WANT_IO);
	ck_verdict(&r, "auth/plaintext_refused");
	probe_cancel(p, REASON_CANCELLED, NULL, RIG_START * MS);
	ck_assert_int_eq(probe_want(p), PROBE_WANT_DONE);
	ck_verdict(&r, "auth/plaintext_refused");
	rig_fini(&r);
}
END_TEST

START_TEST(cancel_dialling)
{
	struct rig r;
	struct probe *p = dialing(&r);

	probe_cancel(p, REASON_TOO_MANY_PROBES, NULL, RIG_START * MS);
	ck_assert_int_eq(probe_want(p), PROBE_WANT_DONE);
	ck_verdict(&r, "connect/too_many_probes");
	rig_fini(&r);
}
END_TEST

START_TEST(broken_words)
{
	struct probe_dialed d = {.address = "", .resolve_ns = MS, .connect_ns = MS};
	struct rig r;
	struct probe *p = dialing(&r);

	probe_connected(p, &d, RIG_START * MS);
	probe_broken(p, false, "No route to host", RIG_START * MS);
	ck_verdict(&r, "greeting/unreachable");
	ck_assert_str_eq(r.result->detail, "No route to host");
	rig_fini(&r);
	probe_free(NULL);
}
END_TEST

TCase *tcase_probe_time(void)
{
	TCase *tc = tcase_create("time");

	tcase_add_loop_test(tc, timeout, 0, (int)(sizeof(timeouts) / sizeof(timeouts[0])));
	tcase_add_test(tc, quit_wait);
	tcase_add_test(tc, drip);
	tcase_add_test(tc, silence_on_995);
	tcase_add_test(tc, no_timeout);
	tcase_add_test(tc, dial_fails);
	tcase_add_test(tc, resolving_fails);
	tcase_add_test(tc, dialling_times_out);
	tcase_add_test(tc, cancel_anywhere);
	tcase_add_test(tc, cancel_after_failure);
	tcase_add_test(tc, cancel_dialling);
	tcase_add_test(tc, broken_words);
	return tc;
}
