/* The query of a request, decoded with care: an octet that libraries cut or drop would be a way
 * around lists of what is allowed. */
#ifndef PROMETHEUS_QUERY_H
#define PROMETHEUS_QUERY_H

#include <stdbool.h>
#include <stddef.h>

enum { QUERY_PARAMETERS_MAX = 32, QUERY_OCTETS_MAX = 8192 };

struct query {
	struct {
		const char *name, *value;
	} parameters[QUERY_PARAMETERS_MAX];
	size_t count;
	char *text; /* owned; parameters point into it */
};

/* raw: what stands behind '?', or NULL. NULL on success, else what is wrong, in static words: a bad
 * escape, NUL, a parameter that is given twice, too much. "a" and "a=" have the value "".
 * query_fini is due either way. */
const char *query_parse(struct query *q, const char *raw);
void query_fini(struct query *q);
/* NULL when it is not there. */
const char *query_get(const struct query *q, const char *name);
/* Decodes %HH (and '+' where plus) in place. NULL, or what is wrong. */
const char *query_unescape(char *text, bool plus);

#endif
