/* GET /: a form, the recent probes, links. */
#include "base/text.h"
#include "pages.h"
#include "version.h"

#include <stdio.h>
#include <time.h>

enum { SHOWN = 100 };

/* Made printable, then harmless in HTML text and attributes. */
static void add_html(struct buf *out, struct slice text)
{
	struct buf safe;

	buf_init(&safe, 4096);
	(void)text_printable(&safe, text, 512, TEXT_PLAIN);
	for (const char *p = buf_str(&safe); *p; p++) {
		if (*p == '<')
			(void)buf_add_str(out, "&lt;");
		else if (*p == '>')
			(void)buf_add_str(out, "&gt;");
		else if (*p == '&')
			(void)buf_add_str(out, "&amp;");
		else if (*p == '"')
			(void)buf_add_str(out, "&quot;");
		else if (*p == '\'')
			(void)buf_add_str(out, "&#39;");
		else
			(void)buf_add_char(out, *p);
	}
	buf_fini(&safe);
}

static void add_form(struct buf *out, const struct config *c)
{
	(void)buf_add_str(out,
		"<form action=\"probe\"><label>Target <input name=\"target\" required></label> "
		"<label>Module <select name=\"module\">");
	for (size_t i = 0; i < config_module_count(c); i++) {
		(void)buf_add_str(out, "<option>");
		add_html(out, slice_str(config_module_at(c, i)->name));
		(void)buf_add_str(out, "</option>");
	}
	(void)buf_add_str(out,
		"</select></label> <label><input type=\"checkbox\" name=\"debug\" value=\"true\"> "
		"debug</label> <button>Probe</button></form>");
}

static void add_time(struct buf *out, int64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &tm);
	(void)buf_add_str(out, text);
}

static void add_row(struct buf *out, const struct outcome *o)
{
	const struct report_verdict *v = o->verdict;
	struct buf target;

	(void)buf_add_str(out, "<tr><td>");
	add_time(out, o->wall_seconds);
	(void)buf_add_str(out, "<td>");
	buf_init(&target, 1024);
	outcome_target_text(o, &target);
	add_html(out, buf_slice(&target));
	buf_fini(&target);
	(void)buf_add_str(out, "<td>");
	add_html(out, slice_str(o->module->name));
	(void)buf_addf(out, "<td>%s<td>", report_state_name(v->state));
	if (v->state != SEVERITY_OK && v->problem_count)
		(void)buf_addf(out, "%s/%s", probe_phase_name(v->problems[0].phase),
			probe_reason_name(v->problems[0].reason));
	(void)buf_addf(out, "<td>%.3f s<td><a href=\"logs?id=%s\">log</a>",
		(double)o->result->elapsed_ns / 1e9, o->id);
}

static void add_table(struct buf *out, const struct history *h)
{
	size_t n = 0;

	(void)buf_add_str(out, "<table><tr><th>Time<th>Target<th>Module<th>State<th>Reason<th>"
			       "Took<th>");
	for (const struct history_entry *e = h->newest; e && n < SHOWN; e = e->older, n++)
		add_row(out, e->outcome);
	(void)buf_add_str(out, "</table>");
}

void page_landing(struct exporter *e, struct web_request *r, const struct query *q)
{
	struct buf out;

	(void)q;
	buf_init(&out, PAGE_OCTETS_MAX);
	(void)buf_add_str(&out,
		"<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"
		"<meta name=\"color-scheme\" content=\"light dark\"><title>pop3_exporter</title>"
		"<h1>pop3_exporter " POP3PROBE_VERSION "</h1>"
		"<p><a href=\"metrics\">Metrics</a> <a href=\"config\">Configuration</a>");
	add_form(&out, e->config);
	(void)buf_add_str(&out, "<h2>Recent probes</h2>");
	add_table(&out, &e->history);
	(void)buf_add_str(&out, "</html>\n");
	web_add_header(r, "Content-Security-Policy",
		"default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	web_reply(r, 200, "text/html; charset=utf-8", buf_slice(&out));
	buf_fini(&out);
}
