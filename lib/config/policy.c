/* limits:, states:, fail_if_cert_expires_within: what becomes a struct report_policy. */
#include "config/load.h"

#include <string.h>
#include <strings.h>

static bool set_range(
	struct loader *l, const struct tree_node *n, struct report_range *r, bool *has)
{
	const char *text, *words;

	if (!load_text(l, n, &text))
		return false;
	words = report_range_parse(text, r);
	*has = !words;
	return !words || load_fail(l, n, "range \"%.80s\": %s", text, words);
}

static bool set_warning(struct loader *l, const struct tree_node *n, void *into)
{
	struct report_limit *limit = into;

	return set_range(l, n, &limit->warning, &limit->has_warning);
}

static bool set_critical(struct loader *l, const struct tree_node *n, void *into)
{
	struct report_limit *limit = into;

	return set_range(l, n, &limit->critical, &limit->has_critical);
}

static const struct load_key limit_keys[] = {{"warning", set_warning}, {"critical", set_critical}};

static bool unknown(
	struct loader *l, const struct tree_node *key, const char *what, const char *near)
{
	return load_fail(l, key, "unknown %s \"%.80s\"%s%s%s", what, key->text,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static bool unknown_measure(struct loader *l, const struct tree_node *key)
{
	const char *names[MEASURE_COUNT];

	for (size_t i = 0; i < MEASURE_COUNT; i++)
		names[i] = probe_measure_name((enum probe_measure)i);
	return unknown(
		l, key, "metric", load_nearest(key->text, names, MEASURE_COUNT, sizeof(names[0])));
}

bool load_limits(struct loader *l, const struct tree_node *n, void *module)
{
	struct config_module *m = module;
	enum probe_measure measure;

	if (!load_is_mapping(l, n, "limits"))
		return false;
	for (size_t i = 0; i < n->count; i++) {
		const struct tree_pair *p = &n->pairs[i];
		struct report_limit *limit;

		if (!probe_measure_parse(p->key->text, &measure))
			return unknown_measure(l, p->key);
		limit = &m->policy.limits[measure];
		if (!load_keys(l, p->value, limit_keys, 2, "a limit", limit))
			return false;
		if (!limit->has_warning && !limit->has_critical)
			return load_fail(l, p->value,
				"limit of %s has neither warning nor critical", p->key->text);
	}
	return true;
}

static bool unknown_reason(struct loader *l, const struct tree_node *key)
{
	const char *names[REASON_COUNT];

	for (size_t i = 0; i < REASON_COUNT; i++)
		names[i] = probe_reason_name((enum probe_reason)i);
	return unknown(
		l, key, "reason", load_nearest(key->text, names, REASON_COUNT, sizeof(names[0])));
}

static bool set_state(struct loader *l, const struct tree_node *n, enum probe_severity *out)
{
	static const char *const words[] = {"ok", "warning", "critical", "unknown"};

	for (size_t i = 0; n->kind == TREE_SCALAR && i < 4; i++) {
		if (strcasecmp(n->text, words[i]) == 0) {
			*out = (enum probe_severity)i;
			return true;
		}
	}
	return load_word(l, n, words, 4, &(size_t){0});
}

bool load_states(struct loader *l, const struct tree_node *n, void *module)
{
	struct config_module *m = module;
	enum probe_reason reason;

	if (!load_is_mapping(l, n, "states"))
		return false;
	for (size_t i = 0; i < n->count; i++) {
		const struct tree_pair *p = &n->pairs[i];

		if (!probe_reason_parse(p->key->text, &reason))
			return unknown_reason(l, p->key);
		if (!set_state(l, p->value, &m->policy.states[reason]))
			return false;
		m->policy.state_given[reason] = true;
	}
	return true;
}

bool load_cert_days(struct loader *l, const struct tree_node *n, void *module)
{
	static const uint64_t day_ns = UINT64_C(86400) * 1000000000;
	struct config_module *m = module;
	uint64_t ns;

	if (!load_duration(l, n, &ns))
		return false;
	if (ns % day_ns != 0)
		return load_fail(l, n, "\"%.80s\" is no whole number of days", n->text);
	m->policy.has_cert_critical = true;
	m->policy.cert_critical_days = (long)(ns / day_ns);
	return true;
}
