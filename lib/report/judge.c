#include "report/judge.h"

#include "base/text.h"
#include "report/explain.h"
#include "report/number.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

/* -D: days at or below a threshold; what has expired is critical by any. */
static enum probe_severity days_state(const struct judge *j, double days, bool ended)
{
	const struct report_policy *p = j->policy;

	if ((p->has_cert_critical && days <= (double)p->cert_critical_days) ||
		((p->has_cert_critical || p->has_cert_warning) && ended))
		return SEVERITY_CRITICAL;
	if (p->has_cert_warning && days <= (double)p->cert_warning_days)
		return SEVERITY_WARNING;
	return SEVERITY_OK;
}

/* Its last second is over. */
static bool cert_ended(const struct probe_result *r)
{
	int64_t end;

	return probe_result_cert_end(r, &end, NULL) && end < r->wall_seconds;
}

static bool has_problem(const struct report_verdict *v, enum probe_reason reason)
{
	for (size_t i = 0; i < v->problem_count; i++)
		if (v->problems[i].reason == reason)
			return true;
	return false;
}

bool judge_certificate_end(struct judge *j)
{
	enum probe_reason reason = REASON_CERT_EXPIRING;
	enum probe_severity state;
	const char *label;
	struct buf text;
	double days;
	int64_t end;
	bool ok, ended;

	if (!probe_result_cert_end(j->r, &end, &label) ||
		!probe_measure_value(j->r, MEASURE_CERT_DAYS, &days))
		return true;
	ended = cert_ended(j->r);
	if (ended)
		reason = REASON_CERT_EXPIRED;
	state = days_state(j, days, ended);
	/* Verification has said it already. */
	if (state == SEVERITY_OK || has_problem(j->v, REASON_CERT_EXPIRED))
		return true;
	buf_init(&text, WORDS_MESSAGE_MAX);
	explain_expiry(&text, label, end, j->r->wall_seconds);
	explain_other_ends(&text, j->r, end);
	ok = judge_add(j, PHASE_TLS, reason, judge_state(j, reason, state), &text) != NULL;
	buf_fini(&text);
	return ok;
}

/* "SASL PLAIN": the tag, and every word behind it among its arguments. */
static bool offers(const struct pop3_capa *c, const char *wanted)
{
	struct slice rest = slice_str(wanted), tag = slice_cut(&rest, ' '), args;

	if (!c || !pop3_capa_find(c, tag, &args))
		return false;
	while (rest.n > 0) {
		struct slice word = slice_cut(&rest, ' '), left = args;
		bool found = word.n == 0;

		while (!found && left.n > 0)
			found = slice_ieq(slice_cut(&left, ' '), word);
		if (!found)
			return false;
	}
	return true;
}

/* Only what was seen just before login counts; where the probe did not come so far, the list of
 * an earlier stage says nothing. */
static bool capa_known(const struct judge *j)
{
	const struct probe_result *r = j->r;
	bool stls = j->ctx->tls_mode == PROBE_TLS_STLS;

	if (!r->capa_asked[CAPA_PLAIN] && !r->capa_asked[CAPA_TLS])
		return false;
	if (stls && !r->capa_asked[CAPA_TLS])
		return false;
	return probe_result_capa(r) || r->reason == REASON_NONE || r->phase != PHASE_CAPA;
}

static bool capability_problem(
	struct judge *j, enum probe_reason reason, const char *const *names, size_t count)
{
	const struct pop3_capa *capa = probe_result_capa(j->r);
	bool bad_if = reason == REASON_CAPABILITY_FORBIDDEN, ok = true;
	unsigned found = 0;
	struct buf text;

	buf_init(&text, WORDS_MESSAGE_MAX);
	for (size_t i = 0; i < count; i++) {
		if (offers(capa, names[i]) != bad_if || found++ >= WORDS_NAMES_MAX * 2)
			continue;
		buf_add_str(&text, found > 1 ? ", "
				   : bad_if  ? "forbidden capability "
					     : "capability ");
		words_safe_str(&text, names[i], WORDS_NAME_MAX);
	}
	if (found > 0) {
		buf_addf(&text, " %s %soffered", found == 1 ? "is" : "are", bad_if ? "" : "not ");
		if (!bad_if && !capa)
			buf_add_str(&text, ": CAPA was refused");
		ok = judge_add(j, PHASE_CAPA, reason, j->policy->states[reason], &text) != NULL;
	}
	buf_fini(&text);
	return ok;
}

bool judge_capabilities(struct judge *j)
{
	const struct report_policy *p = j->policy;

	if (!capa_known(j))
		return true;
	return capability_problem(
		       j, REASON_CAPABILITY_MISSING, p->require_capabilities, p->require_count) &&
	       capability_problem(
		       j, REASON_CAPABILITY_FORBIDDEN, p->forbid_capabilities, p->forbid_count);
}

/* The whole check is slow because of its slowest phase. */
static enum probe_phase slowest_phase(const struct probe_result *r)
{
	enum probe_phase phase = PHASE_GREETING;
	uint64_t most = 0;

	for (size_t i = 0; i < PHASE_COUNT; i++) {
		if (i == PHASE_QUIT || r->phase_ns[i] == PROBE_NS_NONE || r->phase_ns[i] <= most)
			continue;
		most = r->phase_ns[i];
		phase = (enum probe_phase)i;
	}
	return phase;
}

static enum probe_phase measure_phase(const struct probe_result *r, enum probe_measure m)
{
	static const enum probe_phase phases[MEASURE_COUNT] = {
		[MEASURE_TIME_RESOLVE] = PHASE_RESOLVE,
		[MEASURE_TIME_CONNECT] = PHASE_CONNECT,
		[MEASURE_TIME_PROXY] = PHASE_PROXY,
		[MEASURE_TIME_TLS] = PHASE_TLS,
		[MEASURE_TIME_GREETING] = PHASE_GREETING,
		[MEASURE_TIME_CAPA] = PHASE_CAPA,
		[MEASURE_TIME_STLS] = PHASE_STLS,
		[MEASURE_TIME_AUTH] = PHASE_AUTH,
		[MEASURE_TIME_STAT] = PHASE_STAT,
		[MEASURE_TIME_SCRIPT] = PHASE_SCRIPT,
		[MEASURE_TIME_QUIT] = PHASE_QUIT,
		[MEASURE_TIME_DELIVERY] = PHASE_SCRIPT,
		[MEASURE_CERT_DAYS] = PHASE_TLS,
		[MEASURE_MESSAGES] = PHASE_STAT,
		[MEASURE_OCTETS] = PHASE_STAT,
	};

	return m == MEASURE_TIME ? slowest_phase(r) : phases[m];
}

/* "time_auth 2.310s exceeds 2s (critical threshold)"; the state may be another (--state). */
static void limit_words(struct buf *out, const struct report_measurement *m,
	const struct report_range *range, const char *which)
{
	const char *unit = probe_measure_unit(m->measure);
	char value[REPORT_NUMBER_MAX], bound[REPORT_RANGE_TEXT_MAX];

	if (strcmp(unit, "d") == 0)
		unit = "";
	report_number(m->value, strcmp(unit, "s") == 0 ? 3 : -1, value, sizeof(value));
	buf_addf(out, "%s %s%s ", probe_measure_name(m->measure), value, unit);
	if (range->inside) {
		report_range_exact(range, -1, bound, sizeof(bound));
		buf_addf(out, "lies in %s (%s threshold)", bound, which);
		return;
	}
	report_number(m->value > range->end ? range->end : range->start, -1, bound, sizeof(bound));
	buf_addf(out, "%s %s%s (%s threshold)", m->value > range->end ? "exceeds" : "is below",
		bound, unit, which);
}

static bool judge_limit(struct judge *j, struct report_measurement *m)
{
	const struct report_limit *l = m->limit;
	bool critical = l->has_critical && report_range_alert(&l->critical, m->value), ok;
	bool warning = l->has_warning && report_range_alert(&l->warning, m->value);
	enum probe_severity state = critical ? SEVERITY_CRITICAL : SEVERITY_WARNING;
	struct buf text;

	if (!critical && !warning)
		return true;
	state = judge_state(j, REASON_LIMIT, state);
	m->state = report_state_worse(m->state, state);
	buf_init(&text, WORDS_MESSAGE_MAX);
	limit_words(
		&text, m, critical ? &l->critical : &l->warning, critical ? "critical" : "warning");
	if (m->measure == MEASURE_TIME)
		buf_addf(&text, ", most of it in %s", probe_phase_name(slowest_phase(j->r)));
	ok = judge_add(j, measure_phase(j->r, m->measure), REASON_LIMIT, state, &text) != NULL;
	buf_fini(&text);
	return ok;
}

/* -D in the shape of a limit, for what prints thresholds. */
static void days_limit(struct judge *j)
{
	const struct report_policy *p = j->policy;
	struct report_range at_most = {.start = -INFINITY, .inside = true};
	struct report_limit *l = &j->v->cert_limit;

	l->has_warning = p->has_cert_warning;
	l->has_critical = p->has_cert_critical;
	l->warning = l->critical = at_most;
	l->warning.end = (double)p->cert_warning_days;
	l->critical.end = (double)p->cert_critical_days;
}

static void cert_measurement(struct judge *j, struct report_measurement *m)
{
	bool ended = cert_ended(j->r);
	enum probe_severity state = days_state(j, m->value, ended);

	if (state != SEVERITY_OK)
		m->state =
			judge_state(j, ended ? REASON_CERT_EXPIRED : REASON_CERT_EXPIRING, state);
	days_limit(j);
	if (!m->limit && (j->v->cert_limit.has_warning || j->v->cert_limit.has_critical))
		m->limit = &j->v->cert_limit;
}

bool judge_measures(struct judge *j)
{
	for (size_t i = 0; i < MEASURE_COUNT; i++) {
		const struct report_limit *l = &j->policy->limits[i];
		struct report_measurement *m = &j->v->measurements[j->v->measurement_count];
		bool limited = l->has_warning || l->has_critical;

		*m = (struct report_measurement){.measure = (enum probe_measure)i};
		if (!probe_measure_value(j->r, m->measure, &m->value))
			continue;
		j->v->measurement_count++;
		m->limit = limited ? l : NULL;
		if (m->measure == MEASURE_CERT_DAYS)
			cert_measurement(j, m);
		if (limited && !judge_limit(j, m))
			return false;
	}
	return true;
}

void report_threshold_text(
	const struct report_measurement *m, bool critical, int decimals, char *out, size_t size)
{
	const struct report_limit *l = m->limit;
	const struct report_range *r;

	out[0] = '\0';
	if (!l || !(critical ? l->has_critical : l->has_warning))
		return;
	r = critical ? &l->critical : &l->warning;
	if (m->measure != MEASURE_CERT_DAYS)
		report_range_text(r, decimals, out, size);
	else if (isfinite(r->end) && (r->inside || !(r->start > 0)))
		report_number(r->end, decimals, out, size);
	else if (isfinite(r->start))
		report_number(r->start, decimals, out, size);
}
