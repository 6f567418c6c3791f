/* tls_config: Prometheus' own keys; and how an address is chosen, as every prober has it. */
#include "config/file.h"
#include "config/load.h"

#include <stdio.h>
#include <string.h>

static bool set_file(struct loader *l, const struct tree_node *n, const char **out, bool folder)
{
	const char *name, *words;

	if (!load_text(l, n, &name))
		return false;
	*out = load_path(l, name);
	if (!*out)
		return load_no_memory(l);
	words = file_check(*out, folder);
	return !words || load_fail(l, n, "%s: %s", *out, words);
}

static bool set_ca_file(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return set_file(l, n, &m->tls.ca_path, true);
}

static bool set_cert_file(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return set_file(l, n, &m->tls.cert_file, false);
}

static bool set_key_file(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return set_file(l, n, &m->tls.key_file, false);
}

static bool set_server_name(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;
	struct net_address a;

	if (!load_text(l, n, &m->server_name))
		return false;
	if (net_address_literal(m->server_name, 0, &a))
		return true;
	if (n->n > 253 || strpbrk(m->server_name, " /:*[]@\\\"'"))
		return load_fail(l, n, "\"%.80s\" is no host name", m->server_name);
	return true;
}

static bool set_skip_verify(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;
	bool skip;

	if (!load_bool(l, n, &skip))
		return false;
	m->tls.verify = skip ? TLS_VERIFY_OFF : TLS_VERIFY_REQUIRE;
	return true;
}

static bool set_version(struct loader *l, const struct tree_node *n, enum tls_version *out)
{
	static const char *const words[] = {"TLS10", "TLS11", "TLS12", "TLS13"};
	static const enum tls_version versions[] = {
		TLS_VERSION_1_0, TLS_VERSION_1_1, TLS_VERSION_1_2, TLS_VERSION_1_3};
	size_t i;

	if (!load_word(l, n, words, 4, &i))
		return false;
	*out = versions[i];
	return true;
}

static bool set_min_version(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return set_version(l, n, &m->tls.min);
}

static bool set_max_version(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return set_version(l, n, &m->tls.max);
}

static const struct load_key keys[] = {
	{"ca_file", set_ca_file},
	{"cert_file", set_cert_file},
	{"key_file", set_key_file},
	{"server_name", set_server_name},
	{"insecure_skip_verify", set_skip_verify},
	{"min_version", set_min_version},
	{"max_version", set_max_version},
};

/* As a probe will use them; a system without the CA bundle is no fault of the file. */
static bool try(struct loader *l, const struct tree_node *n, const struct config_module *m)
{
	const struct tls_ops *ops = l->source->tls;
	struct tls_settings s = m->tls;
	struct tls_config *c;
	char words[256] = "";

	if (!ops || !(s.ca_path || s.cert_file || s.min || s.max))
		return true;
	if (!s.ca_path)
		s.verify = TLS_VERIFY_OFF;
	c = ops->config_new(&s, words, sizeof(words));
	if (!c)
		return load_fail(l, n, "tls_config: %s", words);
	ops->config_unref(c);
	return true;
}

bool load_tls_config(struct loader *l, const struct tree_node *n, void *module)
{
	struct config_module *m = module;

	if (!load_keys(l, n, keys, sizeof(keys) / sizeof(keys[0]), "tls_config", m))
		return false;
	if (!m->tls.cert_file != !m->tls.key_file)
		return load_fail(l, n, "tls_config: cert_file and key_file go together");
	if (m->tls.min && m->tls.max && m->tls.min > m->tls.max)
		return load_fail(l, tree_get(n, "min_version"), "min_version is above max_version");
	return try(l, n, m);
}

bool load_preferred(struct loader *l, const struct tree_node *n, void *module)
{
	static const char *const words[] = {"ip4", "ip6", "none"};
	static const enum net_family families[] = {NET_FAMILY_4, NET_FAMILY_6, NET_FAMILY_ANY};
	struct config_module *m = module;
	size_t i;

	if (tree_is_null(n) || (n->kind == TREE_SCALAR && n->n == 0))
		return true;
	if (!load_word(l, n, words, 3, &i))
		return false;
	m->preferred = families[i];
	return true;
}

bool load_fallback(struct loader *l, const struct tree_node *n, void *module)
{
	struct config_module *m = module;

	return load_bool(l, n, &m->family_fallback);
}

bool load_source(struct loader *l, const struct tree_node *n, void *module)
{
	struct config_module *m = module;
	struct net_address a;

	if (!load_text(l, n, &m->source))
		return false;
	return net_address_literal(m->source, 0, &a) ||
	       load_fail(l, n, "\"%.80s\" is no address", m->source);
}
