/* JUnit's XML as Jenkins and GitLab read it. CRITICAL is a failure, UNKNOWN an error, WARNING
 * passes with its words in system-out. */
#include "report/cases.h"
#include "report/number.h"
#include "report/words.h"

#include <string.h>

struct totals {
	size_t tests, failures, errors, skipped;
};

/* For attributes and text alike. The text is sanitised, so no character is one that XML 1.0
 * (section 2.2) forbids. */
static void add_xml(struct buf *out, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&':
			buf_add_str(out, "&amp;");
			break;
		case '<':
			buf_add_str(out, "&lt;");
			break;
		case '>':
			buf_add_str(out, "&gt;");
			break;
		case '"':
			buf_add_str(out, "&quot;");
			break;
		case '\'':
			buf_add_str(out, "&apos;");
			break;
		default:
			buf_add_char(out, (char)s.p[i]);
		}
	}
}

static void add_attribute(struct buf *out, const char *name, struct buf *value)
{
	buf_addf(out, " %s=\"", name);
	add_xml(out, buf_slice(value));
	buf_add_char(out, '"');
	if (value->failed)
		out->failed = true;
	buf_clear(value);
}

static void add_seconds(struct buf *out, double seconds)
{
	char text[REPORT_NUMBER_MAX];

	buf_addf(out, " time=\"%s\"", report_number(seconds, 6, text, sizeof(text)));
}

static void count_cases(const struct report_item *item, struct totals *t)
{
	for (size_t i = 0; i < report_case_count(item); i++) {
		struct report_case c;

		report_case_get(item, i, &c);
		t->tests++;
		t->failures += c.state == SEVERITY_CRITICAL;
		t->errors += c.state == SEVERITY_UNKNOWN;
		t->skipped += !c.reached;
	}
}

static void add_totals(struct buf *out, const struct totals *t)
{
	buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", t->tests,
		t->failures, t->errors, t->skipped);
}

/* All problems of the case, a line each. */
static void add_lines(struct buf *out, const struct report_item *item, size_t i)
{
	const struct report_problem *p;
	size_t at = 0;

	while ((p = report_case_problem(item, i, &at))) {
		buf_addf(out, "%s [%s/%s] ", report_state_name(p->severity),
			probe_phase_name(p->phase), probe_reason_name(p->reason));
		add_xml(out, slice_str(p->message));
		if (p->hint) {
			buf_add_str(out, "; ");
			add_xml(out, slice_str(p->hint));
		}
		buf_add_char(out, '\n');
	}
}

static void add_outcome(
	struct buf *out, const struct report_item *item, size_t i, const struct report_case *c)
{
	const char *tag = c->state == SEVERITY_CRITICAL	 ? "failure"
			  : c->state == SEVERITY_UNKNOWN ? "error"
							 : "system-out";

	buf_addf(out, "   <%s", tag);
	if (c->state != SEVERITY_WARNING) {
		buf_addf(out, " type=\"%s/%s\" message=\"", probe_phase_name(c->problem->phase),
			probe_reason_name(c->problem->reason));
		add_xml(out, slice_str(c->problem->message));
		buf_add_char(out, '"');
	}
	buf_add_char(out, '>');
	add_lines(out, item, i);
	buf_addf(out, "</%s>\n", tag);
}

static void add_case(struct buf *out, const struct report_item *item, size_t i, struct buf *text)
{
	struct report_case c;

	report_case_get(item, i, &c);
	buf_add_str(out, "  <testcase");
	words_class_name(text, item->context);
	add_attribute(out, "classname", text);
	report_case_name(text, &c);
	add_attribute(out, "name", text);
	add_seconds(out, c.seconds);
	if (c.reached && !c.problem) {
		buf_add_str(out, "/>\n");
		return;
	}
	buf_add_str(out, ">\n");
	if (c.problem)
		add_outcome(out, item, i, &c);
	else
		buf_add_str(out, "   <skipped message=\"not reached\"/>\n");
	buf_add_str(out, "  </testcase>\n");
}

static void add_suite(struct buf *out, const struct report_item *item, struct buf *text)
{
	struct totals t = {0};
	char date[WORDS_DATE_MAX] = "";

	count_cases(item, &t);
	buf_add_str(out, " <testsuite");
	words_class_name(text, item->context);
	add_attribute(out, "name", text);
	add_totals(out, &t);
	add_seconds(out, (double)item->result->elapsed_ns / 1e9);
	words_date_rfc3339(item->result->wall_seconds, date);
	/* The schema wants ISO 8601 without a zone. */
	if (date[0])
		buf_addf(out, " timestamp=\"%.*s\"", (int)(strlen(date) - 1), date);
	words_safe_str(text, words_host(item->context), 0);
	add_attribute(out, "hostname", text);
	buf_add_str(out, ">\n");
	for (size_t i = 0; i < t.tests; i++)
		add_case(out, item, i, text);
	buf_add_str(out, " </testsuite>\n");
}

bool report_junit(struct buf *out, const struct report_item *items, size_t count)
{
	struct totals t = {0};
	double seconds = 0;
	struct buf text;

	for (size_t i = 0; i < count; i++) {
		count_cases(&items[i], &t);
		seconds += (double)items[i].result->elapsed_ns / 1e9;
	}
	buf_add_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_totals(out, &t);
	add_seconds(out, seconds);
	buf_add_str(out, ">\n");
	buf_init(&text, WORDS_MESSAGE_MAX);
	for (size_t i = 0; i < count; i++)
		add_suite(out, &items[i], &text);
	buf_fini(&text);
	buf_add_str(out, "</testsuites>\n");
	return !out->failed;
}
