#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape after the backslash; returns how many characters it took, 0 where it is none. */
static size_t escape(const char *p, unsigned char *octet)
{
	static const char from[] = "rnt0\\\"'";
	static const unsigned char to[] = {'\r', '\n', '\t', '\0', '\\', '"', '\''};
	const char *at;

	if (*p == 'x' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
		*octet = (unsigned char)(hex_digit(p[1]) * 16 + hex_digit(p[2]));
		return 3;
	}
	at = *p != '\0' ? strchr(from, *p) : NULL;
	if (at == NULL)
		return 0;
	*octet = to[at - from];
	return 1;
}

static const char *quoted(const char *p, struct octets *out, const char **error)
{
	while (*p != '"') {
		unsigned char octet = (unsigned char)*p;

		if (*p == '\0') {
			*error = "a quote is not closed";
			return NULL;
		}
		if (*p++ == '\\') {
			size_t n = escape(p, &octet);

			if (n == 0) {
				*error = "unknown escape (known: \\r \\n \\t \\0 \\\\ \\\" \\xHH)";
				return NULL;
			}
			p += n;
		}
		octets_add(out, &octet, 1);
	}
	return p + 1;
}

bool words_split(struct words *w, const char *line, const char **error)
{
	const char *p = line;

	memset(w, 0, sizeof(*w));
	for (;;) {
		struct octets *out;

		p += strspn(p, " \t\r\n");
		if (*p == '\0' || *p == '#')
			return true;
		if (w->count == WORDS_MAX) {
			*error = "too many words";
			return false;
		}
		out = &w->word[w->count];
		octets_add(out, "", 0);
		w->count++;
		while (*p != '\0' && strchr(" \t\r\n", *p) == NULL) {
			if (*p != '"') {
				octets_add(out, p++, 1);
				continue;
			}
			w->quoted[w->count - 1] = true;
			p = quoted(p + 1, out, error);
			if (p == NULL)
				return false;
		}
	}
}

void words_fini(struct words *w)
{
	for (size_t i = 0; i < w->count; i++)
		octets_fini(&w->word[i]);
	w->count = 0;
}

const char *words_text(const struct words *w, size_t i)
{
	return i < w->count ? (const char *)w->word[i].data : "";
}

bool words_is(const struct words *w, size_t i, const char *text)
{
	return i < w->count && strcmp(words_text(w, i), text) == 0;
}

bool words_number(const struct words *w, size_t i, unsigned long max, unsigned long *value)
{
	const char *text = words_text(w, i);
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoul(text, &end, 10);
	return *end == '\0' && errno == 0 && *value <= max;
}
