#include "expo.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_OCTETS = 200, SERIES_MAX = 4000, LABELS_MAX = 16, LINE_OCTETS = 8192 };

struct family {
	char name[NAME_OCTETS], type[20], unit[40];
	bool help, typed, sampled;
};

struct sample {
	char name[NAME_OCTETS];
	char labels[LABELS_MAX][2][NAME_OCTETS * 8];
	size_t label_count;
	double value;
};

struct checker {
	bool openmetrics;
	struct family family;
	char last_family[NAME_OCTETS];
	char *families[SERIES_MAX]; /* that are over */
	size_t family_count;
	char *series[SERIES_MAX];
	size_t series_count;
	char label_names[NAME_OCTETS * LABELS_MAX]; /* of the family; "?" before the first */
	double bucket, inf_bucket;
	bool has_inf, has_sum, has_count, eof;
	char *why;
};

__attribute__((format(printf, 2, 3))) static bool bad(struct checker *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->why, EXPO_WHY_MAX, fmt, args);
	va_end(args);
	return false;
}

static bool utf8(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		unsigned c = p[i];
		size_t more = c < 0x80		      ? 0
			      : c >= 0xc2 && c < 0xe0 ? 1
			      : c >= 0xe0 && c < 0xf0 ? 2
			      : c >= 0xf0 && c < 0xf5 ? 3
						      : 9;

		if (more == 9 || i + more >= n + (more == 0))
			return false;
		for (size_t k = 1; k <= more; k++)
			if (p[i + k] >> 6 != 2)
				return false;
		i += more + 1;
	}
	return true;
}

static size_t name_octets(const char *p, bool label)
{
	size_t n = 0;

	if (!isalpha((unsigned char)*p) && *p != '_')
		return 0;
	while (isalnum((unsigned char)p[n]) || p[n] == '_' || (!label && p[n] == ':'))
		n++;
	return n < NAME_OCTETS ? n : 0;
}

static bool ends_in(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n > t && strcmp(s + n - t, tail) == 0;
}

/* --- families --------------------------------------------------------------------------------- */

static bool close_family(struct checker *c)
{
	if (!c->family.name[0])
		return true;
	if (!c->family.help || !c->family.typed)
		return bad(c, "%s: HELP or TYPE is missing", c->family.name);
	if (!c->family.sampled)
		return bad(c, "%s: no sample", c->family.name);
	if (strcmp(c->family.type, "histogram") == 0 &&
		(!c->has_inf || !c->has_sum || !c->has_count))
		return bad(c, "%s: incomplete histogram", c->family.name);
	snprintf(c->last_family, sizeof(c->last_family), "%s", c->family.name);
	if (c->family_count == SERIES_MAX)
		return bad(c, "too many families");
	c->families[c->family_count++] = strdup(c->family.name);
	return true;
}

/* Sorted by the names of their samples, which OpenMetrics lengthens. */
static bool in_order(struct checker *c)
{
	for (size_t i = 0; i < c->family_count; i++)
		if (strcmp(c->families[i], c->family.name) == 0)
			return bad(c, "%s: repeated", c->family.name);
	if (!c->openmetrics && c->last_family[0] && strcmp(c->last_family, c->family.name) >= 0)
		return bad(c, "%s: out of order", c->family.name);
	return true;
}

static bool open_family(struct checker *c, const char *name, size_t n)
{
	if (strlen(c->family.name) == n && memcmp(c->family.name, name, n) == 0)
		return !c->family.sampled || bad(c, "%s: header behind samples", c->family.name);
	if (!close_family(c))
		return false;
	c->family = (struct family){{0}, {0}, {0}, false, false, false};
	memcpy(c->family.name, name, n);
	c->has_inf = c->has_sum = c->has_count = false;
	c->bucket = 0;
	strcpy(c->label_names, "?");
	if (!in_order(c))
		return false;
	return strchr(c->family.name, ':') == NULL || bad(c, "%s: colon", c->family.name);
}

static bool set_type(struct checker *c, const char *type)
{
	static const char *const types[] = {"gauge", "counter", "histogram", "info"};
	bool known = false, counter = strcmp(type, "counter") == 0;

	if (c->family.typed)
		return bad(c, "%s: TYPE twice", c->family.name);
	for (size_t i = 0; i < (c->openmetrics ? 4 : 3); i++)
		known |= strcmp(type, types[i]) == 0;
	if (!known)
		return bad(c, "%s: type %s", c->family.name, type);
	if (!c->openmetrics && counter != ends_in(c->family.name, "_total"))
		return bad(c, "%s: _total and counter do not go together", c->family.name);
	if (c->openmetrics &&
		(ends_in(c->family.name, "_total") || ends_in(c->family.name, "_info")))
		return bad(c, "%s: suffix in the family's name", c->family.name);
	snprintf(c->family.type, sizeof(c->family.type), "%s", type);
	c->family.typed = true;
	return true;
}

static bool check_help(struct checker *c, const char *text)
{
	if (c->family.help)
		return bad(c, "%s: HELP twice", c->family.name);
	for (; *text; text++)
		if (*text == '\\' && *++text != '\\' && *text != 'n' &&
			!(c->openmetrics && *text == '"'))
			return bad(c, "%s: bad escape in HELP", c->family.name);
	c->family.help = true;
	return true;
}

static bool comment(struct checker *c, const char *line)
{
	const char *name;
	size_t n;

	if (c->openmetrics && strcmp(line, "# EOF") == 0) {
		c->eof = true;
		return close_family(c);
	}
	if (strncmp(line, "# HELP ", 7) != 0 && strncmp(line, "# TYPE ", 7) != 0 &&
		!(c->openmetrics && strncmp(line, "# UNIT ", 7) == 0))
		return bad(c, "comment: %.80s", line);
	name = line + 7;
	n = name_octets(name, false);
	if (n == 0 || name[n] != ' ' || name[n + 1] == '\0')
		return bad(c, "header: %.80s", line);
	if (!open_family(c, name, n))
		return false;
	if (line[2] == 'H')
		return check_help(c, name + n + 1);
	if (line[2] == 'T')
		return set_type(c, name + n + 1);
	return ends_in(c->family.name, name + n + 1) || bad(c, "UNIT is no suffix: %.80s", line);
}

/* --- samples ---------------------------------------------------------------------------------- */

static const char *quoted(struct checker *c, const char *p, char *out, size_t size)
{
	size_t n = 0;

	for (; *p && *p != '"' && n + 1 < size; p++) {
		out[n++] = *p;
		if (*p == '\\') {
			p++;
			if (*p != '\\' && *p != '"' && *p != 'n') {
				bad(c, "bad escape in a label");
				return NULL;
			}
			out[n++] = *p;
		}
	}
	out[n] = '\0';
	return *p == '"' ? p + 1 : NULL;
}

static const char *labels(struct checker *c, const char *p, struct sample *s)
{
	while (*p != '}') {
		size_t n = name_octets(p, true);

		if (s->label_count == LABELS_MAX || n == 0 || p[n] != '=' || p[n + 1] != '"' ||
			strncmp(p, "__", 2) == 0)
			return NULL;
		snprintf(s->labels[s->label_count][0], NAME_OCTETS, "%.*s", (int)n, p);
		for (size_t i = 0; i < s->label_count; i++)
			if (strcmp(s->labels[i][0], s->labels[s->label_count][0]) == 0)
				return NULL;
		p = quoted(c, p + n + 2, s->labels[s->label_count][1], sizeof(s->labels[0][1]));
		/* A capability may have no arguments. */
		if (!p || (!s->labels[s->label_count][1][0] &&
				  strcmp(s->labels[s->label_count][0], "arguments") != 0))
			return NULL;
		s->label_count++;
		if (*p == ',' && p[1] != '}')
			p++;
		else if (*p != '}')
			return NULL;
	}
	return p + 1;
}

static bool number(const char *p, double *out)
{
	static const char digits[] = "0123456789";
	const char *at = p + (*p == '-' || *p == '+');
	size_t n = strspn(at, digits);
	char *end;

	if (strcmp(p, "NaN") == 0 || strcmp(p, "+Inf") == 0 || strcmp(p, "-Inf") == 0) {
		*out = strtod(p, NULL);
		return true;
	}
	if (n == 0 || strspn(at, "0123456789.eE+-") != strlen(at))
		return false;
	*out = strtod(p, &end);
	return *end == '\0';
}

static const char *suffix_of(const struct checker *c, const char *name)
{
	size_t n = strlen(c->family.name);

	return strncmp(name, c->family.name, n) == 0 ? name + n : NULL;
}

static bool check_suffix(struct checker *c, const struct sample *s)
{
	const char *suffix = suffix_of(c, s->name);
	bool ok;

	if (!suffix || !c->family.typed)
		return bad(c, "%s: does not belong to %s", s->name, c->family.name);
	if (strcmp(c->family.type, "histogram") == 0)
		ok = strcmp(suffix, "_bucket") == 0 || strcmp(suffix, "_sum") == 0 ||
		     strcmp(suffix, "_count") == 0;
	else if (c->openmetrics && strcmp(c->family.type, "counter") == 0)
		ok = strcmp(suffix, "_total") == 0;
	else if (c->openmetrics && strcmp(c->family.type, "info") == 0)
		ok = strcmp(suffix, "_info") == 0;
	else
		ok = *suffix == '\0';
	return ok || bad(c, "%s: wrong suffix for a %s", s->name, c->family.type);
}

static bool check_histogram(struct checker *c, const struct sample *s)
{
	const char *suffix = suffix_of(c, s->name);

	if (strcmp(suffix, "_sum") == 0) {
		c->has_sum = true;
		return true;
	}
	if (strcmp(suffix, "_count") == 0) {
		c->has_count = true;
		return (c->has_inf && s->value == c->inf_bucket) || bad(c, "%s: not +Inf", s->name);
	}
	if (s->label_count != 1 || strcmp(s->labels[0][0], "le") != 0 || s->value < c->bucket)
		return bad(c, "%s: bucket", s->name);
	c->bucket = s->value;
	if (strcmp(s->labels[0][1], "+Inf") == 0) {
		c->has_inf = true;
		c->inf_bucket = s->value;
	}
	return true;
}

static bool check_value(struct checker *c, const struct sample *s)
{
	if (ends_in(s->name, "_info") && s->value != 1)
		return bad(c, "%s: not 1", s->name);
	if (strcmp(c->family.type, "counter") == 0 && !(s->value >= 0))
		return bad(c, "%s: negative counter", s->name);
	if (isnan(s->value))
		return bad(c, "%s: NaN instead of leaving it out", s->name);
	return strcmp(c->family.type, "histogram") != 0 || check_histogram(c, s);
}

static bool check_names(struct checker *c, const struct sample *s)
{
	char names[sizeof(c->label_names)] = "";

	if (strcmp(c->family.type, "histogram") == 0)
		return true;
	for (size_t i = 0; i < s->label_count; i++)
		strncat(strncat(names, s->labels[i][0], NAME_OCTETS), ",", 2);
	if (strcmp(c->label_names, "?") == 0)
		strcpy(c->label_names, names);
	return strcmp(c->label_names, names) == 0 || bad(c, "%s: other labels", s->name);
}

static bool remember(struct checker *c, const char *line, size_t n)
{
	for (size_t i = 0; i < c->series_count; i++)
		if (strlen(c->series[i]) == n && memcmp(c->series[i], line, n) == 0)
			return bad(c, "twice: %.200s", line);
	if (c->series_count == SERIES_MAX)
		return bad(c, "too many series");
	c->series[c->series_count++] = strndup(line, n);
	return true;
}

static bool sample(struct checker *c, const char *line)
{
	struct sample *s = calloc(1, sizeof(*s));
	size_t n = name_octets(line, false);
	const char *p = line + n;
	bool ok;

	if (!s)
		return bad(c, "out of memory");
	memcpy(s->name, line, n);
	if (n && *p == '{')
		p = labels(c, p + 1, s);
	ok = n && p && *p == ' ' && number(p + 1, &s->value);
	if (!ok && !c->why[0])
		bad(c, "sample: %.200s", line);
	ok = ok && check_suffix(c, s) && remember(c, line, (size_t)(p - line)) &&
	     check_names(c, s) && check_value(c, s);
	c->family.sampled = true;
	free(s);
	return ok;
}

static bool check_line(struct checker *c, const char *line)
{
	if (c->eof)
		return bad(c, "behind # EOF");
	if (!*line)
		return bad(c, "blank line");
	return *line == '#' ? comment(c, line) : sample(c, line);
}

static bool check_all(struct checker *c, const char *text, size_t n)
{
	char *line = malloc(LINE_OCTETS);
	bool ok = line != NULL;

	while (ok && n > 0) {
		const char *end = memchr(text, '\n', n);
		size_t length = end ? (size_t)(end - text) : n;

		if (!end || length >= LINE_OCTETS) {
			ok = bad(c, "line without an end");
			break;
		}
		memcpy(line, text, length);
		line[length] = '\0';
		ok = check_line(c, line);
		text += length + 1;
		n -= length + 1;
	}
	free(line);
	return ok && (c->openmetrics ? c->eof || bad(c, "no # EOF") : close_family(c));
}

const char *expo_check(const char *text, size_t n, bool openmetrics, char why[EXPO_WHY_MAX])
{
	struct checker *c = calloc(1, sizeof(*c));
	bool ok;

	why[0] = '\0';
	if (!c)
		return "out of memory";
	c->openmetrics = openmetrics;
	c->why = why;
	if (memchr(text, '\r', n) || memchr(text, '\0', n))
		ok = bad(c, "CR or NUL");
	else if (!utf8((const unsigned char *)text, n))
		ok = bad(c, "not UTF-8");
	else
		ok = check_all(c, text, n);
	for (size_t i = 0; i < c->series_count; i++)
		free(c->series[i]);
	for (size_t i = 0; i < c->family_count; i++)
		free(c->families[i]);
	free(c);
	return ok ? NULL : why;
}
