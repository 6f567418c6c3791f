/* check_pop3: tests a POP3 server, once, for Nagios, Icinga and their kin. */
#include "help.h"
#include "net/loop.h"
#include "process.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNKNOWN = 3 };

static const uint64_t grace_ns = 500 * (uint64_t)1000000;

/* The line may still be written for a little while after the deadline. */
static uint64_t writing_deadline(const struct settings *s, uint64_t start_ns)
{
	unsigned long seconds = s->wait_s ? s->wait_s : s->timeout_s;

	return start_ns + seconds * (uint64_t)1000000000 + grace_ns;
}

static void fail(struct report *r, const struct plan_failure *f, uint64_t start_ns)
{
	r->count = 1;
	outcome_fail(&r->outcomes[0], r->settings, f, net_now_ns() - start_ns);
	report_single(r);
}

/* One piece of memory, as outcomes point into the plan until they are freed. */
struct job {
	struct plan plan;
	struct report report;
};

static void run(struct job *job, uint64_t start_ns)
{
	struct report *r = &job->report;
	struct settings *s = r->settings;
	struct plan_failure failure;

	if (!plan_init(&job->plan, s, start_ns, &failure)) {
		fail(r, &failure, start_ns);
	} else if (s->user && s->auth == AUTH_CHOICE_EACH) {
		each_run(r, &job->plan);
	} else {
		r->count = 1;
		outcome_wait(&r->outcomes[0], &job->plan);
		report_single(r);
	}
	(void)report_files(r);
}

static int check(struct settings *s, struct buf *out, uint64_t start_ns)
{
	struct job *job = calloc(1, sizeof(*job));
	int code = UNKNOWN;
	bool ok = false;

	if (job) {
		job->report.settings = s;
		run(job, start_ns);
		code = report_exit(&job->report);
		ok = report_render(out, s->format, &job->report);
		report_fini(&job->report);
		plan_fini(&job->plan);
		free(job);
	}
	if (ok)
		return code;
	buf_clear(out);
	(void)buf_addf(out, "%s UNKNOWN - out of memory\n", s->service.label);
	return UNKNOWN;
}

/* Reports are written even then: whoever collects them should not take an old one for new. */
static int complain(struct settings *s, struct buf *out, uint64_t start_ns)
{
	struct plan_failure f = {.phase = PHASE_CONNECT, .reason = REASON_INTERNAL};
	struct report *r = s->report_count ? calloc(1, sizeof(*r)) : NULL;

	(void)buf_addf(out, "%s: %s\n", s->service.program, s->problem);
	help_usage(out, s->service.program);
	if (!r)
		return UNKNOWN;
	snprintf(f.words, sizeof(f.words), "%.250s", s->problem);
	r->settings = s;
	fail(r, &f, start_ns);
	(void)report_files(r);
	report_fini(r);
	free(r);
	return UNKNOWN;
}

static int answer(struct settings *s, struct buf *out, uint64_t start_ns)
{
	if (s->help)
		help_full(out, s->service.program);
	else if (s->version)
		help_version(out, s->service.program);
	else
		return *s->problem ? complain(s, out, start_ns) : check(s, out, start_ns);
	return UNKNOWN;
}

int main(int argc, char **argv)
{
	uint64_t start_ns = net_now_ns();
	size_t count = argc > 1 ? (size_t)argc - 1 : 0;
	static const char *const no_name = "check_pop3";
	struct settings settings;
	struct buf out;
	int code;

	process_harden();
	settings_parse(&settings, argc > 0 ? argv[0] : no_name, argv + (argc > 0), count);
	buf_init(&out, REPORT_OUTPUT_MAX);
	code = answer(&settings, &out, start_ns);
	if (out.n == 0)
		code = UNKNOWN;
	process_write(out.n == 0 ? process_last_words() : buf_slice(&out),
		writing_deadline(&settings, start_ns));
	buf_fini(&out);
	settings_fini(&settings);
	/* exit() would let OpenSSL tear down what the kernel takes back at less cost. */
	_exit(code);
}
