#include "perfdata.h"

#include "probe/measures.h"

#include <stdio.h>
#include <string.h>

enum { RANGE_TEXT = 80 };

static void range_text(bool has, const struct report_range *r, int decimals, char *out)
{
	*out = '\0';
	if (has)
		report_range_text(r, decimals, out, RANGE_TEXT);
}

/* As check_pop prints it: the timeout is the maximum, all numbers with six decimals. */
static void add_time(struct buf *out, const struct settings *s, const struct probe_result *r)
{
	const struct report_limit *l = &s->policy.limits[MEASURE_TIME];
	char warning[RANGE_TEXT], critical[RANGE_TEXT];
	double value = (double)r->elapsed_ns / 1e9;

	(void)probe_measure_value(r, MEASURE_TIME, &value);
	range_text(l->has_warning, &l->warning, 6, warning);
	range_text(l->has_critical, &l->critical, 6, critical);
	(void)buf_addf(out, "time=%.6fs;%s;%s;0.000000;%lu.000000", value, warning, critical,
		s->timeout_s);
}

/* Days are thresholds from above: the plain numbers of -D, since Icinga drops "30:" and "~:". */
static void add_days(struct buf *out, const struct settings *s, double value)
{
	const struct report_policy *p = &s->policy;
	const struct report_limit *l = &p->limits[MEASURE_CERT_DAYS];
	char warning[RANGE_TEXT], critical[RANGE_TEXT];

	range_text(l->has_warning, &l->warning, -1, warning);
	range_text(l->has_critical, &l->critical, -1, critical);
	if (p->has_cert_warning)
		snprintf(warning, sizeof(warning), "%ld", p->cert_warning_days);
	if (p->has_cert_critical)
		snprintf(critical, sizeof(critical), "%ld", p->cert_critical_days);
	(void)buf_addf(out, " cert_days=%.0f;%s;%s;0", value, warning, critical);
}

static void add_other(
	struct buf *out, const struct settings *s, enum probe_measure m, double value)
{
	const struct report_limit *l = &s->policy.limits[m];
	const char *unit = probe_measure_unit(m);
	char warning[RANGE_TEXT], critical[RANGE_TEXT];

	range_text(l->has_warning, &l->warning, -1, warning);
	range_text(l->has_critical, &l->critical, -1, critical);
	(void)buf_addf(out, " %s=%.*f%s;%s;%s;0", probe_measure_name(m), *unit == 's' ? 6 : 0, value,
		unit, warning, critical);
}

void perfdata_add(struct buf *out, const struct settings *s, const struct outcome *o)
{
	double value;

	add_time(out, s, o->result);
	if (settings_classic_only(s))
		return;
	for (int i = 0; i < MEASURE_COUNT; i++) {
		enum probe_measure m = (enum probe_measure)i;

		if (m == MEASURE_TIME || !probe_measure_value(o->result, m, &value))
			continue;
		if (m == MEASURE_CERT_DAYS)
			add_days(out, s, value);
		else
			add_other(out, s, m, value);
	}
}
