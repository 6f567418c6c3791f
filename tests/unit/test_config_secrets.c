/* Passwords from files, variables and text. */
#include "test_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char from_file[] = "auths:\n  a: {username: u, password_file: pw, targets: any}\n";

static void reads(const struct config_auth *a, const char *wanted)
{
	char err[CONFIG_ERROR_MAX] = "";
	struct secret *s = config_auth_secret(config_store, a, err, sizeof(err));

	ck_assert_msg(s != NULL, "%s", err);
	ck_assert(slice_eq(secret_slice(s), slice_str(wanted)));
	secret_free(s);
}

static void fails(const struct config_auth *a, const char *words)
{
	char err[CONFIG_ERROR_MAX] = "", wanted[CONFIG_ERROR_MAX];

	snprintf(wanted, sizeof(wanted), "password file %s/pw: %s", config_folder, words);
	ck_assert_ptr_null(config_auth_secret(config_store, a, err, sizeof(err)));
	ck_assert_str_eq(err, wanted);
}

START_TEST(files_are_read_anew)
{
	const char *path;
	struct config *c;
	const struct config_auth *a;

	config_write("pw", 0640, "first\r\nsecond line\n");
	c = config_try(from_file);
	ck_assert_msg(c != NULL, "%s", config_error);
	ck_assert_str_eq(config_notes, "");
	a = config_auth(c, "a");
	reads(a, "first");
	config_write("pw", 0640, "again");
	reads(a, "again");
	path = config_write("pw", 0640, "\nsecond");
	fails(a, "its first line is empty");
	config_write("pw", 0602, "x");
	fails(a, "is world-writable");
	unlink(path);
	fails(a, "No such file or directory");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fails(a, "is no regular file");
	config_unref(c);
}
END_TEST

START_TEST(large_files_are_refused)
{
	char *text = malloc(CONFIG_SECRET_OCTETS_MAX + 2);
	struct config *c;

	config_write("pw", 0600, "x");
	c = config_try(from_file);
	memset(text, 'x', CONFIG_SECRET_OCTETS_MAX + 1);
	text[CONFIG_SECRET_OCTETS_MAX + 1] = '\0';
	config_write("pw", 0600, text);
	fails(config_auth(c, "a"), "is too large");
	free(text);
	config_unref(c);
}
END_TEST

START_TEST(world_readable_warns_once)
{
	char wanted[256];

	config_write("pw", 0644, "x\n");
	for (int i = 0; i < 2; i++)
		config_unref(config_try(from_file));
	snprintf(wanted, sizeof(wanted), "password file %s/pw is world-readable\n", config_folder);
	ck_assert_str_eq(config_notes, wanted);
}
END_TEST

START_TEST(a_module_file_with_a_password_is_a_secret)
{
	static const char text[] = "auths:\n  a: {username: u, password: p, targets: any}\n";
	char wanted[256];
	const char *path;

	for (int i = 0; i < 2; i++)
		config_unref(config_try_pattern(config_write("m.yml", 0644, text)));
	snprintf(wanted, sizeof(wanted), "%s/m.yml has a password in it and is world-readable\n",
		config_folder);
	ck_assert_str_eq(config_notes, wanted);
	path = config_write("m.yml", 0666, text);
	snprintf(wanted, sizeof(wanted),
		"%s:2:30: auth a: a password in a file that is world-writable", path);
	ck_assert_ptr_null(config_try_pattern(path));
	ck_assert_str_eq(config_error, wanted);
}
END_TEST

START_TEST(variables_leave_the_environment)
{
	static const char text[] =
		"auths:\n  a: {username: u, password_env: TEST_CONFIG_ENV, targets: any}\n";
	struct config *c;

	setenv("TEST_CONFIG_ENV", "mysecret", 1);
	c = config_try(text);
	ck_assert_msg(c != NULL, "%s", config_error);
	ck_assert_str_eq(getenv("TEST_CONFIG_ENV"), "");
	reads(config_auth(c, "a"), "mysecret");
	config_unref(c);
	c = config_try(text); /* a reload */
	ck_assert_msg(c != NULL, "%s", config_error);
	reads(config_auth(c, "a"), "mysecret");
	config_unref(c);
}
END_TEST

START_TEST(relative_names_are_credentials)
{
	struct config *c;

	config_secrets_free(config_store);
	config_store = config_secrets_new("/proc/self/fd/none");
	config_write("pw", 0600, "x");
	ck_assert_ptr_null(config_try(from_file));
	ck_assert_ptr_nonnull(strstr(config_error, "password file /proc/self/fd/none/pw: No such"));
	config_secrets_free(config_store);
	config_store = config_secrets_new(config_folder);
	c = config_try(from_file);
	reads(config_auth(c, "a"), "x");
	config_unref(c);
}
END_TEST

START_TEST(external_takes_none)
{
	struct config *c = config_try("auths:\n  a: {mechanism: external, targets: any}\n");
	char err[64];

	ck_assert_msg(c != NULL, "%s", config_error);
	ck_assert_int_eq(config_auth(c, "a")->password, CONFIG_PASSWORD_NONE);
	ck_assert_ptr_null(config_auth_secret(config_store, config_auth(c, "a"), err, sizeof(err)));
	config_unref(c);
}
END_TEST

void test_config_add_secrets(Suite *s)
{
	TCase *t = tcase_create("secrets");

	tcase_add_checked_fixture(t, config_folder_make, config_folder_remove);
	tcase_add_test(t, files_are_read_anew);
	tcase_add_test(t, large_files_are_refused);
	tcase_add_test(t, world_readable_warns_once);
	tcase_add_test(t, a_module_file_with_a_password_is_a_secret);
	tcase_add_test(t, variables_leave_the_environment);
	tcase_add_test(t, relative_names_are_credentials);
	tcase_add_test(t, external_takes_none);
	suite_add_tcase(s, t);
}
