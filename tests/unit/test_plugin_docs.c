/* The table of options against -h, the manual page and the completions; and --report's files. */
#include "test_plugin.h"

#include "../../plugins/help.h"
#include "../../plugins/options.h"
#include "../../plugins/read_file.h"
#include "../../plugins/report.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file of the source tree, two folders above this one. */
static void source_file(const char *name, struct read_file *f)
{
	char path[1024];
	const char *slash = strrchr(__FILE__, '/');

	snprintf(path, sizeof(path), "%.*s/../../plugins/%s", slash ? (int)(slash - __FILE__) : 1,
		slash ? __FILE__ : ".", name);
	ck_assert_msg(read_file(f, path, 1024 * 1024), "%s", path);
}

/* "\-" is a hyphen in a manual page. */
static void plain_hyphens(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (text[0] != '\\' || text[1] != '-')
			*to++ = *text;
	*to = '\0';
}

static bool holds(const char *text, const char *before, const char *name)
{
	size_t n = strlen(before) + strlen(name);
	char wanted[128];

	snprintf(wanted, sizeof(wanted), "%s%s", before, name);
	for (const char *at = strstr(text, wanted); at; at = strstr(at + 1, wanted))
		if (!strchr("-abcdefghijklmnopqrstuvwxyz0123456789", at[n]) || !at[n])
			return true;
	return false;
}

static const struct {
	const char *file, *before;
} documents[] = {
	{"check_pop3.8", "Fl Fl "},
	{"completion/check_pop3.bash", "--"},
	{"completion/_check_pop3", "--"},
};

START_TEST(documents_know_every_option)
{
	struct read_file f;
	char *text;

	source_file(documents[_i].file, &f);
	text = buf_dup(&f.content);
	ck_assert_ptr_nonnull(text);
	plain_hyphens(text);
	for (int i = 0; i < OPTION_COUNT; i++)
		ck_assert_msg(
			holds(text, documents[_i].before, option_info((enum option_id)i)->name),
			"%s lacks --%s", documents[_i].file, option_info((enum option_id)i)->name);
	free(text);
	buf_fini(&f.content);
}
END_TEST

/* The other way round: what the manual page heads with an option is one. */
START_TEST(manual_knows_no_other)
{
	struct read_file f;
	size_t items = 0;
	char *text;

	source_file("check_pop3.8", &f);
	text = buf_dup(&f.content);
	plain_hyphens(text);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *name = strncmp(line, ".It Fl ", 7) == 0 ? strstr(line, "Fl Fl ") : NULL;
		enum option_id id;

		if (!name)
			continue;
		name += 6;
		ck_assert_int_eq(option_by_name(name, strcspn(name, " "), &id), OPTION_MATCH_ONE);
		ck_assert_uint_eq(strlen(option_info(id)->name), strcspn(name, " "));
		items++;
	}
	ck_assert_uint_eq(items, OPTION_COUNT);
	free(text);
	buf_fini(&f.content);
}
END_TEST

START_TEST(help_fits)
{
	struct buf out;
	char *rest, *line;
	size_t lines = 0;

	buf_init(&out, 65536);
	help_full(&out, "check_pop3");
	rest = buf_dup(&out);
	for (line = strtok(rest, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_msg(strlen(line) <= 80, "%s", line);
	free(rest);
	for (int i = 0; i < OPTION_COUNT; i++)
		ck_assert(holds(buf_str(&out), "--", option_info((enum option_id)i)->name));
	buf_clear(&out);
	help_usage(&out, "check_pop3");
	for (const char *p = buf_str(&out); *p; p++)
		lines += *p == '\n';
	ck_assert_uint_le(lines, 23);
	buf_fini(&out);
}
END_TEST

/* A letter and a name stand for one option. */
START_TEST(options_are_distinct)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_info *o = option_info((enum option_id)i);
		enum option_id id;

		ck_assert_int_eq(option_by_name(o->name, strlen(o->name), &id), OPTION_MATCH_ONE);
		ck_assert_int_eq(id, i);
		if (o->letter)
			ck_assert_int_eq(option_by_letter(o->letter), i);
	}
}
END_TEST

START_TEST(report_replaces_a_link)
{
	char folder[] = "/tmp/test-plugin-XXXXXX", path[64], target[64];
	struct read_file f;
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/report", folder);
	snprintf(target, sizeof(target), "%s/target", folder);
	ck_assert(report_file_write(target, SLICE_LIT("old")));
	ck_assert_int_eq(symlink(target, path), 0);
	ck_assert(report_file_write(path, SLICE_LIT("new")));
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert(read_file(&f, target, 16));
	ck_assert(slice_eq(buf_slice(&f.content), SLICE_LIT("old")));
	buf_fini(&f.content);
	unlink(path);
	unlink(target);
	/* Nothing else was left behind. */
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert(!report_file_write(path, SLICE_LIT("x")));
}
END_TEST

TCase *tcase_plugin_docs(void)
{
	TCase *t = tcase_create("documents");

	tcase_add_loop_test(
		t, documents_know_every_option, 0, (int)(sizeof(documents) / sizeof(documents[0])));
	tcase_add_test(t, manual_knows_no_other);
	tcase_add_test(t, help_fits);
	tcase_add_test(t, options_are_distinct);
	tcase_add_test(t, report_replaces_a_link);
	return t;
}
