/*
 * run-peers: every row of rows.txt through Debian's check_pop and through ours, one Check test
 * for each. The commands run beforehand, several at a time, since most of them only wait.
 *
 *	run-peers [-r SOURCE_DIR] [-o OURS] [-s] [ROW...]
 *
 * -o is the program to judge (build/check_pop3), -s puts Debian's own in its place: then rows
 * that say "same" must hold and rows that say "better" must fail, which shows that they can.
 * What was seen goes to build/peers/report.md.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge_suite.h"
#include "row.h"

#define THEIRS	    "/usr/lib/nagios/plugins/check_tcp"
#define WORKERS	    10
#define LOG_WAIT_MS 3000
#define LOG_STEP_MS 20

static struct row rows[ROWS_MAX];
static int row_count;
static bool stand_in;
static char build_dir[2048];
static char work_dir[2100];
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static int queue_next;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "run-peers: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* "DIR/FILE" in a buffer of the heap. */
static char *join(const char *dir, const char *file)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		abort();
	return path;
}

/* --- the fake server -------------------------------------------------------------------- */

static pid_t server_pid;
static int server_stdin;

/* Starts it; its "NAME PORT" lines become names. It ends when our end of its input closes. */
static void server_start(void)
{
	char *program = join(build_dir, "tests/fakepop");
	char *ca = join(work_dir, "ca");
	int in[2];
	int out[2];
	char name[64];
	char port[16];
	FILE *stream;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		die("pipe");
	server_pid = fork();
	if (server_pid < 0)
		die("fork");
	if (server_pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(program, program, "-d", work_dir, "-w", ca, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server_stdin = in[1];
	stream = fdopen(out[0], "r");
	while (stream && fscanf(stream, "%63s", name) == 1 && strcmp(name, "ready") != 0) {
		if (fscanf(stream, "%15s", port) == 1)
			names_add(name, port);
	}
	if (!stream || strcmp(name, "ready") != 0)
		die(program);
	names_add("ca", ca);
	free(ca);
	free(program);
}

static void server_stop(void)
{
	close(server_stdin);
	waitpid(server_pid, NULL, 0);
}

/* The last line about PORT in the server's log, waited for a little; NULL when there is none. */
static char *server_line(const char *port)
{
	char *path = join(work_dir, "fakepop.log");
	char line[2048];
	char *found = NULL;

	for (int waited = 0; !found && waited < LOG_WAIT_MS; waited += LOG_STEP_MS) {
		FILE *stream = fopen(path, "re");

		while (stream && fgets(line, sizeof(line), stream)) {
			if (strncmp(line, port, strlen(port)) != 0 || line[strlen(port)] != ' ')
				continue;
			free(found);
			line[strcspn(line, "\n")] = '\0';
			found = strdup(line + strlen(port) + 1);
		}
		if (stream)
			fclose(stream);
		if (!found)
			usleep(LOG_STEP_MS * 1000);
	}
	free(path);
	return found;
}

/* --- one row ---------------------------------------------------------------------------- */

/* The audited port of ROW ("a1" and so on), as a name; NULL when it has none. */
static const char *audited_port(const struct row *row, char *name, size_t size, int *index)
{
	for (int i = 1; i <= 9; i++) {
		snprintf(name, size, "a%d", i);
		for (int j = 0; row->argv[j]; j++) {
			if (names_get(name) && strcmp(row->argv[j], names_get(name)) == 0) {
				*index = j;
				return names_get(name);
			}
		}
	}
	return NULL;
}

/* The first FROM in TEXT becomes TO, which is as long. */
static void replace(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);

	if (at)
		memcpy(at, to, strlen(to));
}

/* Theirs gets an audited port of its own, so that the log tells the two apart. */
static void run_theirs(struct row *row, const char *dir)
{
	char name[16];
	char twin_name[32];
	int index = 0;
	const char *port = audited_port(row, name, sizeof(name), &index);
	struct row twin = *row;

	if (!port) {
		row_run(row, dir, &row->theirs);
		return;
	}
	snprintf(twin_name, sizeof(twin_name), "%s-theirs", name);
	twin.argv[index] = strdup(names_get(twin_name));
	row_run(&twin, dir, &row->theirs);
	if (strlen(port) == strlen(twin.argv[index])) {
		replace(row->theirs.text, twin.argv[index], port);
		replace(row->theirs.raw, twin.argv[index], port);
	}
	if (row->server_was)
		row->theirs.server = server_line(twin.argv[index]);
	free(twin.argv[index]);
}

static void run_ours(struct row *row, const char *dir)
{
	char name[16];
	int index;
	const char *port = audited_port(row, name, sizeof(name), &index);

	row_run(row, dir, &row->ours);
	if (row->server && port)
		row->ours.server = server_line(port);
}

static void run_row(struct row *row)
{
	char *theirs = join(work_dir, "theirs");
	char *ours = join(work_dir, "ours");

	for (int i = 0; i < row->tries; i++) {
		outcome_fini(&row->theirs);
		outcome_fini(&row->ours);
		free(row->fault);
		run_theirs(row, theirs);
		run_ours(row, ours);
		row->fault = row_judge(row);
		if (!row->fault)
			break;
	}
	free(theirs);
	free(ours);
}

static void *work(void *arg)
{
	(void)arg;
	for (;;) {
		int mine;

		pthread_mutex_lock(&queue_lock);
		mine = queue_next++;
		pthread_mutex_unlock(&queue_lock);
		if (mine >= row_count)
			return NULL;
		run_row(&rows[mine]);
	}
}

static void run_all(void)
{
	pthread_t threads[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			die("pthread_create");
	}
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
}

/* --- the place -------------------------------------------------------------------------- */

static void link_plugins(const char *kind, const char *program)
{
	static const char *const labels[] = {
		"check_pop", "check_spop", "check_pop3", "check_pop3s", "check_spop3"};
	char *dir = join(work_dir, kind);
	char *target = realpath(program, NULL);

	if (!target)
		die(program);
	mkdir(dir, 0755);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		char *path = join(dir, labels[i]);

		unlink(path);
		if (symlink(target, path) != 0)
			die(path);
		free(path);
	}
	free(dir);
	free(target);
}

static char *read_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = fopen(path, "re");

	if (!stream || (getdelim(&text, &size, '\0', stream) < 0 && ferror(stream)))
		die(path);
	fclose(stream);
	return text ? text : strdup("");
}

/* Copies what rows read (ini files, hosts, ...) into the work directory, {NAME}s replaced. */
static void copy_file(const char *from, const char *to)
{
	char *text = read_text(from);
	char *expanded = names_expand(text);
	FILE *stream = fopen(to, "we");

	if (!stream || fputs(expanded, stream) < 0 || fclose(stream) != 0)
		die(to);
	free(text);
	free(expanded);
}

static void copy_files(const char *source)
{
	static const char *const files[] = {"plugins.ini", "other.ini", "broken.ini", "resolv.mute",
		"resolv.nxdomain", "hosts6", "resolv.servfail", "hosts"};
	char *from_dir = join(source, "files");
	char *to_dir = join(work_dir, "files");

	mkdir(to_dir, 0755);
	names_add("files", to_dir);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *from = join(from_dir, files[i]);
		char *to = join(to_dir, files[i]);

		copy_file(from, to);
		free(from);
		free(to);
	}
	free(from_dir);
	free(to_dir);
}

/* Whether this process may have mounts of its own; asked in a child, which may keep them. */
static bool can_mount(void)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWNS) == 0 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void add_names(void)
{
	char *sock = join(work_dir, "pop.sock");
	char *locales = join(work_dir, "locale");
	char *german = join(locales, "de_DE.UTF-8");

	names_add("sock", sock);
	names_add("dir", work_dir);
	if (access(german, R_OK) == 0)
		names_add("locale", locales);
	if (access("/proc/net/if_inet6", R_OK) == 0)
		names_add("ipv6", "yes");
	if (can_mount())
		names_add("mounts", "yes");
	free(sock);
	free(locales);
	free(german);
}

/* One run at a time in this directory: a second one waits. Held until the process ends. */
static void lock_work_dir(void)
{
	char *path = join(work_dir, ".lock");
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		die(path);
	free(path);
}

static void find_build_dir(void)
{
	char path[2048];
	const ssize_t got = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (got < 0)
		die("/proc/self/exe");
	path[got] = '\0';
	snprintf(build_dir, sizeof(build_dir), "%s", dirname(dirname(path)));
	snprintf(work_dir, sizeof(work_dir), "%s/peers", build_dir);
	mkdir(work_dir, 0755);
}

/* --- rows that are left out, or not asked for ------------------------------------------- */

static bool asked_for(const struct row *row, char *const *only)
{
	if (!*only)
		return true;
	for (; *only; only++) {
		if (strcmp(row->name, *only) == 0)
			return true;
	}
	return false;
}

static void drop_rows(char *const *only)
{
	int kept = 0;

	for (int i = 0; i < row_count; i++) {
		if (!asked_for(&rows[i], only))
			continue;
		if (rows[i].needs) {
			printf("left out: %s, which needs {%s}\n", rows[i].name, rows[i].needs);
			continue;
		}
		rows[kept++] = rows[i];
	}
	row_count = kept;
}

static void report(void)
{
	char *path = join(work_dir, "report.md");

	if (rows_report(path, rows, row_count) != 0)
		die(path);
	free(path);
}

/* --- Check ------------------------------------------------------------------------------ */

START_TEST(test_row)
{
	const struct row *row = &rows[_i];

	if (stand_in && row->want == WANT_BETTER) {
		char *fault = row_judge_record(row);

		ck_assert_msg(fault == NULL, "%s (line %d): %s", row->name, row->line, fault);
		ck_assert_msg(row->fault != NULL, "%s (line %d): holds for Debian's own, too",
			row->name, row->line);
		return;
	}
	ck_assert_msg(row->fault == NULL, "%s (line %d): %s", row->name, row->line, row->fault);
}
END_TEST

static int run_suites(void)
{
	Suite *suite = suite_create("peers");
	TCase *tcase = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, test_row, 0, row_count);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_add_suite(runner, judge_suite());
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}

int main(int argc, char **argv)
{
	const char *source = "tests/peers";
	char *ours = NULL;
	int opt;

	find_build_dir();
	while ((opt = getopt(argc, argv, "r:o:s")) != -1) {
		if (opt == 'r')
			source = optarg;
		else if (opt == 'o')
			ours = strdup(optarg);
		else if (opt == 's')
			stand_in = true;
		else
			return 2;
	}
	if (!ours)
		ours = stand_in ? strdup(THEIRS) : join(build_dir, "check_pop3");
	lock_work_dir();
	link_plugins("theirs", THEIRS);
	link_plugins("ours", ours);
	server_start();
	add_names();
	copy_files(source);
	row_count = rows_read(join(source, "rows.txt"), rows, ROWS_MAX);
	drop_rows(argv + optind);
	run_all();
	server_stop();
	report();
	return run_suites() ? 1 : 0;
}
