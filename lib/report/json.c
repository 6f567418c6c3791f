/* CONTRACT: plugins/pop3-result.schema.json describes what comes out of here. */
#include "report/cases.h"
#include "report/json_parts.h"
#include "report/words.h"

#include <string.h>

enum { SCHEMA = 1, TIME_DECIMALS = 6, SHORTEST = -1 };

static struct json_object *target(struct json_maker *m, const struct report_item *item)
{
	const struct report_context *ctx = item->context;
	const struct probe_result *r = item->result;
	struct json_object *o = json_make_object(m);

	json_put_str(m, o, "host", words_host(ctx));
	if (ctx->port != 0)
		json_put_u64(m, o, "port", ctx->port);
	else
		json_put(m, o, "port", NULL);
	json_put_str(m, o, "address", r->address);
	if (r->family == 4 || r->family == 6)
		json_put_u64(m, o, "family", (uint64_t)r->family);
	else
		json_put(m, o, "family", NULL);
	json_put_str(m, o, "server_name", ctx->server_name);
	return o;
}

static struct json_object *phases(struct json_maker *m, const struct probe_result *r)
{
	struct json_object *o = json_make_object(m);

	for (size_t i = 0; i < PHASE_COUNT; i++)
		if (r->phase_ns[i] != PROBE_NS_NONE)
			json_put_seconds(
				m, o, probe_phase_name((enum probe_phase)i), r->phase_ns[i]);
	return o;
}

/* The message with its hint: whoever reads JSON has no other place to look. */
static void put_message(
	struct json_maker *m, struct json_object *to, const struct report_problem *p)
{
	struct buf text;

	if (!p) {
		json_put(m, to, "message", NULL);
		return;
	}
	buf_init(&text, (size_t)WORDS_MESSAGE_MAX * 2);
	if (!report_problem_text(&text, p))
		m->failed = true;
	json_put_text(m, to, "message", buf_slice(&text));
	buf_fini(&text);
}

static struct json_object *problems(struct json_maker *m, const struct report_verdict *v)
{
	struct json_object *list = json_make_array(m);

	for (size_t i = 0; i < v->problem_count; i++) {
		const struct report_problem *p = &v->problems[i];
		struct json_object *o;

		if (p->severity == SEVERITY_OK)
			continue;
		o = json_make_object(m);
		json_put_str(m, o, "phase", probe_phase_name(p->phase));
		json_put_str(m, o, "reason", probe_reason_name(p->reason));
		json_put_str(m, o, "severity", report_state_name(p->severity));
		put_message(m, o, p);
		json_append(m, list, o);
	}
	return list;
}

static struct json_object *capability_list(struct json_maker *m, const struct pop3_capa *c)
{
	struct json_object *list;

	if (!c)
		return NULL;
	list = json_make_array(m);
	for (size_t i = 0; i < pop3_capa_count(c); i++)
		json_append(m, list, json_text(m, pop3_capa_line(c, i)));
	return list;
}

static struct json_object *capabilities(struct json_maker *m, const struct probe_result *r)
{
	struct json_object *o = json_make_object(m);

	json_put(m, o, "plain", capability_list(m, r->capa[CAPA_PLAIN]));
	json_put(m, o, "tls", capability_list(m, r->capa[CAPA_TLS]));
	json_put(m, o, "authenticated", capability_list(m, r->capa[CAPA_AUTHENTICATED]));
	return o;
}

static struct json_object *auth(struct json_maker *m, const struct report_item *item)
{
	struct json_object *o;

	if (!item->result->login_tried)
		return NULL;
	o = json_make_object(m);
	json_put_str(m, o, "mechanism", auth_mech_info(item->result->mech)->name);
	json_put_str(m, o, "user", item->context->user);
	json_put_bool(m, o, "accepted", item->result->login_accepted);
	return o;
}

static struct json_object *maildrop(struct json_maker *m, const struct probe_result *r)
{
	struct json_object *o;

	if (!r->has_stat)
		return NULL;
	o = json_make_object(m);
	json_put_u64(m, o, "messages", r->messages);
	json_put_u64(m, o, "octets", r->octets);
	return o;
}

static struct json_object *steps(struct json_maker *m, const struct report_item *item)
{
	struct json_object *list = json_make_array(m);

	for (size_t i = 0; i < item->result->step_count; i++) {
		struct json_object *o = json_make_object(m);
		struct report_case c;

		report_case_get(item, i, &c);
		json_put_str(m, o, "name", c.name);
		json_put_seconds(
			m, o, "seconds", c.has_seconds ? item->result->steps[i].ns : PROBE_NS_NONE);
		json_put_str(m, o, "state", c.reached ? report_state_name(c.state) : "SKIPPED");
		put_message(m, o, c.problem);
		json_put(m, o, "captures", json_make_object(m));
		json_append(m, list, o);
	}
	return list;
}

static void put_threshold(struct json_maker *m, struct json_object *to, const char *name,
	const struct report_range *range)
{
	char text[REPORT_RANGE_TEXT_MAX] = "";

	if (range)
		report_range_exact(range, SHORTEST, text, sizeof(text));
	json_put_str(m, to, name, text);
}

static void put_value(struct json_maker *m, struct json_object *to, const struct probe_result *r,
	const struct report_measurement *measurement)
{
	/* Exact, where a double could not be. */
	if (measurement->measure == MEASURE_MESSAGES)
		json_put_u64(m, to, "value", r->messages);
	else if (measurement->measure == MEASURE_OCTETS)
		json_put_u64(m, to, "value", r->octets);
	else
		json_put_number(m, to, "value", measurement->value,
			strcmp(probe_measure_unit(measurement->measure), "s") == 0 ? TIME_DECIMALS
										   : SHORTEST);
}

static struct json_object *measurements(struct json_maker *m, const struct report_item *item)
{
	struct json_object *list = json_make_array(m);

	for (size_t i = 0; i < item->verdict->measurement_count; i++) {
		const struct report_measurement *one = &item->verdict->measurements[i];
		const struct report_limit *l = one->limit;
		struct json_object *o = json_make_object(m);

		json_put_str(m, o, "name", probe_measure_name(one->measure));
		put_value(m, o, item->result, one);
		json_put_text(m, o, "unit", slice_str(probe_measure_unit(one->measure)));
		put_threshold(m, o, "warning", l && l->has_warning ? &l->warning : NULL);
		put_threshold(m, o, "critical", l && l->has_critical ? &l->critical : NULL);
		json_put_str(m, o, "state", report_state_name(one->state));
		json_append(m, list, o);
	}
	return list;
}

/* The engine's own notes are no part of the dialogue. */
static struct json_object *transcript(struct json_maker *m, const struct probe_trace *t)
{
	struct json_object *list = json_make_array(m);

	for (size_t i = 0; i < t->count; i++) {
		const struct trace_line *line = &t->lines[i];
		struct json_object *o;

		if (line->from == TRACE_NOTE)
			continue;
		o = json_make_object(m);
		json_put_seconds(m, o, "at", line->at_ns);
		json_put_str(m, o, "from", line->from == TRACE_CLIENT ? "client" : "server");
		json_put_text(m, o, "line", slice_str(line->text));
		json_append(m, list, o);
	}
	return list;
}

static void put_head(struct json_maker *m, struct json_object *o, const struct report_item *item)
{
	const struct report_context *ctx = item->context;
	enum probe_severity state = item->verdict->state;
	char date[WORDS_DATE_MAX];

	json_put_u64(m, o, "schema", SCHEMA);
	json_put_str(m, o, "version", ctx->version);
	json_put_str(m, o, "id", ctx->id);
	json_put_str(m, o, "timestamp", words_date_rfc3339(item->result->wall_seconds, date));
	json_put(m, o, "target", target(m, item));
	json_put_str(m, o, "module", ctx->module);
	json_put_str(m, o, "state", report_state_name(state));
	json_put_u64(m, o, "exit_code", (uint64_t)report_exit_code(state));
	json_put_bool(m, o, "success", state == SEVERITY_OK || state == SEVERITY_WARNING);
	json_put_text(m, o, "message", slice_str(item->message));
	json_put_seconds(m, o, "duration_seconds", item->result->elapsed_ns);
}

static struct json_object *document(struct json_maker *m, const struct report_item *item)
{
	const struct probe_result *r = item->result;
	struct slice greeting = words_chomp(buf_slice(&r->greeting));
	struct json_object *o = json_make_object(m);

	put_head(m, o, item);
	json_put(m, o, "phases", phases(m, r));
	json_put(m, o, "problems", problems(m, item->verdict));
	json_put(m, o, "greeting", greeting.n > 0 ? json_text(m, greeting) : NULL);
	json_put(m, o, "capabilities", capabilities(m, r));
	json_put(m, o, "tls", json_tls(m, r));
	json_put(m, o, "auth", auth(m, item));
	json_put(m, o, "maildrop", maildrop(m, r));
	json_put(m, o, "steps", steps(m, item));
	json_put(m, o, "measurements", measurements(m, item));
	if (item->context->transcript)
		json_put(m, o, "transcript", transcript(m, &r->trace));
	return o;
}

bool report_json(struct buf *out, const struct report_item *items, size_t count)
{
	struct json_object *all = NULL;
	struct json_maker m;

	json_maker_init(&m);
	if (count != 1)
		all = json_make_array(&m);
	for (size_t i = 0; i < count; i++) {
		struct json_object *one = document(&m, &items[i]);

		if (count == 1)
			all = one;
		else
			json_append(&m, all, one);
	}
	json_print(&m, all, out);
	json_object_put(all);
	json_maker_fini(&m);
	return !out->failed;
}
