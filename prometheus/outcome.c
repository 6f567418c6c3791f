#include "outcome.h"

#include "net/loop.h"
#include "probe/measures.h"
#include "summary.h"
#include "version.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { BODY_STEPS_MAX = 8, CERTIFICATE_OCTETS = 1024 };

static void make_id(struct outcome *o)
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) {
		uint64_t now = net_now_ns();

		memcpy(random, &now, sizeof(now));
	}
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(o->id + 2 * i, 3, "%02x", random[i]);
}

/* CAPA always; a tcp module without a dialogue connects and no more. */
static size_t body_of(const struct outcome *o, struct probe_step *body)
{
	size_t n = 0;

	body[n++] = (struct probe_step){.verb = STEP_GREETING};
	body[n++] = (struct probe_step){.verb = STEP_CAPA};
	if (!o->auth)
		return n;
	body[n++] = (struct probe_step){.verb = STEP_LOGIN};
	if (!o->auth->expect_reject)
		body[n++] = (struct probe_step){.verb = STEP_STAT};
	return n;
}

static bool compose(struct outcome *o)
{
	struct probe_step body[BODY_STEPS_MAX], steps[PROGRAM_STEPS_MAX];
	struct probe_program program = {.steps = body, .count = body_of(o, body)};

	o->step_count = probe_program_compose(o->module->tls_mode, &program, steps);
	/* Connection and handshake: what a tcp module without query_response does. */
	if (o->module->prober == CONFIG_PROBER_TCP)
		o->step_count = o->module->tls_mode == PROBE_TLS_IMPLICIT ? 2 : 1;
	o->steps = calloc(o->step_count + 1, sizeof(*o->steps));
	if (!o->steps)
		return false;
	memcpy(o->steps, steps, o->step_count * sizeof(*steps));
	return true;
}

static void set_login(struct outcome *o)
{
	const struct config_auth *a = o->auth;

	o->login = (struct probe_login){
		.automatic = a->automatic,
		.mech = a->mech,
		.creds = {.user = a->username,
			.authzid = a->authzid,
			.host = o->name ? o->name : o->target.host,
			.port = o->port},
		.expect_reject = a->expect_reject,
		.allow_plaintext = a->allow_plaintext,
	};
}

static void set_context(struct outcome *o)
{
	const struct config_module *m = o->module;

	o->context = (struct report_context){
		.host = o->target.host,
		.port = o->port,
		.server_name = m->tls_mode == PROBE_TLS_NONE ? NULL : o->name,
		.module = m->name,
		.user = o->auth ? o->auth->username : NULL,
		.authzid = o->auth ? o->auth->authzid : NULL,
		.tls_mode = m->tls_mode,
		.login = o->auth ? &o->login : NULL,
		.timeout_ns = o->timeout_ns,
		.version = POP3PROBE_VERSION,
		.id = o->id,
		.greeting_metric = m->greeting_metric,
		.capability_metric = m->capability_metric,
	};
}

static void set_name(struct outcome *o)
{
	if (o->module->server_name)
		o->name = o->module->server_name;
	else
		o->name = o->hostname ? o->hostname : o->target.host;
}

struct outcome *outcome_new(const struct outcome_request *q)
{
	struct outcome *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	*o = (struct outcome){.refs = 1,
		.config = config_ref(q->config),
		.module = q->module,
		.auth = q->auth,
		.target = *q->target,
		.port = q->port,
		.timeout_ns = q->timeout_ns};
	make_id(o);
	o->hostname = q->hostname ? strdup(q->hostname) : NULL;
	set_name(o);
	if ((q->hostname && !o->hostname) || !compose(o)) {
		outcome_unref(o);
		return NULL;
	}
	if (o->auth)
		set_login(o);
	set_context(o);
	return o;
}

struct outcome *outcome_ref(struct outcome *o)
{
	o->refs++;
	return o;
}

void outcome_unref(struct outcome *o)
{
	if (!o || --o->refs)
		return;
	if (o->verdict)
		report_verdict_fini(o->verdict);
	free(o->verdict);
	probe_free(o->probe);
	secret_free(o->secret);
	if (o->tls_config)
		tls_ops_get()->config_unref(o->tls_config);
	free(o->steps);
	free(o->hostname);
	config_unref(o->config);
	free(o);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool outcome_matches(const struct outcome *o, const struct outcome_request *q)
{
	return o->module == q->module && o->auth == q->auth && o->port == q->port &&
	       strcasecmp(o->target.host, q->target->host) == 0 &&
	       same_text(o->hostname, q->hostname);
}

void outcome_spec(struct outcome *o, uint64_t timeout_ns, struct probe_spec *spec)
{
	*spec = (struct probe_spec){
		.host = o->target.host,
		.port = o->port,
		.program = {.steps = o->steps, .count = o->step_count},
		.tls = tls_ops_get(),
		.tls_config = o->tls_config,
		.server_name = o->name,
		.send_sni = true,
		.login = o->auth ? &o->login : NULL,
		.timeout_ns = timeout_ns,
		.wall_seconds = net_wall_seconds(),
		.trace = true,
	};
}

bool outcome_finish(struct outcome *o, struct probe *p)
{
	o->probe = p;
	o->result = probe_result(p);
	o->ended_ns = net_now_ns();
	o->wall_seconds = net_wall_seconds();
	o->login.creds.secret = NULL;
	secret_free(o->secret);
	o->secret = NULL;
	if (o->tls_config)
		tls_ops_get()->config_unref(o->tls_config);
	o->tls_config = NULL;
	o->verdict = calloc(1, sizeof(*o->verdict));
	if (!o->verdict)
		return false;
	(void)report_verdict_make(o->verdict, o->result, &o->module->policy, &o->context);
	return true;
}

bool outcome_success(const struct outcome *o)
{
	return o->verdict->state == SEVERITY_OK || o->verdict->state == SEVERITY_WARNING;
}

struct report_item outcome_item(const struct outcome *o, uint64_t age_ns, bool transcript,
	struct report_context *context, struct buf *message)
{
	*context = o->context;
	context->transcript = transcript;
	context->age_ns = age_ns;
	summary_add(message, o->result, o->verdict);
	return (struct report_item){.result = o->result,
		.verdict = o->verdict,
		.context = context,
		.message = buf_str(message)};
}

void outcome_target_text(const struct outcome *o, struct buf *out)
{
	bool v6 = strchr(o->target.host, ':') != NULL;

	(void)buf_addf(out, v6 ? "[%s]" : "%s", o->target.host);
	if (o->port)
		(void)buf_addf(out, ":%u", (unsigned)o->port);
}

size_t outcome_octets(const struct outcome *o)
{
	const struct probe_result *r = o->result;

	return sizeof(*o) + sizeof(*o->verdict) + malloc_usable_size(o->probe) + r->greeting.cap +
	       r->server_text.cap + r->raw.cap + r->trace.octets +
	       r->trace.cap * (sizeof(*r->trace.lines) + 16) +
	       o->step_count * (sizeof(*o->steps) + sizeof(*r->steps)) +
	       r->tls.chain_count * CERTIFICATE_OCTETS;
}
