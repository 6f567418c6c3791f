/*
 * Runs case files. Check cannot run tests side by side, so a pool of workers
 * runs the cases first, and each verdict is then one test of Check's.
 */
#include "judge.h"

#include <check.h>
#include <getopt.h>
#include <regex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VERDICT_SIZE = 6000, JOBS = 12 };

struct verdict {
	bool done;
	int wrong;
	char text[VERDICT_SIZE];
};

struct pool {
	atomic_size_t next;
	struct verdict verdict[];
};

static struct suite suite;
static struct pool *pool;

static void show_blob(FILE *to, const char *title, const struct blob *b)
{
	size_t most = b->len < 1200 ? b->len : 1200;
	bool start = true;

	if (b->len == 0)
		return;
	for (size_t i = 0; i < most; i++) {
		unsigned char c = (unsigned char)b->data[i];

		if (start)
			fprintf(to, "  %s| ", title);
		start = c == '\n';
		if ((c < 0x20 && c != '\n') || c > 0x7e)
			fprintf(to, "\\x%02x", c);
		else
			fputc(c, to);
	}
	fputs(start ? "" : "\n", to);
	if (most < b->len)
		fprintf(to, "  %s| ... %zu octets in all\n", title, b->len);
}

static void run_one(size_t i, const struct settings *s)
{
	const struct test_case *t = &suite.cases[i];
	struct verdict *v = &pool->verdict[i];
	FILE *to = fmemopen(v->text, sizeof(v->text), "w");
	struct outcome o;

	if (to == NULL)
		return;
	fprintf(to, "%s (%s:%d)\n", t->name, t->file, t->line);
	outcome_run(&o, t, s);
	v->wrong = judge(to, t, &o, s);
	fprintf(to, "  $ %s\n  (%ld ms)\n", o.command != NULL ? o.command : t->run, o.ms);
	show_blob(to, "out", &o.out);
	show_blob(to, "err", &o.err);
	show_blob(to, "rec", &o.record);
	fclose(to);
	outcome_fini(&o);
	v->done = true;
}

static void work(const struct settings *s)
{
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	while ((i = atomic_fetch_add(&pool->next, 1)) < suite.count)
		run_one(i, s);
	_exit(0);
}

static bool run_all(const struct settings *s, int jobs)
{
	size_t size = sizeof(*pool) + suite.count * sizeof(pool->verdict[0]);

	pool = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pool == MAP_FAILED)
		return false;
	for (int i = 0; i < jobs; i++) {
		pid_t pid = fork();

		if (pid == 0)
			work(s);
		if (pid < 0)
			return false;
	}
	while (wait(NULL) > 0)
		continue;
	return true;
}

/* One test for each case; its name, file and line are those of the case. */
static void report_case(int i)
{
	const struct verdict *v = &pool->verdict[i];
	const struct test_case *t = &suite.cases[i];

	/* What ck_abort_msg() expands to, with the place of the case instead of ours. */
	if (!v->done)
		_ck_assert_failed(t->file, t->line, "Failed", "%s: the worker died", t->name);
	if (v->wrong > 0)
		_ck_assert_failed(t->file, t->line, "Failed", "%s", v->text);
	mark_point();
}

static int report(void)
{
	Suite *s = suite_create("cases");
	SRunner *runner = srunner_create(s);
	TCase *group = NULL;
	const char *file = "";
	int failed;

	for (size_t i = 0; i < suite.count; i++) {
		TTest *test = calloc(1, sizeof(*test));

		if (test == NULL)
			abort();
		*test = (TTest){
			suite.cases[i].name, report_case, suite.cases[i].file, suite.cases[i].line};
		if (group == NULL || strcmp(file, suite.cases[i].file) != 0) {
			file = suite.cases[i].file;
			group = tcase_create(file);
			suite_add_tcase(s, group);
		}
		tcase_add_loop_test(group, test, (int)i, (int)i + 1);
	}
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}

static bool keep(const char *pattern)
{
	regex_t regex;
	size_t kept = 0;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	for (size_t i = 0; i < suite.count; i++) {
		if (regexec(&regex, suite.cases[i].name, 0, NULL, 0) == 0)
			suite.cases[kept++] = suite.cases[i];
	}
	suite.count = kept;
	regfree(&regex);
	return true;
}

/* The names decide what the program does, so each is a link to it. */
static void make_links(const char *build, char *folder, size_t size)
{
	static const char *const names[] = {
		"check_pop", "check_spop", "check_pop3", "check_pop3s", "check_spop3"};
	char target[5100];
	char link[5100];

	snprintf(folder, size, "%s/tests/bin", build);
	snprintf(target, sizeof(target), "%s/check_pop3", build);
	mkdir(folder, 0755);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(link, sizeof(link), "%.4900s/%s", folder, names[i]);
		if (symlink(target, link) != 0)
			continue; /* there already */
	}
}

static int list(void)
{
	for (size_t i = 0; i < suite.count; i++)
		printf("%s:%d: %s: %s\n", suite.cases[i].file, suite.cases[i].line,
			suite.cases[i].name, suite.cases[i].run);
	return 0;
}

static const char usage[] =
	"usage: run-cases [--build DIR] [--certs DIR] [--programs DIR] [--jobs N]\n"
	"                 [--filter REGEX] [--list] [--no-memory-limit] FILE.case...\n";

struct options {
	struct settings settings;
	const char *filter;
	int jobs;
	bool only_list;
};

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"build", required_argument, NULL, 'b'},
		{"certs", required_argument, NULL, 'c'},
		{"programs", required_argument, NULL, 'p'},
		{"jobs", required_argument, NULL, 'j'},
		{"filter", required_argument, NULL, 'f'},
		{"list", no_argument, NULL, 'l'},
		{"no-memory-limit", no_argument, NULL, 'm'},
		{NULL, 0, NULL, 0},
	};
	bool ok = true;
	int c;

	while (ok && (c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'b')
			o->settings.build = optarg;
		else if (c == 'c')
			o->settings.certs = optarg;
		else if (c == 'p')
			o->settings.programs = optarg;
		else if (c == 'j')
			o->jobs = atoi(optarg);
		else if (c == 'f')
			o->filter = optarg;
		else if (c == 'l')
			o->only_list = true;
		else if (c == 'm')
			o->settings.memory_limit = false;
		else
			ok = false;
	}
	for (int i = optind; i < argc && ok; i++)
		ok = case_load(&suite, argv[i]);
	return ok && keep(o->filter) && suite.count > 0;
}

/* Folders in full, since each command runs in a folder of its own. */
static bool settle(struct settings *s)
{
	static char certs[5000];
	static char programs[5000];

	s->build = realpath(s->build, NULL);
	if (s->build == NULL)
		return false;
	if (s->certs == NULL)
		snprintf(certs, sizeof(certs), "%.4096s/certs", s->build);
	else if (realpath(s->certs, certs) == NULL)
		return false;
	s->certs = certs;
	make_links(s->build, programs, sizeof(programs));
	if (s->programs == NULL)
		s->programs = programs;
	return true;
}

int main(int argc, char **argv)
{
	struct options o = {
		.settings = {.build = "build", .memory_limit = true}, .filter = "", .jobs = JOBS};

	if (!parse(argc, argv, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	if (o.only_list)
		return list();
	if (!settle(&o.settings)) {
		perror("run-cases");
		return 2;
	}
	return run_all(&o.settings, o.jobs) ? report() : 2;
}
