#include "report/metrics.h"

#include "report/words.h"

#include <stdio.h>
#include <string.h>

enum {
	/* Certificates that have series, so that a probe stays within REPORT_SERIES_MAX: STLS with
	 * a login has the most other ones. */
	CHAIN_SHOWN = 4,
	CHAIN_SHOWN_STLS_LOGIN = 2,
};

static const struct tls_facts *facts(const struct report_item *item)
{
	return &item->result->tls;
}

static bool has_chain(const struct report_item *item)
{
	return item->result->has_tls && facts(item)->chain_count > 0;
}

static size_t chain_shown(const struct report_item *item)
{
	const struct report_context *ctx = item->context;
	size_t most = ctx->tls_mode == PROBE_TLS_STLS && ctx->login ? CHAIN_SHOWN_STLS_LOGIN
								    : CHAIN_SHOWN;

	if (!has_chain(item))
		return 0;
	return facts(item)->chain_count < most ? facts(item)->chain_count : most;
}

static void chain(struct exposition *e, const struct report_item *item, bool end)
{
	struct buf subject, issuer;

	buf_init(&subject, METRICS_TEXT_MAX);
	buf_init(&issuer, METRICS_TEXT_MAX);
	for (size_t i = 0; i < chain_shown(item); i++) {
		const struct tls_cert *cert = &facts(item)->chain[i];
		char index[24], hex[sizeof(cert->sha256) * 2 + 1];
		struct exposition_label labels[] = {
			{"chain_index", index},
			{"fingerprint_sha256", hex},
			{"subject", metrics_label(e, &subject, slice_str(cert->subject))},
			{"issuer", metrics_label(e, &issuer, slice_str(cert->issuer))},
		};

		snprintf(index, sizeof(index), "%zu", i);
		words_hex(cert->sha256, sizeof(cert->sha256), hex);
		exposition_add(
			e, "", labels, 4, (double)(end ? cert->not_after : cert->not_before));
	}
	buf_fini(&subject);
	buf_fini(&issuer);
}

void metrics_cert_not_after(struct exposition *e, const struct report_item *item)
{
	chain(e, item, true);
}

void metrics_cert_not_before(struct exposition *e, const struct report_item *item)
{
	chain(e, item, false);
}

void metrics_earliest_expiry(struct exposition *e, const struct report_item *item)
{
	if (has_chain(item) && facts(item)->served_not_after != INT64_MAX)
		exposition_gauge(e, (double)facts(item)->served_not_after);
}

void metrics_last_chain_expiry(struct exposition *e, const struct report_item *item)
{
	const struct tls_facts *f = facts(item);

	if (has_chain(item) && f->verified && f->last_chain_not_after != INT64_MAX)
		exposition_gauge(e, (double)f->last_chain_not_after);
}

void metrics_last_chain_info(struct exposition *e, const struct report_item *item)
{
	const struct tls_cert *leaf = &facts(item)->chain[0];
	char hex[sizeof(leaf->sha256) * 2 + 1];
	struct buf names, text[3];

	if (!has_chain(item))
		return;
	buf_init(&names, METRICS_TEXT_MAX);
	for (size_t i = 0; i < 3; i++)
		buf_init(&text[i], METRICS_TEXT_MAX);
	for (size_t i = 0; i < leaf->name_count; i++) {
		if (i > 0)
			buf_add_char(&names, ',');
		buf_add_str(&names, leaf->names[i]);
	}
	if (names.failed)
		e->out->failed = true;
	words_hex(leaf->sha256, sizeof(leaf->sha256), hex);
	exposition_add(e, "",
		(struct exposition_label[]){
			{"fingerprint_sha256", hex},
			{"issuer", metrics_label(e, &text[0], slice_str(leaf->issuer))},
			{"subject", metrics_label(e, &text[1], slice_str(leaf->subject))},
			{"subjectalternative", metrics_label(e, &text[2], buf_slice(&names))},
		},
		4, 1);
	buf_fini(&names);
	for (size_t i = 0; i < 3; i++)
		buf_fini(&text[i]);
}

void metrics_verify(struct exposition *e, const struct report_item *item)
{
	struct exposition_label label = {"result", "ok"};

	if (!has_chain(item) || !facts(item)->verify_ran)
		return;
	if (!facts(item)->verified)
		label.value = probe_reason_name(probe_defect_reason(tls_facts_worst(facts(item))));
	exposition_add(e, "", &label, 1, 1);
}

static void info(
	struct exposition *e, const struct report_item *item, const char *name, const char *value)
{
	struct exposition_label label = {name, value};

	if (item->result->has_tls && value[0])
		exposition_add(e, "", &label, 1, 1);
}

void metrics_cipher(struct exposition *e, const struct report_item *item)
{
	info(e, item, "cipher", facts(item)->cipher);
}

void metrics_tls_version(struct exposition *e, const struct report_item *item)
{
	info(e, item, "version", facts(item)->version);
}
