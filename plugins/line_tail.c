/* What was learned, behind the classic part of the line. */
#include "line.h"
#include "probe/measures.h"

#include <string.h>

static bool problem_with_certificate(const struct report_verdict *v)
{
	for (size_t i = 0; i < v->problem_count; i++)
		if (v->problems[i].reason == REASON_CERT_EXPIRING ||
			v->problems[i].reason == REASON_CERT_EXPIRED ||
			v->problems[i].reason == REASON_CERT_NOT_YET_VALID)
			return true;
	return false;
}

/* "TLS 1.3" as check_http and openssl write it. */
static void add_version(struct buf *out, const char *version)
{
	if (strncmp(version, "TLS ", 4) == 0)
		(void)buf_addf(out, ", TLSv%s", version + 4);
	else if (*version)
		(void)buf_addf(out, ", %s", version);
}

static const char *defect_words(enum tls_defect d)
{
	static const enum probe_reason reasons[TLS_DEFECT_COUNT] = {
		[TLS_DEFECT_SELF_SIGNED] = REASON_CERT_SELF_SIGNED,
		[TLS_DEFECT_CHAIN_INCOMPLETE] = REASON_CERT_CHAIN_INCOMPLETE,
		[TLS_DEFECT_UNTRUSTED] = REASON_CERT_UNTRUSTED,
		[TLS_DEFECT_REVOKED] = REASON_CERT_REVOKED,
		[TLS_DEFECT_NAME_MISMATCH] = REASON_CERT_NAME_MISMATCH,
		[TLS_DEFECT_EXPIRED] = REASON_CERT_EXPIRED,
		[TLS_DEFECT_NOT_YET_VALID] = REASON_CERT_NOT_YET_VALID,
		[TLS_DEFECT_WEAK] = REASON_CERT_WEAK,
		[TLS_DEFECT_PIN] = REASON_PIN_MISMATCH,
	};

	return probe_reason_words(reasons[d]);
}

static void add_tls(struct buf *out, const struct outcome *o)
{
	const struct tls_facts *f = &o->result->tls;
	enum tls_defect worst = tls_facts_worst(f);
	double days;

	add_version(out, f->version);
	if (!problem_with_certificate(&o->verdict) &&
		probe_measure_value(o->result, MEASURE_CERT_DAYS, &days))
		(void)buf_addf(out, ", certificate %.0f day%s", days, days == 1 ? "" : "s");
	if (f->verify_ran && worst != TLS_DEFECT_COUNT)
		(void)buf_addf(out, ", not verified: %s", defect_words(worst));
}

void line_tail(struct buf *out, const struct settings *s, const struct outcome *o)
{
	const struct probe_result *r = o->result;

	if (settings_classic_only(s)) {
		if (!s->certificate || problem_with_certificate(&o->verdict))
			return;
		(void)buf_add_str(out, ", ");
		(void)report_certificate_text(out, r);
		return;
	}
	if (r->has_tls)
		add_tls(out, o);
	if (r->login_tried)
		(void)buf_addf(out, ", login %s%s", auth_mech_info(r->mech)->name,
			r->login_accepted ? "" : " refused");
	if (r->has_stat)
		(void)buf_addf(out, ", %llu message%s", (unsigned long long)r->messages,
			r->messages == 1 ? "" : "s");
}
