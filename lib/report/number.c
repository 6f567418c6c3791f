#include "report/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARSE_OCTETS_MAX = 400 };

/* snprintf and strtod follow the thread's locale: "0,5" in perfdata is dropped by Icinga, in a
 * scrape it ends the scrape. The C locale of newlocale is glibc's constant one: no allocation. */
static locale_t c_locale_enter(locale_t *c)
{
	*c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	return *c ? uselocale(*c) : (locale_t)0;
}

static void c_locale_leave(locale_t c, locale_t before)
{
	if (!c)
		return;
	uselocale(before);
	freelocale(c);
}

static void print_shortest(double value, char *out, size_t size)
{
	/* Whole numbers without an exponent, as far as a double tells them apart. */
	if (fabs(value) < 1e15 && value == floor(value)) {
		snprintf(out, size, "%.0f", value == 0 ? 0.0 : value);
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(out, size, "%.*g", digits, value);
		if (strtod(out, NULL) == value)
			return;
	}
}

const char *report_number(double value, int decimals, char *out, size_t size)
{
	locale_t c, before;

	if (!isfinite(value)) {
		snprintf(out, size, "%s", isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
		return out;
	}
	before = c_locale_enter(&c);
	if (decimals < 0)
		print_shortest(value, out, size);
	else
		snprintf(out, size, "%.*f", decimals, value);
	c_locale_leave(c, before);
	return out;
}

static size_t digits(const char *p)
{
	return strspn(p, "0123456789");
}

/* The grammar is checked here, since strtod takes blanks, hex, "inf" and "nan" as well. */
static bool is_number(const char *p)
{
	size_t before, behind = 0;

	p += *p == '-' || *p == '+';
	before = digits(p);
	p += before;
	if (*p == '.') {
		behind = digits(p + 1);
		p += 1 + behind;
	}
	if (before + behind == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '-' || *p == '+';
		if (digits(p) == 0)
			return false;
		p += digits(p);
	}
	return *p == '\0';
}

bool report_number_parse(struct slice s, double *out)
{
	char text[PARSE_OCTETS_MAX];
	locale_t c, before;
	double value;

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (!is_number(text))
		return false;
	before = c_locale_enter(&c);
	value = strtod(text, NULL);
	c_locale_leave(c, before);
	if (!isfinite(value))
		return false;
	*out = value;
	return true;
}
