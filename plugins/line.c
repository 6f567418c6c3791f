/* Under the names check_pop and check_spop, and without an option that those do not have, the line
 * is theirs, octet for octet where theirs was of use. Under all others the phase and the reason
 * stand on every line that is not OK; their phrases stay, since people grep for them. */
#include "line.h"

#include <string.h>

enum {
	BANNER_MAX = 256,   /* octets of the server on the line */
	PROBLEMS_SHOWN = 4, /* problems on the line; the rest are counted */
};

static bool failed(const struct outcome *o)
{
	return o->result->reason != REASON_NONE;
}

/* The one that ended the dialogue; -r ok and the like leave it in the list as OK. */
static bool is_dialogue(const struct report_problem *p, const struct outcome *o)
{
	return failed(o) && p->phase == o->result->phase && p->reason == o->result->reason;
}

static bool is_expiry(const struct report_problem *p)
{
	return p->reason == REASON_CERT_EXPIRING || p->reason == REASON_CERT_EXPIRED ||
	       p->reason == REASON_CERT_NOT_YET_VALID;
}

/* A full stop would stand in front of more text. */
static int without_stop(const char *text, size_t n)
{
	return (int)(n && text[n - 1] == '.' ? n - 1 : n);
}

void line_problem(
	struct buf *out, const struct settings *s, const struct report_problem *p, bool brief)
{
	(void)buf_addf(out, "%.*s", without_stop(p->message, p->head), p->message);
	if (!brief)
		(void)buf_addf(
			out, " [%s/%s]", probe_phase_name(p->phase), probe_reason_name(p->reason));
	if (!s->jail)
		(void)buf_add_str(out, p->message + p->head);
}

static void add_where(struct buf *out, const struct settings *s)
{
	(void)buf_add_str(out, " on ");
	line_where(out, s);
}

/* --- the dialogue ------------------------------------------------------------------------------
 */

static void add_success(struct buf *out, const struct settings *s, const struct probe_result *r)
{
	const struct buf *text = r->raw.n ? &r->raw : &r->greeting;

	(void)buf_addf(out, "%.3f second response time", (double)r->time_ns / 1e9);
	add_where(out, s);
	if (s->jail || text->n == 0)
		return;
	(void)buf_add_str(out, " [");
	line_server_text(out, buf_slice(text), BANNER_MAX);
	(void)buf_add_char(out, ']');
}

/* As check_pop says it. */
static void add_classic_failure(
	struct buf *out, const struct settings *s, const struct report_problem *p)
{
	bool lost = p->reason == REASON_CLOSED || p->reason == REASON_RESET;

	if (p->reason == REASON_TIMEOUT) {
		(void)buf_addf(out, "Socket timeout after %lu seconds", s->timeout_s);
		return;
	}
	if (p->phase == PHASE_TLS)
		(void)buf_add_str(out, "Cannot make SSL connection. ");
	line_problem(out, s, p, true);
	/* Whether the name is wrong or the resolver, which theirs does not say. */
	if (p->phase == PHASE_RESOLVE)
		(void)buf_addf(out, ", %s", probe_reason_words(p->reason));
	if (p->phase == PHASE_GREETING && !lost && (s->jail || !p->message[p->head]))
		add_where(out, s);
}

static void add_failure(struct buf *out, const struct settings *s, const struct report_problem *p)
{
	bool says_where = p->phase == PHASE_RESOLVE || p->reason == REASON_REFUSED ||
			  p->reason == REASON_UNREACHABLE || p->reason == REASON_INTERNAL;

	if (settings_classic_only(s)) {
		add_classic_failure(out, s, p);
		return;
	}
	line_problem(out, s, p, false);
	if (!says_where)
		add_where(out, s);
	if (p->hint)
		(void)buf_addf(out, " (%s)", p->hint);
}

/* --- the line ----------------------------------------------------------------------------------
 */

/* check_pop begins some of its lines without the service's name, and some without the state. With
 * -D more than one thing may be wrong, and the line needs both. */
static void add_head(struct buf *out, const struct settings *s, const struct outcome *o)
{
	const struct probe_result *r = o->result;
	bool bare = settings_classic_only(s) && !s->certificate;
	bool lost = r->phase == PHASE_GREETING &&
		    (r->reason == REASON_CLOSED || r->reason == REASON_RESET);

	if (bare && (lost || r->reason == REASON_REFUSED || r->reason == REASON_UNREACHABLE))
		return;
	if (!bare || r->reason != REASON_TIMEOUT)
		(void)buf_addf(out, "%s ", s->service.label);
	(void)buf_addf(out, "%s - ", report_state_name(o->verdict.state));
}

/* The classic line knows problems of the dialogue and of certificates alone: that the time is above
 * a threshold, its state says. */
static bool shown(const struct settings *s, const struct report_problem *p)
{
	return p->severity != SEVERITY_OK && (!settings_classic_only(s) || is_expiry(p));
}

/* Everything that was found, the worst first; a success comes behind what is wrong all the same. */
static void add_findings(struct buf *out, const struct settings *s, const struct outcome *o)
{
	const struct report_verdict *v = &o->verdict;
	const char *between = "";
	size_t n = 0, more = 0;

	for (size_t i = 0; i < v->problem_count; i++) {
		const struct report_problem *p = &v->problems[i];
		bool dialogue = is_dialogue(p, o);

		if (!dialogue && !shown(s, p))
			continue;
		if (!dialogue && ++n > PROBLEMS_SHOWN) {
			more++;
			continue;
		}
		(void)buf_add_str(out, between);
		between = ", ";
		if (dialogue)
			add_failure(out, s, p);
		else
			line_problem(out, s, p, settings_classic_only(s));
	}
	if (more)
		(void)buf_addf(out, ", %zu more problems", more);
	if (!failed(o)) {
		(void)buf_add_str(out, between);
		add_success(out, s, o->result);
	}
}

void line_message(struct buf *out, const struct settings *s, const struct outcome *o)
{
	size_t from = out->n;

	add_head(out, s, o);
	add_findings(out, s, o);
	if (!failed(o))
		line_tail(out, s, o);
	if (o->waited_ns)
		(void)buf_addf(out, ", waited %.1f s", (double)o->waited_ns / 1e9);
	(void)buf_str(out);
	if (out->p)
		line_defuse_tags((char *)out->p + from);
}
