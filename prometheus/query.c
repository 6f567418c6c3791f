#include "query.h"

#include <stdlib.h>
#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

const char *query_unescape(char *text, bool plus)
{
	char *to = text;

	for (; *text; text++) {
		int high, low;

		if (*text != '%') {
			*to++ = plus && *text == '+' ? ' ' : *text;
			continue;
		}
		high = hex(text[1]);
		low = high < 0 ? -1 : hex(text[2]);
		if (low < 0)
			return "bad %-escape in the query";
		if (high == 0 && low == 0)
			return "NUL in the query";
		*to++ = (char)(high * 16 + low);
		text += 2;
	}
	*to = '\0';
	return NULL;
}

static const char *add(struct query *q, char *name)
{
	char *value = strchr(name, '=');
	const char *problem;

	if (value)
		*value++ = '\0';
	problem = query_unescape(name, true);
	if (!problem && value)
		problem = query_unescape(value, true);
	if (problem)
		return problem;
	if (query_get(q, name))
		return "a parameter is given twice";
	if (q->count == QUERY_PARAMETERS_MAX)
		return "too many parameters";
	q->parameters[q->count].name = name;
	q->parameters[q->count].value = value ? value : "";
	q->count++;
	return NULL;
}

const char *query_parse(struct query *q, const char *raw)
{
	const char *problem = NULL;
	char *at, *next;

	*q = (struct query){0};
	if (!raw || !*raw)
		return NULL;
	if (strlen(raw) > QUERY_OCTETS_MAX)
		return "the query is too long";
	q->text = strdup(raw);
	if (!q->text)
		return "out of memory";
	for (at = q->text; at && !problem; at = next) {
		next = strchr(at, '&');
		if (next)
			*next++ = '\0';
		if (*at)
			problem = add(q, at);
	}
	return problem;
}

void query_fini(struct query *q)
{
	free(q->text);
	*q = (struct query){0};
}

const char *query_get(const struct query *q, const char *name)
{
	for (size_t i = 0; i < q->count; i++)
		if (strcmp(q->parameters[i].name, name) == 0)
			return q->parameters[i].value;
	return NULL;
}
