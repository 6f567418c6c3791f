/* Facts need no OpenSSL: a program that loads lib/tls on demand links this file alone. */
#include "tls/facts.h"

#include <stdlib.h>
#include <string.h>

void tls_facts_init(struct tls_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->served_not_after = INT64_MAX;
	f->path_not_after = INT64_MAX;
	f->last_chain_not_after = INT64_MAX;
}

enum tls_defect tls_facts_worst(const struct tls_facts *f)
{
	unsigned d = 0;

	while (d < TLS_DEFECT_COUNT && !(f->defects & (1u << d)))
		d++;
	return (enum tls_defect)d;
}

const char *tls_cert_label(const struct tls_cert *c)
{
	if (c->common_name && *c->common_name)
		return c->common_name;
	if (c->name_count > 0)
		return c->names[0];
	return "Unknown CN";
}

static void cert_fini(struct tls_cert *c)
{
	free(c->subject);
	free(c->issuer);
	free(c->common_name);
	for (size_t i = 0; i < c->name_count; i++)
		free(c->names[i]);
	free(c->names);
}

void tls_facts_fini(struct tls_facts *f)
{
	for (size_t i = 0; i < f->chain_count; i++)
		cert_fini(&f->chain[i]);
	free(f->verify_detail);
	free(f->path_not_after_subject);
	free(f->served_not_after_subject);
	tls_facts_init(f);
}
