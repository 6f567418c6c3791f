/* Test Anything Protocol, version 13: https://testanything.org/tap-version-13-specification.html */
#include "report/cases.h"
#include "report/words.h"

/* A '#' begins a directive, so a step's name must not hold a bare one. */
static void add_description(struct buf *out, const struct report_item *item, struct report_case *c)
{
	struct buf text;

	buf_init(&text, WORDS_MESSAGE_MAX);
	words_class_name(&text, item->context);
	buf_add_char(&text, ' ');
	report_case_name(&text, c);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '#' || text.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, (char)text.p[i]);
	}
	if (text.failed)
		out->failed = true;
	buf_fini(&text);
}

/* A YAML scalar in double quotes; what it holds is on one line already. */
static void add_quoted(struct buf *out, const char *text)
{
	buf_add_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
}

static void add_problem(struct buf *out, const struct report_problem *p)
{
	buf_addf(out, "    - state: %s\n      phase: %s\n      reason: %s\n      message: ",
		report_state_name(p->severity), probe_phase_name(p->phase),
		probe_reason_name(p->reason));
	add_quoted(out, p->message);
	if (p->hint) {
		buf_add_str(out, "\n      hint: ");
		add_quoted(out, p->hint);
	}
	buf_add_char(out, '\n');
}

static void add_case(struct buf *out, const struct report_item *item, size_t i, size_t number)
{
	const struct report_problem *p;
	struct report_case c;
	size_t at = 0;

	report_case_get(item, i, &c);
	/* A warning passes; TAP knows no errors beside failures. */
	buf_addf(out, "%s %zu - ",
		c.state == SEVERITY_OK || c.state == SEVERITY_WARNING ? "ok" : "not ok", number);
	add_description(out, item, &c);
	buf_add_str(out, c.reached ? "\n" : " # SKIP not reached\n");
	if (!c.problem)
		return;
	buf_addf(out, "  ---\n  severity: %s\n  problems:\n", report_state_name(c.state));
	while ((p = report_case_problem(item, i, &at)))
		add_problem(out, p);
	buf_add_str(out, "  ...\n");
}

bool report_tap(struct buf *out, const struct report_item *items, size_t count)
{
	size_t total = 0, number = 0;

	for (size_t i = 0; i < count; i++)
		total += report_case_count(&items[i]);
	buf_addf(out, "TAP version 13\n1..%zu\n", total);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < report_case_count(&items[i]); k++)
			add_case(out, &items[i], k, ++number);
	return !out->failed;
}
