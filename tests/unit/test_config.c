/* lib/config: the fixture, and its suite. */
#include "test_config.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *suite_config(void);

char config_folder[64];
char config_error[CONFIG_ERROR_MAX], config_notes[4096];
struct config_secrets *config_store;

void config_folder_make(void)
{
	snprintf(config_folder, sizeof(config_folder), "/tmp/pop3probe-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(config_folder));
	config_store = config_secrets_new(NULL);
	config_error[0] = config_notes[0] = '\0';
}

void config_folder_remove(void)
{
	char pattern[80];
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/*", config_folder);
	if (glob(pattern, 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			if (unlink(g.gl_pathv[i]) != 0)
				rmdir(g.gl_pathv[i]);
		globfree(&g);
	}
	rmdir(config_folder);
	config_secrets_free(config_store);
	config_store = NULL;
}

const char *config_write(const char *name, mode_t mode, const char *content)
{
	static char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", config_folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(content, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

static void note(void *arg, const char *line)
{
	size_t n = strlen(config_notes);

	(void)arg;
	snprintf(config_notes + n, sizeof(config_notes) - n, "%s\n", line);
}

struct config *config_try_pattern(const char *pattern)
{
	struct config_source s = {
		.pattern = pattern, .secrets = config_store, .tls = tls_ops_get(), .note = note};

	config_error[0] = '\0';
	return config_load(&s, config_error);
}

struct config *config_try(const char *content)
{
	return config_try_pattern(config_write("m.yml", 0600, content));
}

Suite *suite_config(void)
{
	Suite *s = suite_create("config");

	test_config_add_good(s);
	test_config_add_bad(s);
	test_config_add_targets(s);
	test_config_add_secrets(s);
	return s;
}
