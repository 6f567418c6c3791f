#include "plan.h"

#include "secrets.h"
#include "tls_load.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const uint64_t second_ns = 1000000000;

uint64_t plan_deadline_ns(const struct plan *p)
{
	return p->start_ns + p->settings->timeout_s * second_ns;
}

static bool fail(struct plan_failure *f, enum probe_phase phase, const char *words)
{
	f->phase = phase;
	f->reason = REASON_INTERNAL;
	snprintf(f->words, sizeof(f->words), "%s", words);
	return false;
}

/* --sni, else -H without the brackets of an IPv6 literal. */
static void name_server(struct plan *p)
{
	const char *name = p->settings->sni;
	size_t n;

	if (!name && settings_is_socket(p->settings))
		return;
	if (!name)
		name = p->host;
	n = strlen(name);
	if (n > 2 && name[0] == '[' && name[n - 1] == ']')
		snprintf(p->server_name, sizeof(p->server_name), "%.*s", (int)n - 2, name + 1);
	else
		snprintf(p->server_name, sizeof(p->server_name), "%s", name);
}

static void make_id(struct plan *p)
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		memcpy(random, &p->start_ns, sizeof(p->start_ns));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(p->id + 2 * i, 3, "%02x", random[i]);
}

static bool load_tls(struct plan *p, struct plan_failure *failure)
{
	const struct settings *s = p->settings;
	struct tls_settings t = {
		.verify = settings_verify(s),
		.ca_path = s->ca,
		.crl_file = s->crl,
		.cert_file = s->cert,
		.key_file = s->key ? s->key : s->cert,
		.min = s->tls_min,
		.max = s->tls_max,
		.pins = s->pins,
		.pin_count = s->pin_count,
		.fingerprints = s->fingerprints,
		.fingerprint_count = s->fingerprint_count,
		.one_shot = true,
	};
	char why[200] = "";

	p->tls = tls_load(why, sizeof(why));
	if (!p->tls)
		return fail(failure, PHASE_TLS, why);
	if (p->tls_mode == PROBE_TLS_NONE)
		return true;
	p->tls_config = p->tls->config_new(&t, why, sizeof(why));
	return p->tls_config ? true : fail(failure, PHASE_TLS, why);
}

static bool prepare_login(struct plan *p, struct settings *s, struct plan_failure *failure)
{
	const struct secret *secret = s->pass;

	if (settings_needs_secret(s) && !secret) {
		p->secret = secrets_load(s, p->loop, plan_deadline_ns(p), failure);
		secret = p->secret;
		if (!secret)
			return false;
	}
	p->login = (struct probe_login){
		.automatic = s->auth != AUTH_CHOICE_ONE,
		.mech = s->mech,
		.creds = {.user = s->user,
			.authzid = s->authz,
			.secret = secret,
			.host = *p->server_name ? p->server_name : p->host,
			.port = p->port},
		.expect_reject = s->expect_reject,
		.allow_plaintext = s->allow_plaintext,
		.two_line = s->two_line,
	};
	return true;
}

bool plan_init(struct plan *p, struct settings *s, uint64_t start_ns, struct plan_failure *failure)
{
	*p = (struct plan){.settings = s, .start_ns = start_ns};
	p->host = settings_dial_host(s);
	p->port = settings_port(s);
	p->tls_mode = settings_tls_mode(s);
	name_server(p);
	make_id(p);
	p->loop = net_loop_new();
	p->resolver = p->loop ? net_resolver_new(p->loop, NULL) : NULL;
	if (!p->resolver)
		return fail(failure, PHASE_CONNECT, "no memory or descriptors");
	if (!plan_compose(p, true))
		return fail(failure, PHASE_CONNECT, "too many steps");
	if (s->user && !prepare_login(p, s, failure))
		return false;
	return !settings_needs_tls(s) || load_tls(p, failure);
}

void plan_fini(struct plan *p)
{
	secret_free(p->secret);
	if (p->tls_config)
		p->tls->config_unref(p->tls_config);
	net_resolver_free(p->resolver);
	net_loop_free(p->loop);
}
