#include "case.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

char *string_copy(const char *text, size_t len)
{
	char *copy = calloc(1, len + 1);

	if (copy == NULL)
		abort();
	memcpy(copy, text, len);
	return copy;
}

void strings_add(struct strings *s, const char *text)
{
	char **grown = realloc(s->item, (s->count + 2) * sizeof(*grown));

	if (grown == NULL)
		abort();
	s->item = grown;
	s->item[s->count++] = string_copy(text, strlen(text));
	s->item[s->count] = NULL;
}

char *string_replace(const char *text, const char *from, const char *to)
{
	char *result = string_copy(text, strlen(text));
	size_t at = 0;
	char *hit;

	while ((hit = strstr(result + at, from)) != NULL) {
		size_t before = (size_t)(hit - result);
		size_t after = strlen(hit + strlen(from));
		char *next = calloc(1, before + strlen(to) + after + 1);

		if (next == NULL)
			abort();
		memcpy(next, result, before);
		memcpy(next + before, to, strlen(to));
		memcpy(next + before + strlen(to), hit + strlen(from), after);
		free(result);
		result = next;
		at = before + strlen(to);
	}
	return result;
}

/* One word from *at on into `word`, which is long enough; false on an open quote. */
static bool next_word(const char **at, char *word)
{
	const char *p = *at;
	char quote = '\0';

	for (; *p != '\0' && (quote != '\0' || !isspace((unsigned char)*p)); p++) {
		if (quote == '\0' && (*p == '"' || *p == '\''))
			quote = *p;
		else if (quote != '\0' && *p == quote)
			quote = '\0';
		else if (*p == '\\' && p[1] != '\0' &&
			 (quote == '\0' || (quote == '"' && strchr("\"\\", p[1]) != NULL)))
			*word++ = *++p;
		else
			*word++ = *p;
	}
	*word = '\0';
	*at = p;
	return quote == '\0';
}

bool words_of(struct strings *out, const char *text)
{
	char *word = string_copy(text, strlen(text));
	bool ok = true;

	*out = (struct strings){NULL, 0};
	for (const char *p = text; ok;) {
		while (isspace((unsigned char)*p))
			p++;
		if (*p == '\0')
			break;
		ok = next_word(&p, word);
		strings_add(out, word);
	}
	free(word);
	return ok;
}

static char escaped_octet(const char **at)
{
	static const char from[] = "rnt0";
	static const char to[] = {'\r', '\n', '\t', '\0'};
	const char *p = *at;
	const char *known = *p != '\0' ? strchr(from, *p) : NULL;

	if (*p == 'x' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2])) {
		char digits[] = {p[1], p[2], '\0'};

		*at = p + 3;
		return (char)strtoul(digits, NULL, 16);
	}
	*at = p + 1;
	return known != NULL ? to[known - from] : *p;
}

char *unquote(const char *text, size_t *len)
{
	size_t n = strlen(text);
	char *out;

	*len = 0;
	if (n < 2 || text[0] != '"' || text[n - 1] != '"') {
		*len = n;
		return string_copy(text, n);
	}
	out = calloc(1, n);
	if (out == NULL)
		abort();
	for (const char *p = text + 1; p < text + n - 1;) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
			out[(*len)++] = escaped_octet(&p);
		} else {
			out[(*len)++] = *p++;
		}
	}
	return out;
}
