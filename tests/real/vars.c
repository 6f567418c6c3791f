#include "vars.h"

#include "case.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct strings names;
static struct strings values;

void var_set(const char *name, const char *value)
{
	strings_add(&names, name);
	strings_add(&values, value);
}

/* The last one set counts. */
static const char *find(const char *name, size_t length)
{
	for (size_t i = names.count; i-- > 0;) {
		if (strlen(names.item[i]) == length && strncmp(names.item[i], name, length) == 0)
			return values.item[i];
	}
	return NULL;
}

const char *var_get(const char *name)
{
	return find(name, strlen(name));
}

static void take_line(char *line)
{
	char *value = strchr(line, '=');
	size_t n;

	line[strcspn(line, "\n")] = '\0';
	if (value == NULL)
		return;
	*value++ = '\0';
	n = strlen(value);
	if (n >= 2 && value[0] == '\'' && value[n - 1] == '\'') {
		value[n - 1] = '\0';
		value++;
	}
	var_set(line, value);
}

bool vars_load(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (f == NULL)
		return false;
	while (getline(&line, &size, f) > 0)
		take_line(line);
	free(line);
	fclose(f);
	return true;
}

bool var_from_file(const char *name, const char *file_name)
{
	const char *path = var_get(file_name);
	FILE *f = path != NULL ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t size = 0;
	bool ok = f != NULL && getline(&line, &size, f) > 0;

	if (ok) {
		line[strcspn(line, "\n")] = '\0';
		var_set(name, line);
	}
	free(line);
	if (f != NULL)
		fclose(f);
	return ok;
}

static bool ends(const char *text, const char *ending)
{
	size_t n = strlen(text);
	size_t k = strlen(ending);

	return n >= k && strcmp(text + n - k, ending) == 0;
}

void vars_spoil(const char *ending)
{
	for (size_t i = 0; i < names.count; i++) {
		if (ends(names.item[i], ending) && *values.item[i] != '\0')
			values.item[i][0] = values.item[i][0] == 'x' ? 'y' : 'x';
	}
}

void vars_each(const char *ending, void (*take)(const char *value, void *arg), void *arg)
{
	for (size_t i = 0; i < names.count; i++) {
		if (ends(names.item[i], ending))
			take(values.item[i], arg);
	}
}

/* The length of NAME where TEXT begins with {NAME}, else 0. */
static size_t braced(const char *text)
{
	size_t n = 1;

	if (text[0] != '{' || !isalpha((unsigned char)text[1]))
		return 0;
	while (isalnum((unsigned char)text[n]) || text[n] == '_')
		n++;
	return text[n] == '}' ? n - 1 : 0;
}

char *vars_fill(const char *text, const char *tmp, char *unknown, size_t size)
{
	char *result = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&result, &length);

	if (to == NULL)
		abort();
	while (*text != '\0') {
		const size_t n = braced(text);
		const char *value = NULL;

		if (n == 3 && strncmp(text + 1, "tmp", n) == 0)
			value = tmp;
		else if (n > 0)
			value = find(text + 1, n);
		if (n > 0 && value == NULL && unknown != NULL)
			snprintf(unknown, size, "%.*s", (int)n, text + 1);
		if (value != NULL)
			fputs(value, to);
		else
			fputc(*text, to);
		text += value != NULL ? n + 2 : 1;
	}
	fclose(to);
	return result;
}
