#include "report/cases.h"

#include "report/words.h"

#include <string.h>

/* A program without steps (a target that was refused) still has to show its problem. */
static const char whole_probe[] = "probe";

static const char *step_name(const struct step_result *step)
{
	return step->name ? step->name : probe_phase_name(step->phase);
}

static bool reached(const struct step_result *step)
{
	return step->state != STEP_STATE_NOT_REACHED;
}

static bool ended_here(const struct step_result *step)
{
	return step->state == STEP_STATE_FAILED || step->state == STEP_STATE_RUNNING;
}

/* The last step of the phase that was reached, else the first of it; count: there is none. */
static size_t step_of_phase(const struct probe_result *r, enum probe_phase phase)
{
	size_t found = r->step_count;

	for (size_t i = 0; i < r->step_count; i++) {
		if (r->steps[i].phase != phase)
			continue;
		if (reached(&r->steps[i]) || found == r->step_count)
			found = i;
	}
	return found;
}

/* Every problem belongs to exactly one step, so that the names of cases depend on the program alone
 * and nothing that is wrong gets lost. */
static size_t case_of_problem(const struct probe_result *r, const struct report_problem *p)
{
	size_t found;

	if (p->phase == r->phase && p->reason == r->reason)
		for (size_t i = 0; i < r->step_count; i++)
			if (ended_here(&r->steps[i]))
				return i;
	found = step_of_phase(r, p->phase);
	if (found == r->step_count && p->phase == PHASE_PROXY)
		found = step_of_phase(r, PHASE_CONNECT);
	return found < r->step_count ? found : 0;
}

static size_t problem_count(const struct report_verdict *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->problem_count; i++)
		n += v->problems[i].severity != SEVERITY_OK;
	return n;
}

size_t report_case_count(const struct report_item *item)
{
	if (item->result->step_count > 0)
		return item->result->step_count;
	return problem_count(item->verdict) > 0 ? 1 : 0;
}

const struct report_problem *report_case_problem(
	const struct report_item *item, size_t i, size_t *at)
{
	const struct report_verdict *v = item->verdict;

	while (*at < v->problem_count) {
		const struct report_problem *p = &v->problems[(*at)++];

		if (p->severity != SEVERITY_OK && case_of_problem(item->result, p) == i)
			return p;
	}
	return NULL;
}

static size_t occurrence(const struct probe_result *r, size_t i)
{
	size_t n = 1;

	for (size_t k = 0; k < i; k++)
		n += strcmp(step_name(&r->steps[k]), step_name(&r->steps[i])) == 0;
	return n;
}

void report_case_get(const struct report_item *item, size_t i, struct report_case *out)
{
	const struct probe_result *r = item->result;
	size_t at = 0;

	*out = (struct report_case){.name = whole_probe, .occurrence = 1};
	if (i < r->step_count) {
		const struct step_result *step = &r->steps[i];

		out->name = step_name(step);
		out->occurrence = occurrence(r, i);
		out->reached = reached(step);
		out->has_seconds = out->reached && step->ns != PROBE_NS_NONE;
		out->seconds = out->has_seconds ? (double)step->ns / 1e9 : 0;
	}
	/* Problems are sorted: the first is the worst. */
	out->problem = report_case_problem(item, i, &at);
	if (!out->problem)
		return;
	out->state = out->problem->severity;
	out->reached = true;
}

bool report_case_name(struct buf *out, const struct report_case *c)
{
	words_safe_str(out, c->name, WORDS_NAME_MAX);
	if (c->occurrence > 1)
		buf_addf(out, " (%zu)", c->occurrence);
	return !out->failed;
}
