/* pop3: within a module. */
#include "config/load.h"

#include <string.h>
#include <strings.h>

static bool set_tls(struct loader *l, const struct tree_node *n, void *into)
{
	static const char *const words[] = {"none", "implicit", "stls", "starttls"};
	static const enum probe_tls_mode modes[] = {
		PROBE_TLS_NONE, PROBE_TLS_IMPLICIT, PROBE_TLS_STLS, PROBE_TLS_STLS};
	struct config_module *m = into;
	size_t i = 3;

	if (n->kind != TREE_SCALAR || strcmp(n->text, words[3]) != 0)
		if (!load_word(l, n, words, 3, &i))
			return false;
	m->tls_mode = modes[i];
	return true;
}

static bool set_proxy_protocol(struct loader *l, const struct tree_node *n, void *into)
{
	static const char *const words[] = {"1", "2"};
	struct config_module *m = into;
	size_t i;

	if (!load_word(l, n, words, 2, &i))
		return false;
	m->proxy_protocol = (int)i + 1;
	return true;
}

static bool named_auth(struct loader *l, const struct tree_node *n, struct config_module *m)
{
	const char *near, *name;

	if (!load_text(l, n, &name))
		return false;
	m->auth = config_auth(l->config, name);
	if (m->auth)
		return true;
	near = config_nearest_auth(l->config, name);
	return load_fail(l, n, "no auth \"%.80s\" in auths%s%s%s", name,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static bool set_auth(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	if (n->kind != TREE_MAPPING)
		return named_auth(l, n, m);
	m->auth = load_auth(l, n, m->name, true);
	return m->auth != NULL;
}

static bool set_require(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return load_texts(l, n, &m->policy.require_capabilities, &m->policy.require_count);
}

static bool set_forbid(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return load_texts(l, n, &m->policy.forbid_capabilities, &m->policy.forbid_count);
}

static bool set_stat(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return load_bool(l, n, &m->stat);
}

static bool set_greeting_metric(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return load_bool(l, n, &m->greeting_metric);
}

static bool set_capability_metric(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return load_bool(l, n, &m->capability_metric);
}

static const struct load_key keys[] = {
	{"tls", set_tls},
	{"tls_config", load_tls_config},
	{"preferred_ip_protocol", load_preferred},
	{"ip_protocol_fallback", load_fallback},
	{"source_ip_address", load_source},
	{"proxy_protocol", set_proxy_protocol},
	{"auth", set_auth},
	{"require_capabilities", set_require},
	{"forbid_capabilities", set_forbid},
	{"stat", set_stat},
	{"fail_if_cert_expires_within", load_cert_days},
	{"limits", load_limits},
	{"states", load_states},
	{"greeting_metric", set_greeting_metric},
	{"capability_metric", set_capability_metric},
};

/* A setting that would do nothing is a mistake, and about security a grave one. */
static bool check_tls(struct loader *l, const struct tree_node *n, const struct config_module *m)
{
	static const char *const needs[] = {"tls_config", "fail_if_cert_expires_within"};

	for (size_t i = 0; m->tls_mode == PROBE_TLS_NONE && i < 2; i++)
		if (tree_get(n, needs[i]))
			return load_fail(l, tree_get(n, needs[i]),
				"%s without TLS: set tls to implicit or stls", needs[i]);
	return true;
}

static bool check_auth(struct loader *l, const struct tree_node *n, const struct config_module *m)
{
	if (!m->auth || config_auth_allows_server_name(m->auth, NULL, m->server_name))
		return true;
	return load_fail(l, tree_get(n, "auth"),
		"server_name %s is not among the targets of these credentials", m->server_name);
}

static bool check_capabilities(
	struct loader *l, const struct tree_node *n, const struct report_policy *p)
{
	for (size_t i = 0; i < p->require_count; i++)
		for (size_t j = 0; j < p->forbid_count; j++)
			if (strcasecmp(p->require_capabilities[i], p->forbid_capabilities[j]) == 0)
				return load_fail(l, tree_get(n, "forbid_capabilities"),
					"%s is required and forbidden", p->require_capabilities[i]);
	return true;
}

bool load_pop3(struct loader *l, const struct tree_node *n, struct config_module *m)
{
	if (!load_keys(l, n, keys, sizeof(keys) / sizeof(keys[0]), "pop3", m))
		return false;
	return check_tls(l, n, m) && check_auth(l, n, m) && check_capabilities(l, n, &m->policy);
}
