/* INVARIANTS U6: a secret in no encoding. */
#include "judge.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool contains(const char *text, size_t len, const char *what, bool any_case)
{
	size_t n = strlen(what);

	for (size_t i = 0; n > 0 && i + n <= len; i++) {
		size_t k = 0;

		while (k < n && (text[i + k] == what[k] ||
					(any_case && tolower((unsigned char)text[i + k]) ==
							     tolower((unsigned char)what[k]))))
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static char *in_format(const char *secret, const char *format)
{
	char *out = calloc(3, strlen(secret) + 1);

	if (out == NULL)
		abort();
	for (size_t i = 0; secret[i] != '\0'; i++)
		sprintf(out + strlen(out), strcmp(format, "hex") == 0 ? "%02x" : "%%%02x",
			(unsigned)(unsigned char)secret[i]);
	return out;
}

/* As curl and others do: all but the unreserved characters. */
static char *percent(const char *secret)
{
	char *out = calloc(3, strlen(secret) + 1);

	if (out == NULL)
		abort();
	for (size_t i = 0; secret[i] != '\0'; i++)
		sprintf(out + strlen(out),
			isalnum((unsigned char)secret[i]) || strchr("-._~", secret[i]) != NULL
				? "%c"
				: "%%%02x",
			(unsigned char)secret[i]);
	return out;
}

/* The characters of base64 that depend on the secret alone when `skip` octets stand before it. */
static char *base64_core(const char *secret, size_t skip)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t bits = strlen(secret) * 8;
	size_t first = (skip * 8 + 5) / 6 * 6 - skip * 8;
	char *out = calloc(2, strlen(secret) + 1);
	size_t n = 0;

	if (out == NULL)
		abort();
	for (size_t at = first; at + 6 <= bits; at += 6) {
		unsigned value = 0;

		for (size_t k = at; k < at + 6; k++)
			value = value << 1 | (((unsigned char)secret[k / 8] >> (7 - k % 8)) & 1U);
		out[n++] = digits[value];
	}
	return out;
}

const char *leak_find(const char *text, size_t len, const char *secret)
{
	static const char *const names[] = {"hex", "percent-encoded", "percent-encoded", "base64",
		"base64 at offset 1", "base64 at offset 2"};
	char *forms[] = {in_format(secret, "hex"), in_format(secret, "percent"), percent(secret),
		base64_core(secret, 0), base64_core(secret, 1), base64_core(secret, 2)};
	const char *found = NULL;

	if (contains(text, len, secret, false))
		found = "raw";
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (found == NULL && contains(text, len, forms[i], i < 3))
			found = names[i];
		free(forms[i]);
	}
	return found;
}
