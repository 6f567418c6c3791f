#include "report/range.h"

#include "base/slice.h"
#include "report/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct slice trim(struct slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static const char *parse_bound(struct slice s, double *out)
{
	if (s.n > 1 && s.p[s.n - 1] == '%')
		s.n--;
	return report_number_parse(s, out) ? NULL : "not a number";
}

static const char *parse_start(struct slice s, double *out)
{
	if (s.n == 1 && s.p[0] == '~') {
		*out = -INFINITY;
		return NULL;
	}
	if (s.n == 0) {
		*out = 0;
		return NULL;
	}
	return parse_bound(s, out);
}

static const char *parse_ends(struct slice s, struct report_range *r)
{
	const unsigned char *colon = s.n > 0 ? memchr(s.p, ':', s.n) : NULL;
	const char *problem;

	if (!colon)
		return s.n == 0 ? "empty range" : parse_bound(s, &r->end);
	if (s.n == 1)
		return "empty range";
	problem = parse_start((struct slice){s.p, (size_t)(colon - s.p)}, &r->start);
	s.n -= (size_t)(colon - s.p) + 1;
	s.p = colon + 1;
	if (problem)
		return problem;
	if (s.n == 0) {
		r->end = INFINITY;
		return NULL;
	}
	return parse_bound(s, &r->end);
}

const char *report_range_parse(const char *text, struct report_range *out)
{
	struct report_range r = {.start = 0};
	struct slice s = trim(slice_str(text));
	const char *problem;

	if (s.n > 0 && s.p[0] == '@') {
		r.inside = true;
		s.p++;
		s.n--;
	}
	problem = parse_ends(s, &r);
	if (!problem && r.start > r.end)
		problem = "start is greater than end";
	if (!problem)
		*out = r;
	return problem;
}

bool report_range_alert(const struct report_range *r, double value)
{
	bool within = value >= r->start && value <= r->end;

	return r->inside ? within : !within;
}

void report_range_exact(const struct report_range *r, int decimals, char *out, size_t size)
{
	char start[REPORT_NUMBER_MAX] = "~", end[REPORT_NUMBER_MAX] = "";

	if (isfinite(r->start))
		report_number(r->start, decimals, start, sizeof(start));
	if (isfinite(r->end))
		report_number(r->end, decimals, end, sizeof(end));
	if (r->start == 0 && isfinite(r->end))
		snprintf(out, size, "%s%s", r->inside ? "@" : "", end);
	else
		snprintf(out, size, "%s%s:%s", r->inside ? "@" : "", start, end);
}

/* Icinga 2 keeps warn and crit only where they are plain numbers. */
void report_range_text(const struct report_range *r, int decimals, char *out, size_t size)
{
	bool plain = !r->inside && isfinite(r->end) && (r->start == 0 || isinf(r->start));

	if (plain)
		report_number(r->end, decimals, out, size);
	else
		report_range_exact(r, decimals, out, size);
}
