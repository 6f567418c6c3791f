/* The plugin guidelines' output grammar, and INVARIANTS U7. */
#include "judge.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define NUM   "-?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)"
#define RANGE "(@?(~|" NUM ")?:?(" NUM ")?)"

static const char datum[] = "^('([^'=]|'')+'|[^ '=|]+)=(U|" NUM ")"
			    "(us|ms|s|%|B|KB|MB|GB|TB|c)?"
			    "(;" RANGE "?(;" RANGE "?(;(" NUM ")?(;(" NUM ")?)?)?)?)?$";

static bool forbidden(uint32_t c)
{
	if (c < 0x20)
		return c != '\n';
	return (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The length of the character at `p` and its code; 0 where it is no valid UTF-8. */
static size_t decode(const unsigned char *p, size_t len, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;

	if (n == 0 || n > len || p[0] > 0xf4)
		return 0;
	*code = n == 1 ? p[0] : p[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3fU);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

const char *output_characters(const struct blob *b)
{
	const unsigned char *p = (const unsigned char *)b->data;

	for (size_t i = 0; i < b->len;) {
		uint32_t code = 0;
		size_t n = decode(p + i, b->len - i, &code);

		if (n == 0)
			return "the output is not valid UTF-8";
		if (forbidden(code))
			return "the output holds a control or bidi character";
		i += n;
	}
	return NULL;
}

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

const char *output_perfdata(const char *perfdata)
{
	const char *p = perfdata;
	char one[512];

	while (*(p += strspn(p, " ")) != '\0') {
		size_t n = 0;
		bool quoted = false;

		for (; p[n] != '\0' && (quoted || p[n] != ' '); n++) {
			if (p[n] == '\'')
				quoted = !quoted;
		}
		if (n >= sizeof(one))
			return "a performance datum is too long";
		memcpy(one, p, n);
		one[n] = '\0';
		if (!matches(datum, one))
			return "a performance datum does not parse";
		p += n;
	}
	return NULL;
}

const char *output_classic(const char *first_line, int exit_code, const char *state)
{
	static const char *const states[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
	const char *bar = strchr(first_line, '|');
	const char *word = state != NULL ? state : states[exit_code & 3];
	char pattern[160];

	if (bar != NULL && strchr(bar + 1, '|') != NULL)
		return "more than one | on the first line";
	/* The last two are check_pop's own lines, kept under its names. */
	snprintf(pattern, sizeof(pattern),
		"^(([A-Z][A-Z0-9]* )?%s( - |: )|connect to (address|file socket) |No data "
		"received)",
		word);
	if (!matches(pattern, first_line))
		return "the first line is not LABEL STATE - text with the state of the exit code";
	return bar != NULL ? output_perfdata(bar + 1) : NULL;
}
