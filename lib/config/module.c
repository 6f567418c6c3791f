/* One entry of modules:, whatever its prober. */
#include "config/load.h"

#include <string.h>

static const char *const foreign[] = {"http", "icmp", "dns", "grpc", "unix", "websocket"};

enum { FOREIGN = sizeof(foreign) / sizeof(foreign[0]) };

void load_module_defaults(struct config_module *m, const char *name)
{
	*m = (struct config_module){
		.name = name,
		.tls = {.verify = TLS_VERIFY_REQUIRE},
		.preferred = NET_FAMILY_6,
		.family_fallback = true,
	};
	report_policy_init(&m->policy);
}

uint16_t config_module_port(const struct config_module *m)
{
	if (m->prober == CONFIG_PROBER_TCP)
		return 0;
	return m->tls_mode == PROBE_TLS_IMPLICIT ? CONFIG_PORT_IMPLICIT_TLS : CONFIG_PORT_PLAIN;
}

static bool set_timeout(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return load_duration(l, n, &m->timeout_ns);
}

static bool set_pop3(struct loader *l, const struct tree_node *n, void *into)
{
	return load_pop3(l, n, into);
}

static bool set_tcp(struct loader *l, const struct tree_node *n, void *into)
{
	return load_tcp(l, n, into);
}

static const struct load_key pop3_keys[] = {
	{"prober", NULL},
	{"timeout", set_timeout},
	{"pop3", set_pop3},
};

/* Blackbox lets a module carry the sections of other probers. */
static const struct load_key tcp_keys[] = {
	{"prober", NULL},
	{"timeout", set_timeout},
	{"tcp", set_tcp},
	{"http", NULL},
	{"icmp", NULL},
	{"dns", NULL},
	{"grpc", NULL},
	{"unix", NULL},
	{"websocket", NULL},
};

static bool unknown_prober(struct loader *l, const struct tree_node *n)
{
	static const char *const words[] = {
		"pop3", "tcp", "http", "icmp", "dns", "grpc", "unix", "websocket"};
	const char *near = load_nearest(n->text, words, 8, sizeof(words[0]));

	return load_fail(l, n, "unknown prober \"%.80s\"%s%s%s", n->text,
		near ? "; did you mean \"" : "; it is pop3 or tcp", near ? near : "",
		near ? "\"?" : "");
}

static bool skip_foreign(struct loader *l, const char *prober, struct config_entry *out)
{
	for (size_t i = 0; i < FOREIGN; i++) {
		if (strcmp(prober, foreign[i]) != 0)
			continue;
		out->foreign = foreign[i];
		load_note(l, "module \"%s\" skipped: its prober %s is none of this program's",
			out->name, foreign[i]);
		return true;
	}
	return false;
}

bool load_module(
	struct loader *l, const struct tree_node *n, const char *name, struct config_entry *out)
{
	const struct tree_node *prober = tree_get(n, "prober");
	struct config_module *m;
	bool tcp;

	if (!load_is_mapping(l, n, "a module"))
		return false;
	if (tree_is_null(prober))
		return load_fail(l, n, "has no prober: pop3 or tcp");
	if (prober->kind != TREE_SCALAR)
		return load_fail(l, prober, "prober must be a word");
	if (skip_foreign(l, prober->text, out))
		return true;
	tcp = strcmp(prober->text, "tcp") == 0;
	if (!tcp && strcmp(prober->text, "pop3") != 0)
		return unknown_prober(l, prober);
	m = arena_alloc(l->keep, 1, sizeof(*m));
	if (!m)
		return load_no_memory(l);
	load_module_defaults(m, name);
	m->prober = tcp ? CONFIG_PROBER_TCP : CONFIG_PROBER_POP3;
	out->module = m;
	if (tcp)
		return load_keys(l, n, tcp_keys, sizeof(tcp_keys) / sizeof(tcp_keys[0]),
			"a module of prober tcp", m);
	return load_keys(l, n, pop3_keys, sizeof(pop3_keys) / sizeof(pop3_keys[0]),
		"a module of prober pop3", m);
}
