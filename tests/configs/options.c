/*
 * Holds the check command "pop3" of Icinga's file against options.def: each option of check_pop3 is
 * an argument there, each argument an option, a flag by set_if and a value by value.
 *
 *	config-options FILE
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 128, KEY_SIZE = 32 };

struct argument {
	char key[KEY_SIZE]; /* with its dashes */
	bool flag;	    /* set_if */
	bool value;
};

static struct argument arguments[ARGUMENTS_MAX];
static size_t argument_count;

static const struct option_row {
	char letter;
	const char *name;
	const char *argument;
} options[] = {
#define OPTION(id, letter, name, argument, compat, group, since, help) {letter, name, argument},
#include "options.def"
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

/* What a check command has no use for: they print and end, or are read and ignored. */
static const char *const left_out[] = {
	"help", "version", "protocol", "warning-codes", "critical-codes"};

static bool is_left_out(const struct option_row *o)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		if (strcmp(left_out[i], o->name) == 0)
			return true;
	}
	return false;
}

/* "-H" and "--hostname" are both that option; "-vv" is -v twice. */
static bool is_option(const char *key, const struct option_row *o)
{
	if (key[1] == '-')
		return strcmp(key + 2, o->name) == 0;
	return key[1] != '\0' && strspn(key + 1, (char[]){o->letter, '\0'}) == strlen(key + 1);
}

static void read_arguments(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[1024];
	struct argument *a = NULL;

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *text = line + strspn(line, "\t ");
		size_t n = strcspn(text + 1, "\"");

		if (text[0] == '"' && text[1] == '-' && n < KEY_SIZE &&
			argument_count < ARGUMENTS_MAX) {
			a = &arguments[argument_count++];
			memcpy(a->key, text + 1, n);
		} else if (a != NULL) {
			a->flag = a->flag || strncmp(text, "set_if ", 7) == 0;
			a->value = a->value || strncmp(text, "value ", 6) == 0;
		}
	}
	fclose(f);
}

START_TEST(option_is_an_argument)
{
	const struct option_row *o = &options[_i];
	size_t found = 0;

	for (size_t i = 0; i < argument_count; i++) {
		const struct argument *a = &arguments[i];

		if (!is_option(a->key, o))
			continue;
		found++;
		ck_assert_msg(a->flag == (o->argument == NULL) && a->value != a->flag,
			"%s: --%s %s an argument", a->key, o->name,
			o->argument == NULL ? "takes no" : "takes");
	}
	ck_assert_msg((found > 0) != is_left_out(o), "--%s: %zu arguments", o->name, found);
}
END_TEST

START_TEST(argument_is_an_option)
{
	const char *key = arguments[_i].key;
	size_t found = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		found += is_option(key, &options[i]) ? 1 : 0;
	ck_assert_msg(found == 1, "%s: %zu options", key, found);
	for (size_t i = 0; i < argument_count; i++)
		ck_assert_msg((int)i == _i || strcmp(arguments[i].key, key) != 0, "%s: twice", key);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("config options");
	TCase *group = tcase_create("icinga");
	SRunner *runner;
	int failed;

	if (argc != 2) {
		fputs("usage: config-options FILE\n", stderr);
		return 2;
	}
	read_arguments(argv[1]);
	tcase_add_loop_test(group, option_is_an_argument, 0, OPTION_COUNT);
	tcase_add_loop_test(group, argument_is_an_option, 0, (int)argument_count);
	suite_add_tcase(s, group);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 && argument_count > 0 ? 0 : 1;
}
