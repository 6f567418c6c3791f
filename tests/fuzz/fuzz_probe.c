/* Whole probes in clear text: the same result whole, octet by octet and in random pieces; no secret
 * in anything that is kept or printed; every output valid. First octet: program; second: login;
 * third: how it ends; then the server (session.h). */
#include "base/secret.h"
#include "fuzz.h"
#include "report/output.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_texts(struct buf *out, const struct probe_result *r)
{
	buf_addf(out, "%s\n", r->detail);
	buf_add_slice(out, buf_slice(&r->greeting));
	buf_add_char(out, '\n');
	for (size_t stage = 0; stage < CAPA_STAGE_COUNT; stage++)
		for (size_t i = 0; r->capa[stage] && i < pop3_capa_count(r->capa[stage]); i++) {
			buf_add_slice(out, pop3_capa_line(r->capa[stage], i));
			buf_add_char(out, '\n');
		}
	for (size_t i = 0; i < r->trace.count; i++)
		buf_addf(out, "%d %s\n", (int)r->trace.lines[i].from, r->trace.lines[i].text);
}

/* What must be the same however the octets came. */
static void put_result(struct buf *out, const struct session *s)
{
	const struct probe_result *r = probe_result(s->probe);

	buf_addf(out, "%s/%s %d %d %d %d %d\n", probe_phase_name(r->phase),
		r->reason == REASON_NONE ? "ok" : probe_reason_name(r->reason), r->quit_failed,
		r->greeting_ok, r->login_tried, r->login_accepted, r->has_stat);
	buf_addf(out, "%llu %llu %llu\n", (unsigned long long)r->time_ns,
		(unsigned long long)r->elapsed_ns, (unsigned long long)r->sent_octets);
	for (size_t i = 0; i < r->step_count; i++)
		buf_addf(out, "%s %d %llu %llu\n", r->steps[i].name, (int)r->steps[i].state,
			(unsigned long long)r->steps[i].at_ns, (unsigned long long)r->steps[i].ns);
	put_texts(out, r);
	buf_add_slice(out, buf_slice(&r->server_text));
	buf_add_slice(out, buf_slice(&s->sent));
}

/* Octets in advance show only when they come together with what they follow, and how many come at
 * once changes what is quoted of them. */
static bool depends_on_segments(const struct probe_result *r)
{
	return r->reason == REASON_PROTOCOL_ERROR && strstr(r->detail, "octets") != NULL;
}

static void check_kept(const struct session *s)
{
	const struct probe_result *r = probe_result(s->probe);
	struct slice secret = secret_slice(s->secret);
	struct buf texts;

	buf_init(&texts, 1 << 24);
	put_texts(&texts, r);
	FUZZ_CHECK(!fuzz_has_secret(buf_slice(&texts), secret));
	FUZZ_CHECK(!fuzz_has_secret(buf_slice(&r->server_text), secret));
	for (size_t i = 0; i < r->trace.count; i++)
		FUZZ_CHECK(fuzz_is_clean(slice_str(r->trace.lines[i].text), false));
	FUZZ_CHECK(fuzz_is_clean(slice_str(r->detail), false));
	buf_fini(&texts);
}

/* What may be sent before a +OK greeting, and with no leave for clear text. */
static void check_sent(const struct session *s)
{
	const struct probe_result *r = probe_result(s->probe);

	FUZZ_CHECK(r->greeting_ok || s->sent.n == 0);
	FUZZ_CHECK(
		r->login_tried || !fuzz_has_secret(buf_slice(&s->sent), secret_slice(s->secret)));
	if (!s->login.allow_plaintext)
		FUZZ_CHECK(!fuzz_has_secret(buf_slice(&s->sent), secret_slice(s->secret)));
}

static void check_output(struct buf *out, bool printed, const struct session *s)
{
	FUZZ_CHECK(printed);
	FUZZ_CHECK(fuzz_is_clean(buf_slice(out), true));
	FUZZ_CHECK(!fuzz_has_secret(buf_slice(out), secret_slice(s->secret)));
	buf_clear(out);
}

static void check_printed(const struct session *s)
{
	struct report_policy policy;
	struct report_context ctx = {.host = "mail.example",
		.port = 110,
		.module = "pop3",
		.user = "user",
		.login = &s->login,
		.timeout_ns = s->spec.timeout_ns,
		.version = "0",
		.id = "1",
		.transcript = true,
		.greeting_metric = true,
		.capability_metric = true};
	struct report_verdict v;
	struct report_item item = {probe_result(s->probe), &v, &ctx, "words"};
	struct buf out;

	report_policy_init(&policy);
	buf_init(&out, REPORT_OUTPUT_MAX);
	FUZZ_CHECK(report_verdict_make(&v, item.result, &policy, &ctx));
	for (size_t i = 0; i < v.problem_count; i++)
		check_output(&out, report_problem_text(&out, &v.problems[i]), s);
	check_output(&out, report_json(&out, &item, 1), s);
	check_output(&out, report_prometheus(&out, &item), s);
	check_output(&out, report_tap(&out, &item, 1), s);
	check_output(&out, report_junit(&out, &item, 1), s);
	report_verdict_fini(&v);
	buf_fini(&out);
}

static void run(struct session *s, struct slice in, unsigned cut, bool silent, struct buf *log)
{
	session_run(s, in, cut, silent);
	FUZZ_CHECK(s->probe != NULL);
	FUZZ_CHECK(probe_result(s->probe)->reason != REASON_INTERNAL);
	buf_clear(log);
	put_result(log, s);
	check_kept(s);
	check_sent(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = {data, size};
	unsigned program = fuzz_octet(&in), choice = fuzz_octet(&in);
	bool silent = fuzz_octet(&in) % 2 != 0;
	struct session s;
	struct buf whole, cut;

	FUZZ_CHECK(session_init(&s, program, choice));
	buf_init(&whole, 1 << 24);
	buf_init(&cut, 1 << 24);
	run(&s, in, FUZZ_WHOLE, silent, &whole);
	check_printed(&s);
	if (!depends_on_segments(probe_result(s.probe))) {
		for (unsigned i = FUZZ_OCTETS; i < FUZZ_RANDOM + 2; i++) {
			run(&s, in, i, silent, &cut);
			if (getenv("FUZZ_SHOW") && !slice_eq(buf_slice(&whole), buf_slice(&cut)))
				fprintf(stderr, "--- whole\n%s\n--- cut %u\n%s\n", buf_str(&whole),
					i, buf_str(&cut));
			FUZZ_CHECK(slice_eq(buf_slice(&whole), buf_slice(&cut)));
		}
	}
	buf_fini(&whole);
	buf_fini(&cut);
	session_fini(&s);
	return 0;
}
