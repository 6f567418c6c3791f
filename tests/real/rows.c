#include "rows.h"

#include <ctype.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MAX_MS = 40000, EXPANSIONS = 8, NAME_SIZE = 400 };

/* Names and what stands for them, braces included. */
struct macros {
	struct strings names;
	struct strings values;
};

/* One row as read, before `each` and `run` multiply it. */
struct block {
	struct strings keys;
	struct strings values;
	struct strings each;
	struct strings runs;
	char *name;
	int line;
};

struct reader {
	struct rows *rows;
	const char *path;
	struct macros lets;
	struct block defaults;
	struct block block;
};

static const struct {
	const char *key;
	size_t offset;
	bool regex;
} list_keys[] = {
	{"env", offsetof(struct row, env), false},
	{"file", offsetof(struct row, files), false},
	{"secret", offsetof(struct row, secrets), false},
	{"out", offsetof(struct row, out), true},
	{"out-not", offsetof(struct row, out_not), true},
	{"full", offsetof(struct row, full), true},
	{"full-not", offsetof(struct row, full_not), true},
	{"json", offsetof(struct row, json), false},
};

static const struct {
	const char *key;
	size_t offset;
} text_keys[] = {
	{"lock", offsetof(struct row, lock)},
	{"hold", offsetof(struct row, hold)},
	{"format", offsetof(struct row, format)},
	{"reason", offsetof(struct row, reason)},
	{"state", offsetof(struct row, state)},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct strings *list_of(const struct row *row, size_t key)
{
	return (struct strings *)(void *)((char *)(uintptr_t)row + list_keys[key].offset);
}

static char **text_of(const struct row *row, size_t key)
{
	return (char **)(void *)((char *)(uintptr_t)row + text_keys[key].offset);
}

/* With {NAME}, which is not known yet, as some letters. */
static bool good_regex(const char *text)
{
	char *copy = string_copy(text, strlen(text));
	regex_t regex;
	bool good;

	for (char *p = copy; *p != '\0'; p++) {
		const size_t n = *p == '{' && isalpha((unsigned char)p[1]) ? strcspn(p, "}") : 0;

		if (n > 0 && p[n] == '}')
			*p = p[n] = 'x';
	}
	good = regcomp(&regex, copy, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) == 0;
	if (good)
		regfree(&regex);
	free(copy);
	return good;
}

static bool put(struct row *row, const char *key, const char *value)
{
	for (size_t i = 0; i < COUNT(list_keys); i++) {
		if (strcmp(list_keys[i].key, key) != 0)
			continue;
		strings_add(list_of(row, i), value);
		return !list_keys[i].regex || good_regex(value);
	}
	for (size_t i = 0; i < COUNT(text_keys); i++) {
		if (strcmp(text_keys[i].key, key) != 0)
			continue;
		free(*text_of(row, i));
		*text_of(row, i) = string_copy(value, strlen(value));
		return true;
	}
	if (!isdigit((unsigned char)*value))
		return false;
	if (strcmp(key, "exit") == 0)
		row->exit_code = atoi(value);
	else if (strcmp(key, "max-ms") == 0)
		row->max_ms = atoi(value);
	else if (strcmp(key, "slow") == 0)
		row->slow = atoi(value);
	else
		return false;
	return true;
}

/* Macros may hold macros, and names may be put together of them: until nothing changes. */
static char *expand(const char *text, const struct macros *each, const struct macros *lets)
{
	const struct macros *const all[] = {each, lets};
	char *result = string_copy(text, strlen(text));

	for (int round = 0; round < EXPANSIONS; round++) {
		for (size_t k = 0; k < COUNT(all); k++) {
			for (size_t i = 0; i < all[k]->names.count; i++) {
				char *next = string_replace(
					result, all[k]->names.item[i], all[k]->values.item[i]);

				free(result);
				result = next;
			}
		}
	}
	return result;
}

static void name_row(struct row *row, const struct block *b, const struct macros *each, size_t run)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s", b->name);
	if (b->runs.count > 1)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "/%zu", run + 1);
	/* every other one is the same in capitals */
	for (size_t i = 0; i < each->values.count; i += 2)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), " [%s]",
			each->values.item[i]);
	row->name = string_copy(name, strlen(name));
}

static bool add_row(struct reader *r, const struct macros *each, size_t run)
{
	const struct block *b = &r->block;
	struct row *row;
	bool ok = true;

	r->rows->row = realloc(r->rows->row, (r->rows->count + 1) * sizeof(*row));
	if (r->rows->row == NULL)
		abort();
	row = &r->rows->row[r->rows->count++];
	*row = (struct row){.exit_code = -1, .max_ms = DEFAULT_MAX_MS, .line = b->line};
	row->file = string_copy(r->path, strlen(r->path));
	for (size_t i = 0; i < b->keys.count && ok; i++) {
		char *value = expand(b->values.item[i], each, &r->lets);

		ok = put(row, b->keys.item[i], value);
		if (!ok)
			fprintf(stderr, "%s:%d: bad %s: %s\n", r->path, b->line, b->keys.item[i],
				value);
		free(value);
	}
	row->run = expand(b->runs.item[run], each, &r->lets);
	name_row(row, b, each, run);
	return ok;
}

static void push(struct macros *m, const char *name, const char *mark, const char *value)
{
	char braced[80];

	snprintf(braced, sizeof(braced), "{%.60s%s}", name, mark);
	strings_add(&m->names, braced);
	strings_add(&m->values, value);
}

static void pop(struct macros *m)
{
	free(m->names.item[--m->names.count]);
	free(m->values.item[--m->values.count]);
}

/* {NAME} is the value, {NAME^} the same in capitals. */
static void push_each(struct macros *each, const char *name, const char *value)
{
	char *capitals = string_copy(value, strlen(value));

	for (char *p = capitals; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	push(each, name, "", value);
	push(each, name, "^", capitals);
	free(capitals);
}

/* Every combination of what the `each` lines say. */
static bool multiply(struct reader *r, size_t depth, struct macros *each)
{
	const struct block *b = &r->block;
	struct strings words;
	bool ok = true;

	if (depth == b->each.count) {
		for (size_t run = 0; run < b->runs.count && ok; run++)
			ok = add_row(r, each, run);
		return ok;
	}
	if (!words_of(&words, b->each.item[depth]) || words.count < 3 ||
		strcmp(words.item[1], "=") != 0) {
		fprintf(stderr, "%s:%d: each: NAME = VALUE...\n", r->path, b->line);
		return false;
	}
	for (size_t i = 2; i < words.count && ok; i++) {
		push_each(each, words.item[0], words.item[i]);
		ok = multiply(r, depth + 1, each);
		pop(each);
		pop(each);
	}
	return ok;
}

static bool finish(struct reader *r)
{
	struct macros each = {.names = {NULL, 0}};

	if (r->block.name == NULL)
		return true;
	if (r->block.runs.count == 0) {
		fprintf(stderr, "%s:%d: a row needs a run line\n", r->path, r->block.line);
		return false;
	}
	return multiply(r, 0, &each);
}

static void copy_strings(struct strings *to, const struct strings *from)
{
	*to = (struct strings){NULL, 0};
	for (size_t i = 0; i < from->count; i++)
		strings_add(to, from->item[i]);
}

static bool start_row(struct reader *r, const char *name, int line)
{
	if (!finish(r))
		return false;
	r->block = (struct block){.name = string_copy(name, strlen(name)), .line = line};
	copy_strings(&r->block.keys, &r->defaults.keys);
	copy_strings(&r->block.values, &r->defaults.values);
	return true;
}

static bool add_let(struct reader *r, char *text)
{
	char *equals = strstr(text, " =");

	if (equals == NULL)
		return false;
	*equals = '\0';
	push(&r->lets, text, "", equals + 2 + strspn(equals + 2, " \t"));
	return true;
}

static bool take_pair(struct reader *r, const char *key, char *value, int number)
{
	struct block *to = r->block.name != NULL ? &r->block : &r->defaults;

	if (strcmp(key, "row") == 0)
		return start_row(r, value, number);
	if (strcmp(key, "let") == 0)
		return add_let(r, value);
	if (strcmp(key, "each") == 0) {
		strings_add(&to->each, value);
	} else if (strcmp(key, "run") == 0) {
		strings_add(&to->runs, value);
	} else {
		strings_add(&to->keys, key);
		strings_add(&to->values, value);
	}
	return true;
}

static bool take_line(struct reader *r, char *line, int number)
{
	char *colon = strchr(line, ':');
	size_t n = strlen(line);

	while (n > 0 && isspace((unsigned char)line[n - 1]))
		line[--n] = '\0';
	if (n == 0 || line[0] == '#')
		return true;
	if (colon == NULL)
		return false;
	*colon = '\0';
	return take_pair(r, line, colon + 1 + strspn(colon + 1, " \t"), number);
}

bool rows_load(struct rows *rows, const char *path)
{
	struct reader r = {.rows = rows, .path = path};
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int number = 0;
	bool ok = true;

	if (f == NULL) {
		perror(path);
		return false;
	}
	while (ok && getline(&line, &size, f) > 0) {
		ok = take_line(&r, line, ++number);
		if (!ok)
			fprintf(stderr, "%s:%d: not understood: %s\n", path, number, line);
	}
	ok = ok && finish(&r);
	free(line);
	fclose(f);
	return ok;
}

bool row_mentions(const struct row *row, const char *text)
{
	if (strstr(row->run, text) != NULL || (row->hold != NULL && strstr(row->hold, text)))
		return true;
	for (size_t i = 0; i < COUNT(list_keys); i++) {
		const struct strings *list = list_of(row, i);

		for (size_t k = 0; k < list->count; k++) {
			if (strstr(list->item[k], text) != NULL)
				return true;
		}
	}
	return false;
}
