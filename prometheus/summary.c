#include "summary.h"

#include "probe/measures.h"

static void add_findings(struct buf *out, const struct probe_result *r)
{
	double days;

	(void)buf_addf(out, "%.3f seconds", (double)r->time_ns / 1e9);
	if (r->has_tls && *r->tls.version)
		(void)buf_addf(out, ", %s", r->tls.version);
	if (r->has_tls && probe_measure_value(r, MEASURE_CERT_DAYS, &days))
		(void)buf_addf(out, ", certificate %.0f day%s", days, days == 1 ? "" : "s");
	if (r->login_tried)
		(void)buf_addf(out, ", login %s%s", auth_mech_info(r->mech)->name,
			r->login_accepted ? "" : " refused");
	if (r->has_stat)
		(void)buf_addf(out, ", %llu message%s", (unsigned long long)r->messages,
			r->messages == 1 ? "" : "s");
}

void summary_add(struct buf *out, const struct probe_result *r, const struct report_verdict *v)
{
	const char *between = "";

	(void)buf_addf(out, "%s - ", report_state_name(v->state));
	for (size_t i = 0; i < v->problem_count; i++) {
		const struct report_problem *p = &v->problems[i];

		if (p->severity == SEVERITY_OK)
			continue;
		(void)buf_addf(out, "%s[%s/%s] ", between, probe_phase_name(p->phase),
			probe_reason_name(p->reason));
		(void)report_problem_text(out, p);
		between = ", ";
	}
	if (r->reason == REASON_NONE) {
		(void)buf_add_str(out, between);
		add_findings(out, r);
	}
}
