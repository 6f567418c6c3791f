#include "report.h"

#include "perfdata.h"

#include <string.h>

void report_single(struct report *r)
{
	struct outcome *o = &r->outcomes[0];
	const struct settings *s = r->settings;

	outcome_say(o, s);
	r->shown = o;
	r->state = o->verdict.state;
	buf_init(&r->message, 16384);
	(void)buf_add_slice(&r->message, buf_slice(&o->message));
	verbose_add(&r->lines, s, o);
}

void report_fini(struct report *r)
{
	for (size_t i = 0; i < r->count; i++)
		outcome_fini(&r->outcomes[i]);
	buf_fini(&r->message);
	words_fini(&r->lines);
}

int report_exit(const struct report *r)
{
	int code = report_exit_code(r->state);

	return code < report_exit_code(r->settings->fail_on) ? 0 : code;
}

static void add_lines(struct buf *out, const struct words *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		(void)buf_add_str(out, lines->v[i]);
		(void)buf_add_char(out, '\n');
	}
}

static bool classic_render(struct buf *out, const struct report *r)
{
	(void)buf_add_slice(out, buf_slice(&r->message));
	(void)buf_add_char(out, '|');
	perfdata_add(out, r->settings, r->shown, false);
	(void)buf_add_char(out, '\n');
	add_lines(out, &r->settings->warnings);
	add_lines(out, &r->lines);
	return !out->failed;
}

bool report_render(struct buf *out, enum output_format format, struct report *r)
{
	struct report_item items[OUTCOMES_MAX];

	for (size_t i = 0; i < r->count; i++)
		items[i] = outcome_item(&r->outcomes[i]);
	switch (format) {
	case FORMAT_CLASSIC:
		return classic_render(out, r);
	case FORMAT_MULTI_LINE:
		return multiline_render(out, r);
	case FORMAT_MP_TEST_JSON:
		return mp_json_render(out, r);
	case FORMAT_JSON:
		/* The rows of --auth each are one check: its object is that of the one that
		 * decided. */
		return report_json(out, &items[r->shown - r->outcomes], 1);
	case FORMAT_PROMETHEUS:
		/* One scrape is one probe: the one that decided. */
		return report_prometheus(out, &items[r->shown - r->outcomes]);
	case FORMAT_TAP:
		return report_tap(out, items, r->count);
	case FORMAT_JUNIT:
		return report_junit(out, items, r->count);
	case FORMAT_COUNT:
		break;
	}
	return false;
}
