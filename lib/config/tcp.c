/* tcp: within a module of blackbox's, kept as data. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "config/load.h"

#include <pcre2.h>
#include <string.h>
#include <strings.h>

enum { QUERIES_MAX = 1000 };

static bool set_regex(struct loader *l, const struct tree_node *n, struct config_query *q)
{
	/* Near to Go's RE2: '$' is the end alone, octets that are no UTF-8 do not match. */
	const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
				 PCRE2_NEVER_BACKSLASH_C;
	unsigned char words[128];
	PCRE2_SIZE offset;
	int code;

	q->re = pcre2_compile(
		(PCRE2_SPTR)q->expect, PCRE2_ZERO_TERMINATED, options, &code, &offset, NULL);
	if (q->re)
		return load_keep_regex(l, q->re);
	pcre2_get_error_message(code, words, sizeof(words));
	return load_fail(l, n, "bad regular expression \"%.80s\": %s at offset %zu", q->expect,
		(const char *)words, (size_t)offset);
}

static bool set_expect(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_query *q = into;

	if (!load_any_text(l, n, &q->expect))
		return false;
	if (n->n > 0)
		return set_regex(l, n, q);
	q->expect = NULL; /* as there: none */
	return true;
}

static bool set_expect_bytes(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_query *q = into;

	return load_any_text(l, n, &q->expect_bytes);
}

static bool set_send(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_query *q = into;

	if (!load_any_text(l, n, &q->send))
		return false;
	if (n->n == 0)
		q->send = NULL;
	return true;
}

static bool set_starttls(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_query *q = into;

	return load_bool(l, n, &q->starttls);
}

static bool set_label_name(struct loader *l, const struct tree_node *n, void *into)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	struct config_label *label = into;
	const char *s;

	if (!load_text(l, n, &s))
		return false;
	if (s[strspn(s, letters)] || (s[0] >= '0' && s[0] <= '9') || strncmp(s, "__", 2) == 0)
		return load_fail(l, n, "\"%.80s\" is no label name", s);
	label->name = s;
	return true;
}

static bool set_label_value(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_label *label = into;

	return load_any_text(l, n, &label->value);
}

static const struct load_key label_keys[] = {{"name", set_label_name}, {"value", set_label_value}};

static bool set_labels(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_query *q = into;
	struct config_label *v = arena_alloc(l->keep, n->count, sizeof(*v));

	if (!v)
		return load_no_memory(l);
	if (n->kind != TREE_SEQUENCE && !tree_is_null(n))
		return load_fail(l, n, "labels must be a list");
	for (size_t i = 0; i < n->count; i++) {
		const struct tree_node *label = n->pairs[i].value;

		v[i].value = "";
		if (!load_keys(l, label, label_keys, 2, "a label", &v[i]))
			return false;
		if (!v[i].name)
			return load_fail(l, label, "label without a name");
		for (size_t j = 0; j < i; j++)
			if (strcmp(v[j].name, v[i].name) == 0)
				return load_fail(
					l, label, "label %s stands there twice", v[i].name);
	}
	q->labels = v;
	q->label_count = n->count;
	return true;
}

static const struct load_key query_keys[] = {
	{"expect", set_expect},
	{"expect_bytes", set_expect_bytes},
	{"send", set_send},
	{"starttls", set_starttls},
	{"labels", set_labels},
};

static bool set_queries(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;
	struct config_query *v;

	if (n->kind != TREE_SEQUENCE && !tree_is_null(n))
		return load_fail(l, n, "query_response must be a list");
	if (n->count > QUERIES_MAX)
		return load_fail(l, n, "query_response has more than %d entries", QUERIES_MAX);
	v = arena_alloc(l->keep, n->count, sizeof(*v));
	if (!v)
		return load_no_memory(l);
	for (size_t i = 0; i < n->count; i++) {
		const struct tree_node *q = n->pairs[i].value;

		if (!load_keys(l, q, query_keys, sizeof(query_keys) / sizeof(query_keys[0]),
			    "query_response", &v[i]))
			return false;
		if (v[i].expect && v[i].expect_bytes)
			return load_fail(l, q, "only one of expect and expect_bytes");
	}
	m->queries = v;
	m->query_count = n->count;
	return true;
}

static bool set_tls(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;
	bool tls;

	if (!load_bool(l, n, &tls))
		return false;
	m->tls_mode = tls ? PROBE_TLS_IMPLICIT : PROBE_TLS_NONE;
	return true;
}

static bool set_targets(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return load_targets(l, n, &m->targets);
}

static bool set_allow_plaintext(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_module *m = into;

	return load_bool(l, n, &m->allow_plaintext);
}

static const struct load_key keys[] = {
	{"query_response", set_queries},
	{"tls", set_tls},
	{"tls_config", load_tls_config},
	{"preferred_ip_protocol", load_preferred},
	{"ip_protocol_fallback", load_fallback},
	{"source_ip_address", load_source},
	{"targets", set_targets},
	{"allow_plaintext", set_allow_plaintext},
};

/* The keyword of a line that carries a credential, or NULL. */
static const char *credential(const char *line)
{
	static const char *const words[] = {"USER", "PASS", "APOP", "AUTH"};

	line += strspn(line, " \t");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncasecmp(line, words[i], 4) == 0 && strchr(" \t\r\n", line[4]))
			return words[i];
	return NULL;
}

/* Over all lines of what is sent. */
static const char *sends_credential(const char *text, bool *secret)
{
	const char *found = NULL;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *word;

		line += *line == '\n';
		word = credential(line);
		found = found ? found : word;
		*secret = *secret || (word && strcmp(word, "USER") != 0);
	}
	return found;
}

/* Behind AUTH come responses that only the server could tell from other lines: all secret. */
static bool check_credentials(struct loader *l, const struct tree_node *n, struct config_module *m)
{
	struct config_query *queries = (struct config_query *)(uintptr_t)m->queries;
	bool clear = m->tls_mode == PROBE_TLS_NONE, secret = false;

	for (size_t i = 0; i < m->query_count; i++) {
		struct config_query *q = &queries[i];
		const struct tree_node *at = tree_get(n, "query_response")->pairs[i].value;
		const char *word = q->send ? sends_credential(q->send, &secret) : NULL;

		q->secret = q->send && secret;
		if (word && !m->targets)
			return load_fail(l, at,
				"send of %s without targets: the hosts that it may be sent to, or "
				"\"any\"",
				word);
		if (word && clear && !m->allow_plaintext)
			return load_fail(l, at,
				"send of %s over an unencrypted connection needs allow_plaintext: "
				"true",
				word);
		clear = clear && !q->starttls;
	}
	return true;
}

static bool check_server_name(
	struct loader *l, const struct tree_node *n, const struct config_module *m)
{
	if (!m->targets || targets_allow_server_name(m->targets, NULL, m->server_name))
		return true;
	return load_fail(l, tree_get(n, "targets"), "server_name %s is not among the targets",
		m->server_name);
}

bool load_tcp(struct loader *l, const struct tree_node *n, struct config_module *m)
{
	if (!load_keys(l, n, keys, sizeof(keys) / sizeof(keys[0]), "tcp", m))
		return false;
	return check_server_name(l, n, m) && check_credentials(l, n, m);
}
