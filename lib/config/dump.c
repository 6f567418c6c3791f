/* What is in force, as YAML that could be loaded again but for its secrets. */
#include "config/load.h"
#include "config/snapshot.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

static const char hidden[] = "<secret>";

/* Double-quoted; all that YAML or a terminal might take amiss is escaped. */
static void quoted(struct buf *out, struct slice text)
{
	(void)buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];

		if (c == '"' || c == '\\')
			(void)buf_addf(out, "\\%c", c);
		else if (c == '\n')
			(void)buf_add_str(out, "\\n");
		else if (c == '\r')
			(void)buf_add_str(out, "\\r");
		else if (c < ' ' || c == 0x7f)
			(void)buf_addf(out, "\\x%02x", c);
		else
			(void)buf_add(out, &c, 1);
	}
	(void)buf_add_char(out, '"');
}

static void key(struct buf *out, unsigned indent, const char *name)
{
	(void)buf_addf(out, "%*s%s:", (int)indent, "", name);
}

static void text(struct buf *out, unsigned indent, const char *name, const char *value)
{
	if (!value)
		return;
	key(out, indent, name);
	(void)buf_add_char(out, ' ');
	quoted(out, slice_str(value));
	(void)buf_add_char(out, '\n');
}

static void word(struct buf *out, unsigned indent, const char *name, const char *value)
{
	key(out, indent, name);
	(void)buf_addf(out, " %s\n", value);
}

static void flag(struct buf *out, unsigned indent, const char *name, bool value)
{
	word(out, indent, name, value ? "true" : "false");
}

static void texts(
	struct buf *out, unsigned indent, const char *name, const char *const *v, size_t count)
{
	if (count == 0)
		return;
	key(out, indent, name);
	(void)buf_add_str(out, " [");
	for (size_t i = 0; i < count; i++) {
		(void)buf_add_str(out, i ? ", " : "");
		quoted(out, slice_str(v[i]));
	}
	(void)buf_add_str(out, "]\n");
}

static void duration(struct buf *out, unsigned indent, const char *name, uint64_t ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"d", UINT64_C(86400000000000)}, {"h", UINT64_C(3600000000000)},
		{"m", UINT64_C(60000000000)}, {"s", UINT64_C(1000000000)},
		{"ms", UINT64_C(1000000)}};
	size_t i = 0;

	if (ns == 0)
		return;
	while (i < 4 && ns % units[i].ns != 0)
		i++;
	key(out, indent, name);
	(void)buf_addf(out, " %" PRIu64 "%s\n", ns / units[i].ns, units[i].name);
}

static void targets(struct buf *out, unsigned indent, const struct config_targets *t)
{
	size_t count;
	const char *const *v;

	if (!t)
		return;
	v = targets_texts(t, &count);
	if (targets_any(t))
		word(out, indent, "targets", "any");
	else
		texts(out, indent, "targets", v, count);
}

static void password(struct buf *out, unsigned indent, const struct config_auth *a)
{
	switch (a->password) {
	case CONFIG_PASSWORD_NONE:
		break;
	case CONFIG_PASSWORD_TEXT:
		word(out, indent, "password", hidden);
		break;
	case CONFIG_PASSWORD_FILE:
		text(out, indent, "password_file", a->password_from);
		break;
	case CONFIG_PASSWORD_ENV:
		text(out, indent, "password_env", a->password_from);
		break;
	case CONFIG_PASSWORD_COMMAND:
		word(out, indent, "password_command", hidden);
		break;
	}
}

static void auth_body(struct buf *out, unsigned indent, const struct config_auth *a)
{
	text(out, indent, "username", a->username);
	password(out, indent, a);
	word(out, indent, "mechanism", a->automatic ? "auto" : auth_mech_info(a->mech)->option);
	text(out, indent, "authzid", a->authzid);
	word(out, indent, "expect", a->expect_reject ? "reject" : "accept");
	flag(out, indent, "allow_plaintext", a->allow_plaintext);
	targets(out, indent, a->targets);
	duration(out, indent, "min_login_interval", a->min_login_interval_ns);
}

static const char *version_word(enum tls_version v)
{
	switch (v) {
	case TLS_VERSION_1_0:
		return "TLS10";
	case TLS_VERSION_1_1:
		return "TLS11";
	case TLS_VERSION_1_2:
		return "TLS12";
	case TLS_VERSION_1_3:
		return "TLS13";
	case TLS_VERSION_ANY:
		break;
	}
	return NULL;
}

static void tls_config(
	struct buf *out, unsigned indent, const struct config_module *m, const char *server_name)
{
	key(out, indent, "tls_config");
	(void)buf_add_char(out, '\n');
	text(out, indent + 2, "ca_file", m->tls.ca_path);
	text(out, indent + 2, "cert_file", m->tls.cert_file);
	text(out, indent + 2, "key_file", m->tls.key_file);
	text(out, indent + 2, "server_name", server_name ? server_name : m->server_name);
	flag(out, indent + 2, "insecure_skip_verify", m->tls.verify == TLS_VERIFY_OFF);
	text(out, indent + 2, "min_version", version_word(m->tls.min));
	text(out, indent + 2, "max_version", version_word(m->tls.max));
}

static void address(struct buf *out, unsigned indent, const struct config_module *m)
{
	static const char *const families[] = {
		[NET_FAMILY_ANY] = "none", [NET_FAMILY_4] = "ip4", [NET_FAMILY_6] = "ip6"};

	word(out, indent, "preferred_ip_protocol", families[m->preferred]);
	flag(out, indent, "ip_protocol_fallback", m->family_fallback);
	text(out, indent, "source_ip_address", m->source);
}

static void range(struct buf *out, const char *name, const struct report_range *r)
{
	char words[REPORT_RANGE_TEXT_MAX];

	report_range_exact(r, -1, words, sizeof(words));
	(void)buf_addf(out, "%s: \"%s\"", name, words);
}

static void limits(struct buf *out, unsigned indent, const struct report_policy *p)
{
	bool any = false;

	for (size_t i = 0; i < MEASURE_COUNT; i++) {
		const struct report_limit *l = &p->limits[i];

		if (!l->has_warning && !l->has_critical)
			continue;
		if (!any)
			(void)buf_addf(out, "%*slimits:\n", (int)indent, "");
		any = true;
		key(out, indent + 2, probe_measure_name((enum probe_measure)i));
		(void)buf_add_str(out, " {");
		if (l->has_warning)
			range(out, "warning", &l->warning);
		if (l->has_critical)
			range(out, l->has_warning ? ", critical" : "critical", &l->critical);
		(void)buf_add_str(out, "}\n");
	}
}

static void states(struct buf *out, unsigned indent, const struct report_policy *p)
{
	static const char *const words[] = {"ok", "warning", "critical", "unknown"};
	bool any = false;

	for (size_t i = 0; i < REASON_COUNT; i++) {
		if (!p->state_given[i])
			continue;
		if (!any)
			(void)buf_addf(out, "%*sstates:\n", (int)indent, "");
		any = true;
		word(out, indent + 2, probe_reason_name((enum probe_reason)i), words[p->states[i]]);
	}
}

static void auth(struct buf *out, unsigned indent, const struct config_auth *a)
{
	if (!a)
		return;
	if (!a->inline_mapping) {
		text(out, indent, "auth", a->name);
		return;
	}
	(void)buf_addf(out, "%*sauth:\n", (int)indent, "");
	auth_body(out, indent + 2, a);
}

static void pop3_body(
	struct buf *out, unsigned indent, const struct config_module *m, const char *server_name)
{
	static const char *const modes[] = {[PROBE_TLS_NONE] = "none",
		[PROBE_TLS_IMPLICIT] = "implicit",
		[PROBE_TLS_STLS] = "stls"};
	const struct report_policy *p = &m->policy;

	word(out, indent, "tls", modes[m->tls_mode]);
	if (m->tls_mode != PROBE_TLS_NONE)
		tls_config(out, indent, m, server_name);
	address(out, indent, m);
	if (m->proxy_protocol)
		word(out, indent, "proxy_protocol", m->proxy_protocol == 1 ? "1" : "2");
	auth(out, indent, m->auth);
	texts(out, indent, "require_capabilities", p->require_capabilities, p->require_count);
	texts(out, indent, "forbid_capabilities", p->forbid_capabilities, p->forbid_count);
	flag(out, indent, "stat", m->stat);
	if (p->has_cert_critical)
		(void)buf_addf(out, "%*sfail_if_cert_expires_within: %ldd\n", (int)indent, "",
			p->cert_critical_days);
	limits(out, indent, p);
	states(out, indent, p);
	flag(out, indent, "greeting_metric", m->greeting_metric);
	flag(out, indent, "capability_metric", m->capability_metric);
}

static void query(struct buf *out, unsigned indent, const struct config_query *q)
{
	(void)buf_addf(out, "%*s- starttls: %s\n", (int)indent, "", q->starttls ? "true" : "false");
	text(out, indent + 2, "expect", q->expect);
	text(out, indent + 2, "expect_bytes", q->expect_bytes);
	text(out, indent + 2, "send", q->secret ? hidden : q->send);
	for (size_t i = 0; i < q->label_count; i++) {
		if (i == 0)
			(void)buf_addf(out, "%*slabels:\n", (int)indent + 2, "");
		(void)buf_addf(out, "%*s- name: %s\n", (int)indent + 2, "", q->labels[i].name);
		text(out, indent + 4, "value", q->labels[i].value);
	}
}

static void tcp_body(
	struct buf *out, unsigned indent, const struct config_module *m, const char *server_name)
{
	flag(out, indent, "tls", m->tls_mode != PROBE_TLS_NONE);
	tls_config(out, indent, m, server_name);
	address(out, indent, m);
	targets(out, indent, m->targets);
	if (m->allow_plaintext)
		flag(out, indent, "allow_plaintext", true);
	for (size_t i = 0; i < m->query_count; i++) {
		if (i == 0)
			(void)buf_addf(out, "%*squery_response:\n", (int)indent, "");
		query(out, indent, &m->queries[i]);
	}
}

static void module(struct buf *out, const struct config_module *m, const char *server_name)
{
	bool tcp = m->prober == CONFIG_PROBER_TCP;

	(void)buf_add_str(out, "  ");
	quoted(out, slice_str(m->name));
	(void)buf_addf(out, ":\n    prober: %s\n", tcp ? "tcp" : "pop3");
	duration(out, 4, "timeout", m->timeout_ns);
	(void)buf_addf(out, "    %s:\n", tcp ? "tcp" : "pop3");
	(tcp ? tcp_body : pop3_body)(out, 6, m, server_name);
}

bool config_dump_module(const struct config_module *m, const char *server_name, struct buf *out)
{
	(void)buf_add_str(out, "modules:\n");
	module(out, m, server_name);
	return !out->failed;
}

bool config_dump(const struct config *c, struct buf *out)
{
	(void)buf_add_str(out, "modules:\n");
	for (size_t i = 0; i < c->modules.n; i++) {
		const struct config_entry *e = &c->modules.v[i];

		if (e->module) {
			module(out, e->module, NULL);
			continue;
		}
		(void)buf_add_str(out, "  ");
		quoted(out, slice_str(e->name));
		(void)buf_addf(out, ":\n    prober: %s\n", e->foreign);
	}
	for (size_t i = 0; i < c->auths.n; i++) {
		(void)buf_add_str(out, i == 0 ? "auths:\n  " : "  ");
		quoted(out, slice_str(c->auths.v[i].name));
		(void)buf_add_str(out, ":\n");
		auth_body(out, 4, c->auths.v[i].auth);
	}
	return !out->failed;
}
