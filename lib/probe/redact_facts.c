#include "probe/internal.h"

#include <stdlib.h>

enum { FIELD_MAX = 4096 };

/* Nothing is shown where the secret could not be taken out. */
static void redact_field(struct probe *p, char **field)
{
	struct buf clean;
	char *copy = NULL;

	if (*field == NULL)
		return;
	buf_init(&clean, FIELD_MAX);
	if (probe_keep_text(p, slice_str(*field), &clean, FIELD_MAX))
		copy = buf_dup(&clean);
	buf_fini(&clean);
	free(*field);
	*field = copy;
}

static void redact_names(struct probe *p, struct tls_cert *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->name_count; i++) {
		redact_field(p, &c->names[i]);
		if (c->names[i] != NULL)
			c->names[kept++] = c->names[i];
	}
	c->name_count = kept;
}

void probe_redact_facts(struct probe *p)
{
	struct tls_facts *f = &p->result.tls;

	if (p->spec.login == NULL)
		return;
	for (size_t i = 0; i < f->chain_count; i++) {
		redact_field(p, &f->chain[i].subject);
		redact_field(p, &f->chain[i].issuer);
		redact_field(p, &f->chain[i].common_name);
		redact_names(p, &f->chain[i]);
	}
	redact_field(p, &f->verify_detail);
	redact_field(p, &f->path_not_after_subject);
	redact_field(p, &f->served_not_after_subject);
}
