#include "line.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

struct offered {
	enum auth_mech v[AUTH_MECH_COUNT];
	size_t n;
};

static bool is_offered(const struct probe_result *r, enum auth_mech m)
{
	const struct pop3_capa *capa = probe_result_capa(r);

	if (m == AUTH_APOP)
		return r->has_apop_stamp;
	/* A server without CAPA may still know USER (RFC 2449 section 5). */
	if (m == AUTH_USER)
		return !capa || pop3_capa_find(capa, SLICE_LIT("USER"), NULL);
	return capa && (pop3_capa_sasl(capa) & 1U << m);
}

/* Why it cannot be tried with what was given; NULL: it can. */
static const char *unsuited(const struct settings *s, enum auth_mech m)
{
	const struct auth_mech_info *info = auth_mech_info(m);

	if (info->token)
		return "needs a token";
	if (!info->needs_secret && !s->cert)
		return "needs a client certificate";
	return s->authz && !info->carries_authzid ? "does not carry --authz" : NULL;
}

static void collect(struct report *r, const struct probe_result *result, struct offered *out)
{
	for (int i = 0; i < AUTH_MECH_COUNT; i++) {
		enum auth_mech m = (enum auth_mech)i;
		const char *why = unsuited(r->settings, m);

		if (!is_offered(result, m))
			continue;
		if (why)
			lines_addf(&r->lines, "%-14s skipped: %s", auth_mech_info(m)->name, why);
		else
			out->v[out->n++] = m;
	}
}

/* "CRAM-MD5       CRITICAL refused: ..." */
static void add_row(struct report *r, enum auth_mech m, const struct outcome *o)
{
	const struct probe_result *result = o->result;
	struct buf text;

	buf_init(&text, 4096);
	if (result->login_accepted)
		(void)buf_addf(
			&text, "accepted in %.3f s", (double)result->phase_ns[PHASE_AUTH] / 1e9);
	else
		(void)buf_add_str(&text, result->login_tried ? "refused" : "not tried");
	for (size_t i = 0; i < o->verdict.problem_count; i++) {
		(void)buf_add_str(&text, i ? ", " : ": ");
		line_problem(&text, r->settings, &o->verdict.problems[i], false);
	}
	lines_addf(&r->lines, "%-14s %-8s %s", auth_mech_info(m)->name,
		report_state_name(o->verdict.state), buf_str(&text));
	buf_fini(&text);
}

static void try_one(struct report *r, struct plan *p, size_t i, enum auth_mech m)
{
	struct probe_login *login = &r->logins[i];
	struct outcome *o = &r->outcomes[i];

	*login = p->login;
	login->automatic = false;
	login->mech = m;
	outcome_run(o, p, login, plan_deadline_ns(p));
	/* Reports tell the cases of several runs apart by their module. */
	snprintf(r->modules[i], sizeof(r->modules[i]), "%s.%s", o->context.module,
		auth_mech_info(m)->option);
	o->context.module = r->modules[i];
	outcome_say(o, r->settings);
	r->count = i + 1;
	if (i == 0 || (report_state_worse(r->state, o->verdict.state) != r->state)) {
		r->shown = o;
		r->state = o->verdict.state;
	}
	add_row(r, m, o);
}

static void sum_up(struct report *r)
{
	size_t accepted = 0;

	for (size_t i = 0; i < r->count; i++)
		accepted += r->outcomes[i].result->login_accepted;
	buf_init(&r->message, 16384);
	(void)buf_add_slice(&r->message, buf_slice(&r->shown->message));
	(void)buf_addf(&r->message, ", %zu of %zu mechanisms accepted", accepted, r->count);
	for (size_t i = 0; i < r->count && r->settings->verbose; i++)
		verbose_add(&r->lines, r->settings, &r->outcomes[i]);
}

static void nothing_offered(struct report *r, const struct plan *p)
{
	const struct plan_failure none = {PHASE_AUTH, REASON_MECHANISM_UNAVAILABLE,
		"no mechanism is offered that can be tried"};

	outcome_fini(&r->outcomes[0]);
	outcome_fail(&r->outcomes[0], r->settings, &none, net_now_ns() - p->start_ns);
	report_single(r);
}

void each_run(struct report *r, struct plan *p)
{
	struct outcome *first = &r->outcomes[0];
	struct offered offered = {.n = 0};

	r->count = 1;
	(void)plan_compose(p, false);
	outcome_run(first, p, NULL, plan_deadline_ns(p));
	if (first->result->reason != REASON_NONE) {
		report_single(r);
		return;
	}
	collect(r, first->result, &offered);
	if (offered.n == 0) {
		nothing_offered(r, p);
		return;
	}
	/* The steps are composed anew in place: the probe that ran the old ones goes first. */
	outcome_fini(first);
	(void)plan_compose(p, true);
	for (size_t i = 0; i < offered.n; i++)
		try_one(r, p, i, offered.v[i]);
	sum_up(r);
}
