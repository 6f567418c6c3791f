/* The reader of case files. The language is described in tests/popd/README.md. */
#include "case.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One case as read, before `each` and `run` multiply it. */
struct block {
	struct strings keys;
	struct strings values;
	struct strings each;
	struct strings runs;
	char *name;
	int line;
};

static void put_text(char **field, const char *text)
{
	free(*field);
	*field = string_copy(text, strlen(text));
}

static const struct {
	const char *key;
	size_t offset;
	bool regex;
} list_keys[] = {
	{"popd", offsetof(struct test_case, popd), false},
	{"env", offsetof(struct test_case, env), false},
	{"file", offsetof(struct test_case, files), false},
	{"secret", offsetof(struct test_case, secrets), false},
	{"out", offsetof(struct test_case, out), true},
	{"out-not", offsetof(struct test_case, out_not), true},
	{"full", offsetof(struct test_case, full), true},
	{"full-not", offsetof(struct test_case, full_not), true},
	{"stderr", offsetof(struct test_case, err), true},
	{"received", offsetof(struct test_case, received), true},
	{"received-not", offsetof(struct test_case, received_not), true},
};

static const struct {
	const char *key;
	size_t offset;
} text_keys[] = {
	{"scenario-lines", offsetof(struct test_case, scenario)},
	{"scenario", offsetof(struct test_case, scenario_file)},
	{"stdin", offsetof(struct test_case, input)},
	{"stdin-file", offsetof(struct test_case, input_file)},
	{"format", offsetof(struct test_case, format)},
	{"reason", offsetof(struct test_case, reason)},
	{"state", offsetof(struct test_case, state)},
};

static bool good_regex(const char *text)
{
	regex_t regex;

	if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
		return false;
	regfree(&regex);
	return true;
}

static bool put(struct test_case *t, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(list_keys) / sizeof(list_keys[0]); i++) {
		if (strcmp(list_keys[i].key, key) == 0) {
			char *text = list_keys[i].regex ? string_replace(value, "\\n", "\n")
							: string_copy(value, strlen(value));

			strings_add(
				(struct strings *)(void *)((char *)t + list_keys[i].offset), text);
			free(text);
			return !list_keys[i].regex || good_regex(value);
		}
	}
	for (size_t i = 0; i < sizeof(text_keys) / sizeof(text_keys[0]); i++) {
		if (strcmp(text_keys[i].key, key) == 0) {
			put_text((char **)(void *)((char *)t + text_keys[i].offset), value);
			return true;
		}
	}
	if (strcmp(key, "exit") == 0 && isdigit((unsigned char)*value))
		t->exit_code = atoi(value);
	else if (strcmp(key, "max-ms") == 0 && isdigit((unsigned char)*value))
		t->max_ms = atoi(value);
	else
		return false;
	return true;
}

static char *expand(const char *text, const struct strings *names, const struct strings *values)
{
	char *result = string_copy(text, strlen(text));

	for (size_t i = 0; i < names->count; i++) {
		char *next = string_replace(result, names->item[i], values->item[i]);

		free(result);
		result = next;
	}
	return result;
}

static bool add_case(struct suite *suite, const struct block *b, const char *path,
	const struct strings *names, const struct strings *values, size_t run)
{
	struct test_case *t;
	char name[400];
	bool ok = true;

	suite->cases = realloc(suite->cases, (suite->count + 1) * sizeof(*suite->cases));
	t = &suite->cases[suite->count++];
	*t = (struct test_case){.exit_code = -1, .line = b->line};
	put_text(&t->file, path);
	for (size_t i = 0; i < b->keys.count && ok; i++) {
		char *value = expand(b->values.item[i], names, values);

		ok = put(t, b->keys.item[i], value);
		if (!ok)
			fprintf(stderr, "%s:%d: bad %s: %s\n", path, b->line, b->keys.item[i],
				value);
		free(value);
	}
	t->run = expand(b->runs.item[run], names, values);
	snprintf(name, sizeof(name), "%s", b->name);
	if (b->runs.count > 1)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "/%zu", run + 1);
	for (size_t i = 0; i < values->count; i++)
		snprintf(name + strlen(name), sizeof(name) - strlen(name), "[%s]", values->item[i]);
	put_text(&t->name, name);
	return ok;
}

/* Every combination of what the `each` lines say. */
static bool multiply(struct suite *suite, const struct block *b, const char *path, size_t depth,
	struct strings *names, struct strings *values)
{
	struct strings words;
	char name[80];
	bool ok = true;

	if (depth == b->each.count) {
		for (size_t run = 0; run < b->runs.count && ok; run++)
			ok = add_case(suite, b, path, names, values, run);
		return ok;
	}
	if (!words_of(&words, b->each.item[depth]) || words.count < 3 ||
		strcmp(words.item[1], "=") != 0) {
		fprintf(stderr, "%s:%d: each: NAME = VALUE...\n", path, b->line);
		return false;
	}
	snprintf(name, sizeof(name), "{%s}", words.item[0]);
	strings_add(names, name);
	for (size_t i = 2; i < words.count && ok; i++) {
		strings_add(values, words.item[i]);
		ok = multiply(suite, b, path, depth + 1, names, values);
		values->count--;
	}
	names->count--;
	return ok;
}

static bool finish(struct suite *suite, const struct block *b, const char *path)
{
	struct strings names = {NULL, 0};
	struct strings values = {NULL, 0};

	if (b->name == NULL)
		return true;
	if (b->runs.count == 0) {
		fprintf(stderr, "%s:%d: a case needs a run line\n", path, b->line);
		return false;
	}
	return multiply(suite, b, path, 0, &names, &values);
}

static void copy_strings(struct strings *to, const struct strings *from)
{
	*to = (struct strings){NULL, 0};
	for (size_t i = 0; i < from->count; i++)
		strings_add(to, from->item[i]);
}

/* Lines that begin with a blank continue the value above: scenario lines, one each. */
static bool continue_value(struct block *b, const char *text)
{
	char **last;
	char *joined;

	if (b->keys.count == 0)
		return false;
	if (strcmp(b->keys.item[b->keys.count - 1], "scenario") == 0)
		put_text(&b->keys.item[b->keys.count - 1], "scenario-lines");
	if (strcmp(b->keys.item[b->keys.count - 1], "scenario-lines") != 0)
		return false;
	last = &b->values.item[b->values.count - 1];
	joined = calloc(1, strlen(*last) + strlen(text) + 2);
	if (joined == NULL)
		abort();
	sprintf(joined, "%s%s\n", *last, text);
	free(*last);
	*last = joined;
	return true;
}

static bool start_case(struct suite *suite, struct block *b, const struct block *defaults,
	const char *path, const char *name, int line)
{
	if (!finish(suite, b, path))
		return false;
	copy_strings(&b->keys, &defaults->keys);
	copy_strings(&b->values, &defaults->values);
	b->each = (struct strings){NULL, 0};
	b->runs = (struct strings){NULL, 0};
	b->name = string_copy(name, strlen(name));
	b->line = line;
	return true;
}

static bool take_line(struct suite *suite, struct block *b, struct block *defaults,
	const char *path, char *line, int number)
{
	struct block *to = b->name != NULL ? b : defaults;
	char *colon;
	char *value;
	size_t n = strlen(line);

	while (n > 0 && isspace((unsigned char)line[n - 1]))
		line[--n] = '\0';
	if (n == 0 || line[0] == '#')
		return true;
	if (isspace((unsigned char)line[0]))
		return continue_value(to, line + strspn(line, " \t"));
	colon = strchr(line, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	if (strcmp(line, "case") == 0)
		return start_case(suite, b, defaults, path, value, number);
	if (strcmp(line, "each") == 0) {
		strings_add(&to->each, value);
	} else if (strcmp(line, "run") == 0) {
		strings_add(&to->runs, value);
	} else {
		strings_add(&to->keys, line);
		strings_add(&to->values, value);
	}
	return true;
}

bool case_load(struct suite *suite, const char *path)
{
	struct block b = {.line = 0};
	struct block defaults = {.line = 0};
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
		ok = take_line(suite, &b, &defaults, path, line, ++number);
		if (!ok)
			fprintf(stderr, "%s:%d: not understood: %s\n", path, number, line);
	}
	ok = ok && finish(suite, &b, path);
	free(line);
	fclose(f);
	return ok;
}
