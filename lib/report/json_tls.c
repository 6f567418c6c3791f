#include "report/json_parts.h"

#include "report/words.h"

static const char *verify_result(const struct tls_facts *f)
{
	if (!f->verify_ran)
		return NULL;
	if (f->verified)
		return "ok";
	return probe_reason_name(probe_defect_reason(tls_facts_worst(f)));
}

static void put_date(struct json_maker *m, struct json_object *to, const char *name, int64_t t)
{
	char text[WORDS_DATE_MAX];

	json_put_str(m, to, name, words_date_rfc3339(t, text));
}

static struct json_object *certificate(struct json_maker *m, const struct tls_cert *cert)
{
	struct json_object *o = json_make_object(m), *names = json_make_array(m);
	char hex[sizeof(cert->sha256) * 2 + 1];

	for (size_t i = 0; i < cert->name_count; i++)
		json_append(m, names, json_text(m, slice_str(cert->names[i])));
	words_hex(cert->sha256, sizeof(cert->sha256), hex);
	json_put_text(m, o, "subject", slice_str(cert->subject));
	json_put_text(m, o, "issuer", slice_str(cert->issuer));
	json_put(m, o, "names", names);
	put_date(m, o, "not_before", cert->not_before);
	put_date(m, o, "not_after", cert->not_after);
	json_put_str(m, o, "fingerprint_sha256", hex);
	return o;
}

struct json_object *json_tls(struct json_maker *m, const struct probe_result *r)
{
	const struct tls_facts *f = &r->tls;
	struct json_object *o, *chain;

	if (!r->has_tls)
		return NULL;
	o = json_make_object(m);
	chain = json_make_array(m);
	json_put_str(m, o, "version", f->version);
	json_put_str(m, o, "cipher", f->cipher);
	json_put_str(m, o, "verify", verify_result(f));
	for (size_t i = 0; i < f->chain_count; i++)
		json_append(m, chain, certificate(m, &f->chain[i]));
	json_put(m, o, "chain", chain);
	return o;
}
