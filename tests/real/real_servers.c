/*
 * real-servers: check_pop3 against Dovecot and Courier.
 *
 *	real-servers [--tests DIR] [--filter REGEX] [--jobs N] [--list] [--keep] [--spoil] [FILE...]
 *
 * Starts both, runs the rows of the files several at a time (most of them only wait), stops both,
 * and then reports each row as one test of Check's. README.md says more.
 */
#include "command.h"
#include "servers.h"
#include "vars.h"
#include "verdict.h"

#include <check.h>
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <libgen.h>
#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 32, PATH_SIZE = 4096, OUTPUT_SHOWN = 3000 };

struct options {
	const char *tests;
	const char *filter;
	int jobs;
	bool only_list;
	bool keep;
	bool spoil;
};

enum state { WAITING, RUNNING, DONE };

struct job {
	enum state state;
	int wrong;
	char *text;
};

static struct rows rows;
static struct job *jobs;
static char build[PATH_SIZE];
static char space[PATH_SIZE + 64]; /* of this run */

enum { SERVERS_PATH_MAX = 70 - (int)sizeof("/run.XXXXXX/dovecot") };
static char programs[PATH_SIZE + 80]; /* its copy of what is tested */
static bool stopped_well;
static pthread_mutex_t queue = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t row_ended = PTHREAD_COND_INITIALIZER;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "real-servers: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* --- the place ------------------------------------------------------------------------------- */

/* The program's status, or -1. */
static int call(char *const argv[])
{
	int status = -1;
	const pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void find_build(void)
{
	const ssize_t got = readlink("/proc/self/exe", build, sizeof(build) - 1);
	char *folder;

	if (got < 0)
		die("/proc/self/exe");
	build[got] = '\0';
	folder = dirname(dirname(build));
	memmove(build, folder, strlen(folder) + 1);
}

/* Dovecot's processes, which are not root, must get through it, and the names of their sockets
 * below it are short (108 octets). */
static bool suits_servers(const char *folder)
{
	char path[PATH_SIZE];
	struct stat st;

	if (strlen(folder) > SERVERS_PATH_MAX)
		return false;
	snprintf(path, sizeof(path), "%s", folder);
	while (strcmp(path, "/") != 0) {
		if (stat(path, &st) != 0 || (st.st_mode & S_IXOTH) == 0)
			return false;
		dirname(path);
	}
	return true;
}

/* Below the build folder, or in /tmp when that lies in somebody's closed home. */
static void make_space(void)
{
	snprintf(space, sizeof(space), "%s/real", build);
	if (mkdir(space, 0755) != 0 && errno != EEXIST)
		die(space);
	if (suits_servers(space))
		snprintf(space, sizeof(space), "%s/real/run.XXXXXX", build);
	else
		snprintf(space, sizeof(space), "/tmp/pop3probe.XXXXXX");
	if (mkdtemp(space) == NULL || chmod(space, 0755) != 0)
		die(space);
}

/* A copy, since make may replace the original meanwhile; the names decide what it does. */
static void copy_programs(void)
{
	static const char *const names[] = {
		"check_pop", "check_spop", "check_pop3s", "check_spop3"};
	char path[PATH_SIZE + 200];
	char plugin[PATH_SIZE + 64];
	char module[PATH_SIZE + 64];
	char *argv[] = {"cp", plugin, module, programs, NULL};

	snprintf(programs, sizeof(programs), "%s/bin", space);
	snprintf(plugin, sizeof(plugin), "%s/check_pop3", build);
	snprintf(module, sizeof(module), "%s/pop3probe_tls.so", build);
	if (mkdir(programs, 0755) != 0 || call(argv) != 0)
		die("there is no check_pop3 and pop3probe_tls.so to test");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", programs, names[i]);
		if (symlink("check_pop3", path) != 0)
			die(path);
	}
}

static void remove_space(void)
{
	char *argv[] = {"rm", "-rf", space, NULL};

	call(argv);
}

/* --- signals --------------------------------------------------------------------------------- */

static sigset_t ending;

/* The rows' processes die with ours. */
static void *await_signal(void *arg)
{
	int number = SIGTERM;

	sigwait(&ending, &number);
	fprintf(stderr, "real-servers: %s: stopping the servers\n", strsignal(number));
	servers_stop();
	signal(number, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &ending, NULL);
	raise(number);
	return arg;
}

static void block_signals(void)
{
	sigemptyset(&ending);
	sigaddset(&ending, SIGINT);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ending, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void watch_signals(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, await_signal, NULL) != 0)
		die("pthread_create");
	pthread_detach(thread);
}

/* --- the pool -------------------------------------------------------------------------------- */

static void show(FILE *to, const char *title, const struct blob *b)
{
	const size_t most = b->len < OUTPUT_SHOWN ? b->len : OUTPUT_SHOWN;
	bool start = true;

	for (size_t i = 0; i < most; i++) {
		if (start)
			fprintf(to, "  %s| ", title);
		start = b->data[i] == '\n';
		fputc(b->data[i], to);
	}
	fputs(start ? "" : "\n", to);
	if (most < b->len)
		fprintf(to, "  %s| ... %zu octets in all\n", title, b->len);
}

static void run_row(const struct row *row, struct job *job)
{
	struct result result;
	size_t length = 0;
	FILE *to = open_memstream(&job->text, &length);

	if (to == NULL)
		abort();
	fprintf(to, "%s\n", row->name);
	command_run(&result, row, programs, space);
	job->wrong = verdict(to, row, &result);
	fprintf(to, "  $ %s\n  (%ld ms)\n", result.command != NULL ? result.command : row->run,
		result.ms);
	show(to, "out", &result.out);
	show(to, "err", &result.err);
	fclose(to);
	result_fini(&result);
}

/* Whether a row that runs now holds the lock of this one. */
static bool is_locked(const struct row *row)
{
	for (size_t i = 0; row->lock != NULL && i < rows.count; i++) {
		if (jobs[i].state == RUNNING && rows.row[i].lock != NULL &&
			strcmp(rows.row[i].lock, row->lock) == 0)
			return true;
	}
	return false;
}

/* The slowest row that may run now, or the count of rows; whether any waits at all. */
static size_t choose_row(bool *any)
{
	size_t best = rows.count;

	*any = false;
	for (size_t i = 0; i < rows.count; i++) {
		if (jobs[i].state != WAITING)
			continue;
		*any = true;
		if (!is_locked(&rows.row[i]) &&
			(best == rows.count || rows.row[i].slow > rows.row[best].slow))
			best = i;
	}
	return best;
}

/* The next row to run; the count of rows when all have been taken. */
static size_t take_row(void)
{
	bool any;
	size_t i;

	while ((i = choose_row(&any)) == rows.count && any)
		pthread_cond_wait(&row_ended, &queue);
	if (i < rows.count)
		jobs[i].state = RUNNING;
	return i;
}

static void *work(void *arg)
{
	size_t i;

	pthread_mutex_lock(&queue);
	while ((i = take_row()) < rows.count) {
		pthread_mutex_unlock(&queue);
		run_row(&rows.row[i], &jobs[i]);
		pthread_mutex_lock(&queue);
		jobs[i].state = DONE;
		pthread_cond_broadcast(&row_ended);
	}
	pthread_mutex_unlock(&queue);
	return arg;
}

static void run_all(int count)
{
	pthread_t *threads = calloc((size_t)count, sizeof(*threads));

	jobs = calloc(rows.count + 1, sizeof(*jobs));
	if (threads == NULL || jobs == NULL)
		abort();
	for (int i = 0; i < count; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			die("pthread_create");
	}
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

/* --- which rows ------------------------------------------------------------------------------ */

static void keep_rows(bool (*wanted)(const struct row *row, const void *arg), const void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows.count; i++) {
		if (wanted(&rows.row[i], arg))
			rows.row[kept++] = rows.row[i];
	}
	rows.count = kept;
}

static bool has_name(const struct row *row, const void *arg)
{
	return regexec(arg, row->name, 0, NULL, 0) == 0;
}

static bool needs_not(const struct row *row, const void *arg)
{
	return !row_mentions(row, arg);
}

/* What a server that is not there, or a loopback without IPv6, cannot show. */
static void drop_rows(const char *variable, const char *why)
{
	const size_t before = rows.count;

	keep_rows(needs_not, variable);
	fprintf(stderr, "real-servers: NOT RUN: %zu rows, for %s\n", before - rows.count, why);
}

static void drop_impossible(void)
{
	char braced[80];

	for (int i = 0; i < SERVERS; i++) {
		snprintf(braced, sizeof(braced), "{%s_", servers[i].variable);
		if (servers[i].status != 0)
			drop_rows(braced, servers[i].name);
		snprintf(braced, sizeof(braced), "%s_HOST6", servers[i].variable);
		if (servers[i].status == 0 && *var_get(braced) == '\0') {
			snprintf(braced, sizeof(braced), "{%s_HOST6}", servers[i].variable);
			drop_rows(braced, "want of IPv6 on loopback");
		}
	}
}

static bool load(char **files, const char *tests)
{
	char pattern[PATH_SIZE];
	glob_t found;
	bool ok = true;

	if (*files != NULL) {
		for (; *files != NULL && ok; files++)
			ok = rows_load(&rows, *files);
		return ok;
	}
	snprintf(pattern, sizeof(pattern), "%s/real/*.rows", tests);
	ok = glob(pattern, 0, NULL, &found) == 0;
	for (size_t i = 0; ok && i < found.gl_pathc; i++)
		ok = rows_load(&rows, found.gl_pathv[i]);
	return ok;
}

static bool filter(const char *pattern)
{
	regex_t regex;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	keep_rows(has_name, &regex);
	regfree(&regex);
	return rows.count > 0;
}

/* --- Check ----------------------------------------------------------------------------------- */

/* _ck_assert_failed is what ck_abort_msg() becomes, with the place of the row instead of ours. */
static void report_row(int i)
{
	const struct row *row = &rows.row[i];

	if (jobs[i].wrong > 0)
		_ck_assert_failed(row->file, row->line, "Failed", "%s", jobs[i].text);
	mark_point();
}

START_TEST(test_start)
{
	const struct server *server = &servers[_i];
	const char *optional = getenv("REAL_SERVERS_OPTIONAL");

	if (server->status == CANNOT_RUN && optional != NULL && strcmp(optional, "1") == 0)
		return;
	ck_assert_msg(server->status != CANNOT_RUN,
		"%s cannot run here, see above (REAL_SERVERS_OPTIONAL=1 accepts that)",
		server->name);
	ck_assert_msg(server->status == 0, "%s did not start, see above", server->name);
}
END_TEST

START_TEST(test_stop)
{
	ck_assert_msg(stopped_well, "a process of the servers is left, see above");
}
END_TEST

static void add_rows(Suite *suite)
{
	TCase *group = NULL;
	const char *file = "";

	for (size_t i = 0; i < rows.count; i++) {
		const struct row *row = &rows.row[i];
		TTest *test = calloc(1, sizeof(*test));

		if (test == NULL)
			abort();
		*test = (TTest){row->name, report_row, row->file, row->line};
		if (group == NULL || strcmp(file, row->file) != 0) {
			file = row->file;
			group = tcase_create(file);
			suite_add_tcase(suite, group);
		}
		tcase_add_loop_test(group, test, (int)i, (int)i + 1);
	}
}

static int report(void)
{
	Suite *suite = suite_create("real servers");
	TCase *group = tcase_create("servers");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(group, test_start, 0, SERVERS);
	tcase_add_test(group, test_stop);
	suite_add_tcase(suite, group);
	add_rows(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}

static void write_log(void)
{
	char path[PATH_SIZE + 80];
	FILE *to;

	snprintf(path, sizeof(path), "%s/real/last.log", build);
	to = fopen(path, "we");
	for (size_t i = 0; to != NULL && i < rows.count; i++)
		fprintf(to, "%s %s\n", jobs[i].wrong > 0 ? "FAIL" : "ok  ", jobs[i].text);
	if (to != NULL)
		fclose(to);
}

/* --- main ------------------------------------------------------------------------------------ */

static int list(void)
{
	for (size_t i = 0; i < rows.count; i++)
		printf("%s:%d: %s: %s\n", rows.row[i].file, rows.row[i].line, rows.row[i].name,
			rows.row[i].run);
	return 0;
}

static void begin(const struct options *o)
{
	char scripts[PATH_SIZE];
	char certs[PATH_SIZE + 64];

	snprintf(scripts, sizeof(scripts), "%.4000s/servers", o->tests);
	snprintf(certs, sizeof(certs), "%s/certs", build);
	setenv("CERTS", certs, 0);
	make_space();
	copy_programs();
	block_signals();
	if (!servers_keep(scripts, space))
		die("fork");
	watch_signals();
	servers_start();
	var_from_file("GOOD_TOKEN", "DOVECOT_TOKEN_FILE");
	var_from_file("EXPIRED_TOKEN", "DOVECOT_TOKEN_EXPIRED_FILE");
	var_from_file("OTHER_TOKEN", "DOVECOT_TOKEN_OTHER_FILE");
	if (o->spoil)
		vars_spoil("_PASSWORD");
	drop_impossible();
}

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"tests", required_argument, NULL, 't'},
		{"filter", required_argument, NULL, 'f'},
		{"jobs", required_argument, NULL, 'j'},
		{"list", no_argument, NULL, 'l'},
		{"keep", no_argument, NULL, 'k'},
		{"spoil", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 't')
			o->tests = optarg;
		else if (c == 'f')
			o->filter = optarg;
		else if (c == 'j')
			o->jobs = atoi(optarg);
		else if (c == 'l')
			o->only_list = true;
		else if (c == 'k')
			o->keep = true;
		else if (c == 's')
			o->spoil = true;
		else
			return false;
	}
	return o->jobs > 0 && load(argv + optind, o->tests) && filter(o->filter);
}

int main(int argc, char **argv)
{
	struct options o = {.tests = "tests", .filter = "", .jobs = WORKERS};
	int failed;

	if (!parse(argc, argv, &o)) {
		fputs("usage: real-servers [--tests DIR] [--filter REGEX] [--jobs N] [--list]\n"
		      "                    [--keep] [--spoil] [FILE.rows...]\n",
			stderr);
		return 2;
	}
	if (o.only_list)
		return list();
	find_build();
	begin(&o);
	run_all(o.jobs);
	stopped_well = servers_stop();
	write_log();
	failed = report();
	if (failed == 0 && !o.keep)
		remove_space();
	else
		fprintf(stderr, "real-servers: logs and mail are in %s\n", space);
	return failed == 0 ? 0 : 1;
}
