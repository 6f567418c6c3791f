/* Under the names check_pop and check_spop, and without an option that those do not have, the line
 * is theirs, octet for octet where theirs was of use. Under all others the phase and the reason
 * stand on every line that is not OK; their phrases stay, since people grep for them. */
#include "line.h"

#include <string.h>

enum {
	BANNER_MAX = 256,  /* octets of the server on the line */
	PROBLEMS_SHOWN = 4, /* problems on the line; the rest are counted */
};

static bool failed(const struct probe_result *r)
{
	return r->reason != REASON_NONE;
}

static bool is_dialogue(const struct report_problem *p, const struct probe_result *r)
{
	return failed(r) && p->phase == r->phase && p->reason == r->reason;
}

static bool is_certificate(const struct report_problem *p)
{
	return p->reason == REASON_CERT_EXPIRING || p->reason == REASON_CERT_EXPIRED ||
	       p->reason == REASON_CERT_NOT_YET_VALID;
}

/* --- one problem ------------------------------------------------------------------------------- */

static void add_reason(struct buf *out, enum probe_phase phase, enum probe_reason reason)
{
	(void)buf_addf(out, " [%s/%s]", probe_phase_name(phase), probe_reason_name(reason));
}

static void add_problem(
	struct buf *out, const struct report_problem *p, const struct probe_result *r, bool brief)
{
	bool said = false;

	if (p->reason == REASON_CERT_NOT_YET_VALID)
		said = line_certificate_early(out, r);
	else if (is_certificate(p))
		said = line_certificate(out, r);
	if (!said)
		(void)buf_add_str(out, p->message ? p->message : probe_reason_words(p->reason));
	if (!brief)
		add_reason(out, p->phase, p->reason);
	if (!brief && p->hint)
		(void)buf_addf(out, " (%s)", p->hint);
}

/* --- the dialogue ------------------------------------------------------------------------------ */

static void add_banner(struct buf *out, const struct settings *s, const struct probe_result *r)
{
	const struct buf *text = r->raw.n ? &r->raw : &r->greeting;

	if (s->jail || text->n == 0)
		return;
	(void)buf_add_str(out, " [");
	line_server_text(out, buf_slice(text), BANNER_MAX);
	(void)buf_add_char(out, ']');
}

static double seconds(const struct probe_result *r)
{
	return (double)r->time_ns / 1e9;
}

static void add_success(struct buf *out, const struct settings *s, const struct probe_result *r)
{
	(void)buf_addf(out, "%.3f second response time on ", seconds(r));
	line_where(out, s);
	add_banner(out, s, r);
}

/* What the server said that decided; "" under -j. */
static struct slice deciding_text(const struct settings *s, const struct probe_result *r)
{
	struct slice text = buf_slice(&r->server_text);

	if (text.n == 0 && r->phase == PHASE_GREETING)
		text = r->raw.n ? buf_slice(&r->raw) : buf_slice(&r->greeting);
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	return s->jail ? (struct slice){0} : text;
}

static void add_failure(struct buf *out, const struct settings *s, const struct outcome *o,
	const struct report_problem *p)
{
	const struct probe_result *r = o->result;
	bool classic = settings_classic_only(s);
	struct slice text = deciding_text(s, r);
	bool connected = r->phase != PHASE_RESOLVE && r->reason != REASON_REFUSED &&
			 r->reason != REASON_UNREACHABLE;

	line_failure(out, s, o);
	if (!classic)
		add_reason(out, r->phase, r->reason);
	if (text.n) {
		(void)buf_add_str(out, ": ");
		line_server_text(out, text, BANNER_MAX);
	}
	if (classic ? r->phase == PHASE_GREETING && !text.n && r->reason != REASON_TIMEOUT &&
			      r->reason != REASON_CLOSED && r->reason != REASON_RESET
		    : connected) {
		(void)buf_add_str(out, " on ");
		line_where(out, s);
	}
	if (!classic && p && p->hint)
		(void)buf_addf(out, " (%s)", p->hint);
}

/* --- the line ---------------------------------------------------------------------------------- */

/* check_pop begins some of its lines without the service's name, and some without the state. With
 * -D more than one thing may be wrong, and the line needs both. */
static void add_head(struct buf *out, const struct settings *s, const struct outcome *o)
{
	enum probe_reason reason = o->result->reason;
	const char *state = report_state_name(o->verdict.state);

	if (settings_classic_only(s) && !s->certificate) {
		if (reason == REASON_REFUSED || reason == REASON_UNREACHABLE)
			return;
		if ((reason == REASON_CLOSED || reason == REASON_RESET) &&
			o->result->phase == PHASE_GREETING)
			return;
		if (reason == REASON_TIMEOUT) {
			(void)buf_addf(out, "%s - ", state);
			return;
		}
	}
	(void)buf_addf(out, "%s %s - ", s->service.label, state);
}

/* The classic line knows problems of the dialogue and of certificates alone: that the time is above
 * a threshold, its state says. */
static bool shown(const struct settings *s, const struct outcome *o, size_t i)
{
	const struct report_problem *p = &o->verdict.problems[i];

	if (is_dialogue(p, o->result))
		return false;
	return !settings_classic_only(s) || is_certificate(p);
}

static const struct report_problem *dialogue_problem(const struct outcome *o)
{
	for (size_t i = 0; i < o->verdict.problem_count; i++)
		if (is_dialogue(&o->verdict.problems[i], o->result))
			return &o->verdict.problems[i];
	return NULL;
}

static void add_body(struct buf *out, const struct settings *s, const struct outcome *o)
{
	if (failed(o->result))
		add_failure(out, s, o, dialogue_problem(o));
	else
		add_success(out, s, o->result);
}

/* The problems from `from` to `to`, each followed or preceded by ", ". */
static size_t add_problems(struct buf *out, const struct settings *s, const struct outcome *o,
	bool before_dialogue)
{
	const struct report_problem *dialogue = dialogue_problem(o);
	bool passed = false;
	size_t more = 0, n = 0;

	for (size_t i = 0; i < o->verdict.problem_count; i++) {
		const struct report_problem *p = &o->verdict.problems[i];
		bool before = dialogue ? !passed : !failed(o->result);

		passed = passed || p == dialogue;
		if (!shown(s, o, i) || before != before_dialogue)
			continue;
		if (n++ >= PROBLEMS_SHOWN) {
			more++;
			continue;
		}
		(void)buf_add_str(out, before_dialogue ? "" : ", ");
		add_problem(out, p, o->result, settings_classic_only(s));
		(void)buf_add_str(out, before_dialogue ? ", " : "");
	}
	return more;
}

static void add_wait(struct buf *out, const struct outcome *o)
{
	if (o->waited_ns)
		(void)buf_addf(out, ", waited %.1f s", (double)o->waited_ns / 1e9);
}

void line_message(struct buf *out, const struct settings *s, const struct outcome *o)
{
	size_t from = out->n, more;

	add_head(out, s, o);
	more = add_problems(out, s, o, true);
	add_body(out, s, o);
	more += add_problems(out, s, o, false);
	if (more)
		(void)buf_addf(out, ", %zu more problems", more);
	if (!failed(o->result))
		line_tail(out, s, o);
	add_wait(out, o);
	(void)buf_str(out);
	if (out->p)
		line_defuse_tags((char *)out->p + from);
}
