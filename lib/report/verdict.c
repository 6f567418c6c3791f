#include "report/verdict.h"

#include "report/explain.h"
#include "report/judge.h"
#include "report/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The dialogue, its further defects, expiry, two on capabilities, a limit on each measure. */
_Static_assert(REPORT_PROBLEMS_MAX >= 1 + TLS_DEFECT_COUNT + 1 + 2 + MEASURE_COUNT, "room for all");

enum probe_severity judge_state(
	const struct judge *j, enum probe_reason reason, enum probe_severity fallback)
{
	return j->policy->state_given[reason] ? j->policy->states[reason] : fallback;
}

struct report_problem *judge_add(struct judge *j, enum probe_phase phase, enum probe_reason reason,
	enum probe_severity severity, struct buf *text)
{
	struct report_verdict *v = j->v;
	struct report_problem *p = &v->problems[v->problem_count];
	char *message;

	if (text->failed || v->problem_count == REPORT_PROBLEMS_MAX)
		return NULL;
	message = buf_dup(text);
	if (!message)
		return NULL;
	*p = (struct report_problem){
		.phase = phase,
		.reason = reason,
		.severity = severity,
		.message = message,
		.head = text->n,
	};
	v->problem_count++;
	buf_clear(text);
	return p;
}

static bool is_greeting_reason(enum probe_reason reason)
{
	return reason == REASON_REJECTED || reason == REASON_PROTOCOL_ERROR ||
	       reason == REASON_SYS_TEMP || reason == REASON_SYS_PERM || reason == REASON_IN_USE ||
	       reason == REASON_LOGIN_DELAY;
}

/* A failure in the greeting is a mismatch in check_pop's eyes (-M). */
static enum probe_severity failure_state(const struct judge *j, const struct explain_case *c)
{
	bool mismatch = c->reason == REASON_EXPECT_MISMATCH;

	if (c->phase == PHASE_GREETING)
		mismatch |= is_greeting_reason(c->reason);
	if (mismatch && j->policy->has_mismatch && !j->policy->state_given[c->reason])
		return j->policy->mismatch;
	return j->policy->states[c->reason];
}

static bool add_explained(struct judge *j, struct buf *text, const struct explain_case *c)
{
	struct report_problem *p;
	size_t head;

	if (!explain_message(text, c, &head))
		return false;
	p = judge_add(j, c->phase, c->reason, failure_state(j, c), text);
	if (!p)
		return false;
	p->head = head;
	if (!explain_hint(text, c))
		return false;
	if (text->n > 0) {
		p->hint = buf_dup(text);
		if (!p->hint)
			return false;
	}
	buf_clear(text);
	return true;
}

/* What ended the dialogue, and where that was the certificate, whatever else is wrong with it. */
static bool judge_dialogue(struct judge *j)
{
	struct explain_case c = {j->r, j->ctx, j->r->phase, j->r->reason, true};
	bool certificate = words_is_defect(c.reason), ok;
	struct buf text;

	if (c.reason == REASON_NONE || c.phase >= PHASE_COUNT)
		return true;
	buf_init(&text, WORDS_MESSAGE_MAX);
	ok = add_explained(j, &text, &c);
	c.dialogue = false;
	for (int d = 0; ok && certificate && d < TLS_DEFECT_COUNT; d++) {
		c.reason = probe_defect_reason((enum tls_defect)d);
		if (j->r->tls.defects & 1U << d && c.reason != j->r->reason)
			ok = add_explained(j, &text, &c);
	}
	buf_fini(&text);
	return ok;
}

/* Stable, so that among equals the dialogue's failure stays first. */
static void sort_problems(struct report_verdict *v)
{
	for (size_t i = 1; i < v->problem_count; i++) {
		struct report_problem p = v->problems[i];
		size_t at = i;

		while (at > 0 && v->problems[at - 1].severity != p.severity &&
			report_state_worse(v->problems[at - 1].severity, p.severity) ==
				p.severity) {
			v->problems[at] = v->problems[at - 1];
			at--;
		}
		v->problems[at] = p;
	}
}

static void no_memory(struct report_verdict *v)
{
	report_verdict_fini(v);
	v->state = SEVERITY_UNKNOWN;
	snprintf(v->spare, sizeof(v->spare), "out of memory");
	v->problems[0] = (struct report_problem){
		.phase = PHASE_SCRIPT,
		.reason = REASON_INTERNAL,
		.severity = SEVERITY_UNKNOWN,
		.message = v->spare,
		.head = strlen(v->spare),
	};
	v->problem_count = 1;
}

bool report_verdict_make(struct report_verdict *v, const struct probe_result *r,
	const struct report_policy *policy, const struct report_context *ctx)
{
	struct judge j = {v, r, policy, ctx};

	*v = (struct report_verdict){.state = SEVERITY_OK};
	if (!judge_dialogue(&j) || !judge_certificate_end(&j) || !judge_capabilities(&j) ||
		!judge_measures(&j)) {
		no_memory(v);
		return false;
	}
	sort_problems(v);
	for (size_t i = 0; i < v->problem_count; i++)
		v->state = report_state_worse(v->state, v->problems[i].severity);
	return true;
}

void report_verdict_fini(struct report_verdict *v)
{
	for (size_t i = 0; i < v->problem_count; i++) {
		if (v->problems[i].message != v->spare)
			free(v->problems[i].message);
		free(v->problems[i].hint);
	}
	*v = (struct report_verdict){.state = SEVERITY_UNKNOWN};
}

bool report_problem_text(struct buf *out, const struct report_problem *p)
{
	buf_add_str(out, p->message);
	if (p->hint) {
		buf_add_str(out, "; ");
		buf_add_str(out, p->hint);
	}
	return !out->failed;
}
