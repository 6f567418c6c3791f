#include "perfdata.h"

#include <inttypes.h>
#include <string.h>

enum { RANGE_TEXT = 80 };

/* As check_pop prints it: numbers with six decimals, the timeout as the maximum. */
static void add_time(struct buf *out, const struct settings *s, const struct report_measurement *m,
	const char *quote)
{
	char warning[RANGE_TEXT], critical[RANGE_TEXT];

	report_threshold_text(m, false, 6, warning, sizeof(warning));
	report_threshold_text(m, true, 6, critical, sizeof(critical));
	(void)buf_addf(out, "%stime%s=%.6fs;%s;%s;0.000000;%lu.000000", quote, quote, m->value,
		warning, critical, s->timeout_s);
}

/* Counts exactly: a double ends at 2^53. */
static void add_value(struct buf *out, const struct outcome *o, const struct report_measurement *m)
{
	if (m->measure == MEASURE_MESSAGES)
		(void)buf_addf(out, "%" PRIu64, o->result->messages);
	else if (m->measure == MEASURE_OCTETS)
		(void)buf_addf(out, "%" PRIu64, o->result->octets);
	else
		(void)buf_addf(
			out, "%.*f", strcmp(probe_measure_unit(m->measure), "s") ? 0 : 6, m->value);
}

static void add_other(struct buf *out, const struct outcome *o, const struct report_measurement *m,
	const char *quote)
{
	const char *unit = probe_measure_unit(m->measure);
	char warning[RANGE_TEXT], critical[RANGE_TEXT];

	/* No plugin's unit is a day (guidelines). */
	if (strcmp(unit, "d") == 0)
		unit = "";
	report_threshold_text(m, false, -1, warning, sizeof(warning));
	report_threshold_text(m, true, -1, critical, sizeof(critical));
	(void)buf_addf(out, " %s%s%s=", quote, probe_measure_name(m->measure), quote);
	add_value(out, o, m);
	(void)buf_addf(out, "%s;%s;%s;0", unit, warning, critical);
}

void perfdata_add(struct buf *out, const struct settings *s, const struct outcome *o, bool quoted)
{
	const char *quote = quoted ? "'" : "";
	const struct report_verdict *v = &o->verdict;

	for (size_t i = 0; i < v->measurement_count; i++)
		if (v->measurements[i].measure == MEASURE_TIME)
			add_time(out, s, &v->measurements[i], quote);
	for (size_t i = 0; !settings_classic_only(s) && i < v->measurement_count; i++)
		if (v->measurements[i].measure != MEASURE_TIME)
			add_other(out, o, &v->measurements[i], quote);
}
