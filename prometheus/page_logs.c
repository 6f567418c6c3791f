/* One probe in full, as text: debug=true and /logs. */
#include "pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_head(struct buf *out, const struct report_item *item, const struct outcome *o)
{
	(void)buf_addf(out, "%s\n\nid: %s\ntarget: ", item->message, o->id);
	outcome_target_text(o, out);
	(void)buf_addf(out, "\naddress: %s\nmodule: %s\ntimeout: %.3f s\n",
		*o->result->address ? o->result->address : "-", o->module->name,
		(double)o->timeout_ns / 1e9);
	if (item->context->age_ns)
		(void)buf_addf(out, "age: %.3f s (min_login_interval)\n",
			(double)item->context->age_ns / 1e9);
}

static void add_transcript(struct buf *out, const struct probe_trace *t)
{
	static const char *const from[] = {
		[TRACE_CLIENT] = "C:", [TRACE_SERVER] = "S:", [TRACE_NOTE] = "--"};

	(void)buf_add_str(out, "\n# Transcript\n");
	for (size_t i = 0; i < t->count; i++)
		(void)buf_addf(out, "%10.6f %s %s\n", (double)t->lines[i].at_ns / 1e9,
			from[t->lines[i].from], t->lines[i].text);
	if (t->dropped)
		(void)buf_addf(out, "... %zu more lines\n", t->dropped);
}

void page_debug_text(struct buf *out, const struct outcome *o, uint64_t age_ns)
{
	struct report_context context;
	struct report_item item;
	struct buf message;

	buf_init(&message, 16384);
	item = outcome_item(o, age_ns, true, &context, &message);
	add_head(out, &item, o);
	add_transcript(out, &o->result->trace);
	(void)buf_add_str(out, "\n# Metrics\n");
	(void)report_metrics(out, &exposition_text, &item);
	(void)buf_add_str(out, "\n# Module\n");
	(void)config_dump_module(o->module, o->hostname, out);
	buf_fini(&message);
}

static const struct outcome *find(const struct history *h, const struct query *q)
{
	const char *id = query_get(q, "id"), *target = query_get(q, "target");
	const char *failed = query_get(q, "failed");
	bool only_failed = failed && strcmp(failed, "0") != 0 && strcmp(failed, "false") != 0;

	if (id)
		return history_find_id(h, id);
	return target ? history_find(h, target, query_get(q, "module"), only_failed) : NULL;
}

void page_logs(struct exporter *e, struct web_request *r, const struct query *q)
{
	const struct outcome *o = find(&e->history, q);
	struct buf text;

	if (!o) {
		bool asked = query_get(q, "id") || query_get(q, "target");

		web_reply_line(r, asked ? 404 : 400,
			asked ? "no such probe is kept" : "id or target parameter is missing");
		return;
	}
	buf_init(&text, PAGE_OCTETS_MAX);
	page_debug_text(&text, o, 0);
	web_reply(r, 200, "text/plain; charset=utf-8", buf_slice(&text));
	buf_fini(&text);
}
