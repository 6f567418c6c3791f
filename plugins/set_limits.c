/* Options about what is required, what is too much, and how it is told. */
#include "setters.h"

#include "output_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "NAME,NAME": each becomes an owned string of the list. */
static const char *add_names(struct settings *s, struct name_list *list, const char *value)
{
	while (*value) {
		size_t n = strcspn(value, ",");

		if (n == 0)
			return "Empty name in the list of capabilities";
		if (list->n == SETTINGS_NAMES_MAX)
			return "Too many capabilities";
		if (!words_add(&s->owned, value, n))
			return "Out of memory";
		list->v[list->n++] = s->owned.v[s->owned.n - 1];
		value += n + (value[n] == ',');
	}
	return list->n ? NULL : "Empty list of capabilities";
}

const char *set_capa(struct settings *s, char *value)
{
	return add_names(s, &s->capa, value);
}

const char *set_capa_forbid(struct settings *s, char *value)
{
	return add_names(s, &s->capa_forbid, value);
}

/* check_tcp takes what strtod() makes of it: an argument that came as one word "-w 5 -c 9" is 5.
 * That much is kept; other junk is refused. */
static size_t threshold_length(const char *value)
{
	size_t n = strcspn(value, " ");

	return value[n] == ' ' && value[n + strspn(value + n, " ")] == '-' ? n : strlen(value);
}

static const char *threshold(char *value, struct report_range *out, bool *has)
{
	const char *words;
	char *text;

	value += strspn(value, " ");
	text = strndup(value, threshold_length(value));
	words = text ? report_range_parse(text, out) : "out of memory";
	free(text);
	*has = !words;
	return words ? "Threshold must be a number of seconds or a range" : NULL;
}

const char *set_warning(struct settings *s, char *value)
{
	struct report_limit *l = &s->policy.limits[MEASURE_TIME];

	return threshold(value, &l->warning, &l->has_warning);
}

const char *set_critical(struct settings *s, char *value)
{
	struct report_limit *l = &s->policy.limits[MEASURE_TIME];

	return threshold(value, &l->critical, &l->has_critical);
}

static const char *limit_ranges(struct report_limit *l, char *text)
{
	char *comma = strchr(text, ',');
	const char *words = NULL;

	if (comma)
		*comma = '\0';
	l->has_warning = *text != '\0';
	l->has_critical = comma && comma[1];
	if (l->has_warning)
		words = report_range_parse(text, &l->warning);
	if (!words && l->has_critical)
		words = report_range_parse(comma + 1, &l->critical);
	if (comma)
		*comma = ',';
	return words;
}

const char *set_limit(struct settings *s, char *value)
{
	char *equals = strchr(value, '=');
	enum probe_measure m;
	bool known;

	if (!equals)
		return "Limit must be METRIC=WARN[,CRIT]";
	*equals = '\0';
	known = probe_measure_parse(value, &m);
	*equals = '=';
	if (!known)
		return "Limit is on an unknown metric";
	return limit_ranges(&s->policy.limits[m], equals + 1)
		       ? "Limit has a range that cannot be read"
		       : NULL;
}

const char *set_state(struct settings *s, char *value)
{
	char *equals = strchr(value, '=');
	enum probe_severity state;
	enum probe_reason reason;
	bool known;

	if (!equals)
		return "State must be REASON=STATE";
	*equals = '\0';
	known = probe_reason_parse(value, &reason);
	*equals = '=';
	if (!known)
		return "State is for an unknown reason";
	if (!report_state_parse(equals + 1, true, &state))
		return "State must be one of ok, warning, critical, unknown";
	s->policy.states[reason] = state;
	s->policy.state_given[reason] = true;
	return NULL;
}

const char *set_fail_on(struct settings *s, char *value)
{
	if (!report_state_parse(value, false, &s->fail_on) || s->fail_on == SEVERITY_OK)
		return "Fail-on must be one of warning, critical, unknown";
	return NULL;
}

const char *set_output_format(struct settings *s, char *value)
{
	return output_format_parse(value, strlen(value), &s->format) ? NULL
								     : "Unknown output format";
}

const char *set_report(struct settings *s, char *value)
{
	const char *colon = strchr(value, ':');
	struct report_target *t = &s->reports[s->report_count];

	if (s->report_count == SETTINGS_REPORTS_MAX)
		return "Too many reports";
	if (!colon || !colon[1])
		return "Report must be FORMAT:FILE";
	if (!output_format_parse(value, (size_t)(colon - value), &t->format))
		return "Unknown output format";
	t->path = colon + 1;
	s->report_count++;
	return NULL;
}
