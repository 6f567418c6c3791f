#include "outcome.h"

#include "line.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *module_name(enum probe_tls_mode mode)
{
	switch (mode) {
	case PROBE_TLS_NONE:
		break;
	case PROBE_TLS_IMPLICIT:
		return "pop3s";
	case PROBE_TLS_STLS:
		return "pop3_stls";
	}
	return "pop3";
}

static struct report_context context_of(const struct settings *s)
{
	return (struct report_context){
		.host = s->host ? s->host : s->positional,
		.port = settings_port(s),
		.module = module_name(settings_tls_mode(s)),
		.user = s->user,
		.authzid = s->authz,
		.tls_mode = settings_tls_mode(s),
		.timeout_ns = s->timeout_s * (uint64_t)1000000000,
		.version = POP3PROBE_VERSION,
		.id = "",
		.transcript = s->verbose >= 2,
	};
}

struct finish {
	struct net_loop *loop;
	struct probe *probe;
};

static void finished(void *arg, struct probe *p)
{
	struct finish *f = arg;

	f->probe = p;
	net_loop_stop(f->loop);
}

static struct probe *run(struct plan *p, const struct probe_spec *spec)
{
	struct finish f = {.loop = p->loop};
	const struct net_dial_target target = {
		.host = p->host, .port = p->port, .family = p->settings->family};

	if (net_run_start(p->loop, p->resolver, &target, spec, finished, &f))
		net_loop_run(p->loop);
	return f.probe;
}

static void judge(struct outcome *o, const struct settings *s)
{
	(void)report_verdict_make(&o->verdict, o->result, &s->policy, &o->context);
}

void outcome_run(
	struct outcome *o, struct plan *p, const struct probe_login *login, uint64_t deadline_ns)
{
	const struct settings *s = p->settings;
	uint64_t now = net_now_ns();
	struct probe_spec spec = {
		.host = p->host,
		.port = p->port,
		.program = p->program,
		.tls = p->tls,
		.tls_config = p->tls_config,
		.server_name = *p->server_name ? p->server_name : NULL,
		.send_sni = true,
		.login = login,
		.timeout_ns = deadline_ns > now ? deadline_ns - now : 1,
		.wall_seconds = net_wall_seconds(),
		.trace = s->verbose >= 2,
	};
	struct plan_failure none = {PHASE_CONNECT, REASON_INTERNAL, "out of memory"};

	*o = (struct outcome){.probe = run(p, &spec)};
	if (!o->probe) {
		outcome_fail(o, s, &none, net_now_ns() - p->start_ns);
		return;
	}
	o->result = probe_result(o->probe);
	o->context = context_of(s);
	o->context.login = login;
	o->context.id = p->id;
	if (p->tls_mode != PROBE_TLS_NONE)
		o->context.server_name = spec.server_name;
	judge(o, s);
}

/* A result in which nothing was reached. */
static struct probe_result *empty_result(void)
{
	static const char line[] = "POP3 UNKNOWN - out of memory\n";
	struct probe_result *r = calloc(1, sizeof(*r));

	if (!r) {
		/* Not even room to say why. */
		(void)!write(STDOUT_FILENO, line, sizeof(line) - 1);
		_exit(3);
	}
	for (int i = 0; i < PHASE_COUNT; i++)
		r->phase_ns[i] = PROBE_NS_NONE;
	buf_init(&r->server_text, 1);
	buf_init(&r->greeting, 1);
	buf_init(&r->raw, 1);
	return r;
}

void outcome_fail(struct outcome *o, const struct settings *s, const struct plan_failure *f,
	uint64_t elapsed_ns)
{
	struct probe_result *r = empty_result();

	*o = (struct outcome){.made = r, .result = r, .context = context_of(s)};
	r->phase = f->phase;
	r->reason = f->reason;
	snprintf(r->detail, sizeof(r->detail), "%s", f->words);
	r->wall_seconds = net_wall_seconds();
	r->elapsed_ns = r->time_ns = elapsed_ns;
	judge(o, s);
}

void outcome_say(struct outcome *o, const struct settings *s)
{
	buf_init(&o->message, 16384);
	line_message(&o->message, s, o);
}

void outcome_fini(struct outcome *o)
{
	report_verdict_fini(&o->verdict);
	buf_fini(&o->message);
	probe_free(o->probe);
	free(o->made);
	*o = (struct outcome){0};
}

struct report_item outcome_item(struct outcome *o)
{
	return (struct report_item){.result = o->result,
		.verdict = &o->verdict,
		.context = &o->context,
		.message = buf_str(&o->message)};
}
