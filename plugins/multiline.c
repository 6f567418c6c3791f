/* The forms of monitoring-plugins 3: a summary, then a tree of partial results with states of their
 * own. Unlike there, the exit code stays real, ranges are plain numbers where they can be, and
 * thresholds are printed whether they were passed or not. */
#include "line.h"
#include "perfdata.h"
#include "report.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum { RANGE_TEXT = 80 };

typedef void visit_fn(void *arg, enum probe_severity state, const char *text);

static void visit_problems(
	const struct settings *s, const struct outcome *o, visit_fn *visit, void *arg)
{
	for (size_t i = 0; i < o->verdict.problem_count; i++) {
		struct buf text;

		buf_init(&text, 4096);
		line_problem(&text, s, &o->verdict.problems[i], false);
		visit(arg, o->verdict.problems[i].severity, buf_str(&text));
		buf_fini(&text);
	}
}

static void visit_steps(const struct probe_result *r, visit_fn *visit, void *arg)
{
	for (size_t i = 0; i < r->step_count; i++) {
		char text[128];

		if (r->steps[i].state != STEP_STATE_OK)
			continue;
		snprintf(text, sizeof(text), "%s: %.6fs", r->steps[i].name ? r->steps[i].name : "",
			(double)r->steps[i].ns / 1e9);
		visit(arg, SEVERITY_OK, text);
	}
}

/* What is wrong, then what went well. */
static void visit_all(const struct report *r, visit_fn *visit, void *arg)
{
	for (size_t i = 0; i < r->count; i++) {
		visit_problems(r->settings, &r->outcomes[i], visit, arg);
		visit_steps(r->outcomes[i].result, visit, arg);
	}
}

/* The line without "POP3 OK - ", which the state in brackets replaces. */
static const char *summary(const struct report *r)
{
	const char *line = buf_str((struct buf *)(uintptr_t)&r->message);
	const char *dash = strstr(line, " - ");

	return dash && dash - line < 50 && *line >= 'A' && *line <= 'Z' ? dash + 3 : line;
}

static void add_line(void *arg, enum probe_severity state, const char *text)
{
	struct buf *out = arg;
	size_t begin;

	(void)buf_addf(out, "\n    \\_[%s] - ", report_state_name(state));
	begin = out->n;
	if (buf_add_str(out, text) && buf_add_char(out, '\0')) {
		line_defuse_tags((char *)out->p + begin);
		buf_truncate(out, out->n - 1);
	}
}

bool multiline_render(struct buf *out, const struct report *r)
{
	(void)buf_addf(out, "[%s] - %s", report_state_name(r->state), summary(r));
	visit_all(r, add_line, out);
	for (size_t i = 0; i < r->settings->warnings.n; i++)
		(void)buf_addf(out, "\n%s", r->settings->warnings.v[i]);
	for (size_t i = 0; i < r->lines.n; i++)
		(void)buf_addf(out, "\n%s", r->lines.v[i]);
	(void)buf_add_char(out, '|');
	perfdata_add(out, r->settings, r->shown, true);
	(void)buf_add_char(out, '\n');
	return !out->failed;
}

/* --- mp-test-json ------------------------------------------------------------------------------
 */

static void put(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

static void add_check(void *arg, enum probe_severity state, const char *text)
{
	struct json_object *check = json_object_new_object();

	put(check, "output", text);
	put(check, "state", report_state_name(state));
	json_object_array_add(arg, check);
}

static void put_threshold(
	struct json_object *to, const char *key, const struct report_measurement *m, bool critical)
{
	char text[RANGE_TEXT];

	report_threshold_text(m, critical, -1, text, sizeof(text));
	if (*text)
		put(to, key, text);
}

static struct json_object *measurement_json(const struct report_measurement *m)
{
	struct json_object *o = json_object_new_object(), *value = json_object_new_object();
	const char *unit = probe_measure_unit(m->measure);
	char text[64];

	snprintf(text, sizeof(text), "%.*f", strcmp(unit, "s") == 0 ? 6 : 0, m->value);
	put(o, "label", probe_measure_name(m->measure));
	put(value, "type", strcmp(unit, "s") == 0 ? "double" : "int");
	put(value, "value", text);
	json_object_object_add(o, "value", value);
	put(o, "uom", strcmp(unit, "d") == 0 ? "" : unit);
	put_threshold(o, "warn", m, false);
	put_threshold(o, "crit", m, true);
	return o;
}

/* One more check carries the performance data. */
static void add_measurements(struct json_object *checks, const struct outcome *o)
{
	struct json_object *check = json_object_new_object(), *list = json_object_new_array();

	put(check, "output", "performance data");
	put(check, "state", "OK");
	for (size_t i = 0; i < o->verdict.measurement_count; i++)
		json_object_array_add(list, measurement_json(&o->verdict.measurements[i]));
	json_object_object_add(check, "perfdata", list);
	json_object_array_add(checks, check);
}

bool mp_json_render(struct buf *out, const struct report *r)
{
	struct json_object *top = json_object_new_object(), *checks = json_object_new_array();

	put(top, "state", report_state_name(r->state));
	put(top, "summary", summary(r));
	visit_all(r, add_check, checks);
	add_measurements(checks, r->shown);
	json_object_object_add(top, "checks", checks);
	(void)buf_add_str(out, json_object_to_json_string_ext(top,
				       JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)buf_add_char(out, '\n');
	json_object_put(top);
	return !out->failed;
}
