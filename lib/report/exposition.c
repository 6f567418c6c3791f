#include "report/exposition.h"

#include "report/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Escapes backslash and line feed, and quotes where they would end the text. */
static void add_escaped(struct buf *out, const char *text, bool quotes)
{
	for (; *text; text++) {
		if (*text == '\n') {
			buf_add_str(out, "\\n");
			continue;
		}
		if (*text == '\\' || (quotes && *text == '"'))
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

static bool add_sample(struct buf *out, const struct exposition_family *f, const char *suffix,
	const struct exposition_label *labels, size_t count, const char *value)
{
	buf_addf(out, "%s%s", f->name, suffix);
	for (size_t i = 0; i < count; i++) {
		buf_addf(out, "%c%s=\"", i == 0 ? '{' : ',', labels[i].name);
		add_escaped(out, labels[i].value, true);
		buf_add_char(out, '"');
	}
	return buf_addf(out, "%s %s\n", count > 0 ? "}" : "", value);
}

/* https://prometheus.io/docs/instrumenting/exposition_formats/ : HELP knows no quotes, and a TYPE
 * `info` would end the scrape. */
static bool text_family(struct buf *out, const struct exposition_family *f)
{
	static const char *const types[] = {
		[EXPOSITION_GAUGE] = "gauge",
		[EXPOSITION_COUNTER] = "counter",
		[EXPOSITION_INFO] = "gauge",
		[EXPOSITION_HISTOGRAM] = "histogram",
	};

	buf_addf(out, "# HELP %s ", f->name);
	add_escaped(out, f->help, false);
	return buf_addf(out, "\n# TYPE %s %s\n", f->name, types[f->type]);
}

static bool text_end(struct buf *out)
{
	return !out->failed;
}

const struct exposition_format exposition_text = {
	.content_type = "text/plain; version=0.0.4; charset=utf-8",
	.family = text_family,
	.sample = add_sample,
	.end = text_end,
};

/* The family's name goes without what its samples end in. */
static size_t stem_octets(const struct exposition_family *f)
{
	const char *tail = f->type == EXPOSITION_COUNTER ? "_total"
			   : f->type == EXPOSITION_INFO	 ? "_info"
							 : "";
	size_t n = strlen(f->name), t = strlen(tail);

	return n > t && strcmp(f->name + n - t, tail) == 0 ? n - t : n;
}

/* https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md : UNIT
 * only where the name ends in it. */
static bool open_family(struct buf *out, const struct exposition_family *f)
{
	static const char *const types[] = {
		[EXPOSITION_GAUGE] = "gauge",
		[EXPOSITION_COUNTER] = "counter",
		[EXPOSITION_INFO] = "info",
		[EXPOSITION_HISTOGRAM] = "histogram",
	};
	int n = (int)stem_octets(f);

	buf_addf(out, "# TYPE %.*s %s\n", n, f->name, types[f->type]);
	if (f->unit)
		buf_addf(out, "# UNIT %.*s %s\n", n, f->name, f->unit);
	buf_addf(out, "# HELP %.*s ", n, f->name);
	add_escaped(out, f->help, true);
	return buf_add_char(out, '\n');
}

static bool open_end(struct buf *out)
{
	return buf_add_str(out, "# EOF\n");
}

const struct exposition_format exposition_openmetrics = {
	.content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
	.family = open_family,
	.sample = add_sample,
	.end = open_end,
};

void exposition_init(struct exposition *e, const struct exposition_format *format, struct buf *out)
{
	*e = (struct exposition){.format = format, .out = out};
}

void exposition_begin(struct exposition *e, const struct exposition_family *f)
{
	e->family = f;
	e->opened = false;
}

static void add(struct exposition *e, const char *suffix, const struct exposition_label *labels,
	size_t count, const char *value)
{
	if (!e->opened)
		e->format->family(e->out, e->family);
	e->opened = true;
	e->format->sample(e->out, e->family, suffix, labels, count, value);
	e->samples++;
}

void exposition_add(struct exposition *e, const char *suffix, const struct exposition_label *labels,
	size_t count, double value)
{
	char text[REPORT_NUMBER_MAX];

	add(e, suffix, labels, count, report_number(value, -1, text, sizeof(text)));
}

void exposition_add_u64(struct exposition *e, const char *suffix,
	const struct exposition_label *labels, size_t count, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	add(e, suffix, labels, count, text);
}

void exposition_gauge(struct exposition *e, double value)
{
	exposition_add(e, "", NULL, 0, value);
}

bool exposition_end(struct exposition *e)
{
	e->format->end(e->out);
	return !e->out->failed;
}
