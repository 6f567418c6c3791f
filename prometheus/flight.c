#include "flight.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct flight *f = arg;
	uint64_t now = net_now_ns();

	(void)fd;
	(void)what;
	if (now < f->deadline_ns) {
		struct timeval tv = net_timeval(f->deadline_ns - now);

		(void)event_add(f->timer, &tv);
	} else if (f->stage == FLIGHT_RESOLVING) {
		flight_fail(f, PHASE_RESOLVE, REASON_TIMEOUT, "");
	} else {
		flight_fail(f, PHASE_AUTH, REASON_TIMEOUT,
			"another login of this user was under way all the time");
	}
}

static uint64_t left_ns(const struct flight *f)
{
	uint64_t now = net_now_ns();

	return f->deadline_ns > now ? f->deadline_ns - now : 1;
}

static void stop_waiting(struct flight *f)
{
	net_lookup_cancel(f->lookup);
	f->lookup = NULL;
	net_command_cancel(f->command);
	f->command = NULL;
	if (f->timer)
		event_free(f->timer);
	f->timer = NULL;
}

void flight_fail(
	struct flight *f, enum probe_phase phase, enum probe_reason reason, const char *detail)
{
	const struct probe_dialed nowhere = {
		.address = "", .resolve_ns = PROBE_NS_NONE, .connect_ns = PROBE_NS_NONE};
	struct probe_spec spec;
	struct probe *p;

	stop_waiting(f);
	outcome_spec(f->outcome, f->outcome->timeout_ns, &spec);
	p = probe_new(&spec);
	if (p) {
		probe_start(p, f->begun_ns);
		probe_dial_failed(p, &nowhere, phase, reason, detail, net_now_ns());
	}
	flight_finish(f, p);
}

/* --- where it may go -------------------------------------------------------------------------- */

/* After DNS, for each address: the list of the command line, then the credentials' own. */
static bool allow(void *arg, const struct net_address *a)
{
	const struct flight *f = arg;
	const struct outcome *o = f->outcome;

	if (!allow_address(f->table->world.allow, a))
		return false;
	if (!f->by_address)
		return true;
	if (o->auth)
		return config_auth_allows_address(o->auth, (const struct sockaddr *)&a->sa);
	return config_targets_allow_address(o->module->targets, (const struct sockaddr *)&a->sa);
}

/* Before DNS. NULL: it may go on. */
static const char *forbidden(struct flight *f)
{
	const struct outcome *o = f->outcome;
	enum config_allow verdict = config_targets_allow(o->module->targets, o->target.host);

	if (o->auth)
		verdict = config_auth_allows(o->auth, o->target.host);
	f->by_address = verdict == CONFIG_ALLOW_BY_ADDRESS;
	if (verdict == CONFIG_ALLOW_NO)
		return "the credentials are not meant for this target";
	if (o->auth && !config_auth_allows_server_name(o->auth, o->target.host, o->name))
		return "the credentials are not meant for this server name";
	return NULL;
}

/* --- the run ---------------------------------------------------------------------------------- */

static enum net_family family(const struct flight *f)
{
	const struct config_module *m = f->outcome->module;

	if (f->other_family)
		return NET_FAMILY_6;
	if (m->preferred == NET_FAMILY_6 && m->family_fallback)
		return NET_FAMILY_ANY;
	return m->preferred;
}

static void on_probed(void *arg, struct probe *p);

static void run(struct flight *f)
{
	struct outcome *o = f->outcome;
	const struct net_dial_target target = {
		.host = o->target.host,
		.port = o->port,
		.family = family(f),
		.source = o->module->source,
		.allow = allow,
		.allow_arg = f,
	};
	struct probe_spec spec;

	stop_waiting(f);
	f->stage = FLIGHT_RUNNING;
	outcome_spec(o, left_ns(f), &spec);
	f->run = net_run_start(
		f->table->world.loop, f->table->world.resolver, &target, &spec, on_probed, f);
	if (!f->run)
		flight_finish(f, NULL);
}

/* preferred_ip_protocol: ip4, and the name has no such address. */
static bool falls_back(const struct flight *f, const struct probe_result *r)
{
	const struct config_module *m = f->outcome->module;

	return m->preferred == NET_FAMILY_4 && m->family_fallback && !f->other_family &&
	       r->phase == PHASE_RESOLVE && r->reason == REASON_DNS_NOT_FOUND;
}

static void on_probed(void *arg, struct probe *p)
{
	struct flight *f = arg;

	f->run = NULL;
	if (falls_back(f, probe_result(p))) {
		probe_free(p);
		f->other_family = true;
		run(f);
	} else {
		flight_finish(f, p);
	}
}

/* --- credentials ------------------------------------------------------------------------------ */

static void have_secret(struct flight *f, struct secret *secret)
{
	f->outcome->secret = secret;
	f->outcome->login.creds.secret = secret;
	run(f);
}

static void on_command(void *arg, struct secret *output, const char *why)
{
	struct flight *f = arg;

	f->command = NULL;
	if (output)
		have_secret(f, output);
	else
		flight_fail(f, PHASE_AUTH, REASON_INTERNAL, why);
}

static void start_command(struct flight *f, const char *command)
{
	const char *why = "out of memory";
	char **argv = net_command_argv(command, &why);

	f->stage = FLIGHT_FETCHING;
	event_free(f->timer); /* the command has the deadline */
	f->timer = NULL;
	if (argv)
		f->command = net_command_start(
			f->table->world.loop, argv, f->deadline_ns, on_command, f);
	net_command_argv_free(argv);
	if (!f->command)
		flight_fail(f, PHASE_AUTH, REASON_INTERNAL, why);
}

static void fetch_secret(struct flight *f)
{
	const struct config_auth *auth = f->outcome->auth;
	char err[CONFIG_ERROR_MAX] = "";
	struct secret *secret;

	if (auth->password == CONFIG_PASSWORD_NONE) {
		run(f);
		return;
	}
	if (auth->password == CONFIG_PASSWORD_COMMAND) {
		start_command(f, auth->password_from);
		return;
	}
	secret = config_auth_secret(f->table->world.secrets, auth, err, sizeof(err));
	if (secret)
		have_secret(f, secret);
	else
		flight_fail(f, PHASE_AUTH, REASON_INTERNAL, err);
}

/* --- stages ----------------------------------------------------------------------------------- */

void flight_go(struct flight *f)
{
	struct outcome *o = f->outcome;
	char err[256] = "";

	if (o->module->tls_mode != PROBE_TLS_NONE && !o->tls_config) {
		o->tls_config =
			tls_cache_get(f->table->world.tls, &o->module->tls, err, sizeof(err));
		if (!o->tls_config) {
			flight_fail(f, PHASE_TLS, REASON_INTERNAL, err);
			return;
		}
	}
	if (o->auth)
		fetch_secret(f);
	else
		run(f);
}

static void on_resolved(void *arg, const struct net_lookup_result *r)
{
	struct flight *f = arg;

	f->lookup = NULL;
	if (r->status == NET_LOOKUP_OK) {
		f->addresses = calloc(r->count, sizeof(*f->addresses));
		if (f->addresses) {
			memcpy(f->addresses, r->addresses, r->count * sizeof(*f->addresses));
			f->address_count = r->count;
		}
	}
	/* Where it failed the run will say so, under the turn of the name alone. */
	flight_take_turn(f);
}

static bool start_timer(struct flight *f)
{
	struct timeval tv = net_timeval(f->outcome->timeout_ns);

	f->timer = event_new(net_loop_base(f->table->world.loop), -1, 0, on_timer, f);
	return f->timer && event_add(f->timer, &tv) == 0;
}

static void resolve(struct flight *f)
{
	const struct outcome *o = f->outcome;
	struct net_address literal;

	f->stage = FLIGHT_RESOLVING;
	if (!start_timer(f)) {
		flight_finish(f, NULL);
		return;
	}
	if (net_address_literal(o->target.host, o->port, &literal)) {
		const struct net_lookup_result r = {
			.status = NET_LOOKUP_OK, .addresses = {literal}, .count = 1};

		on_resolved(f, &r);
		return;
	}
	f->lookup = net_resolve(
		f->table->world.resolver, o->target.host, o->port, NET_FAMILY_ANY, on_resolved, f);
	if (!f->lookup)
		flight_finish(f, NULL);
}

/* Nothing can be there. */
static bool nowhere_to_go(struct flight *f)
{
	const struct outcome *o = f->outcome;

	if (o->target.status == TARGET_BAD_HOST)
		flight_fail(f, PHASE_RESOLVE, REASON_DNS_NOT_FOUND, "no host has such a name");
	else if (o->port == 0)
		flight_fail(f, PHASE_CONNECT, REASON_UNREACHABLE,
			o->target.status == TARGET_OK ? "the target names no port"
						      : "the target's port is none");
	else
		return false;
	return true;
}

void flight_begin(struct flight *f)
{
	const struct outcome *o = f->outcome;
	const char *why = forbidden(f);

	if (!o->target.is_path && nowhere_to_go(f))
		return;
	if (o->target.is_path)
		why = "UNIX sockets are not probed";
	if (why)
		flight_fail(f, PHASE_CONNECT, REASON_TARGET_NOT_ALLOWED, why);
	else if (o->auth)
		resolve(f);
	else
		flight_go(f);
}

void flight_cancel(struct flight *f)
{
	if (f->run)
		net_run_cancel(f->run, REASON_CANCELLED);
	else
		flight_fail(f, PHASE_AUTH, REASON_CANCELLED, "");
}
