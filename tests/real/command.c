#include "command.h"

#include "hold.h"
#include "vars.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4600, OUTPUT_MAX = 4 << 20, NO_EXEC = 126 };

/* All that the child needs, made before it is forked. */
struct start {
	char program[PATH_SIZE];
	char dir[PATH_SIZE]; /* ours */
	char tmp[PATH_SIZE]; /* the command's */
	struct strings argv;
	struct strings env;
	int output[2];
};

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void read_file(struct blob *b, const char *dir, const char *name)
{
	char path[PATH_SIZE + 260];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	*b = (struct blob){calloc(1, OUTPUT_MAX + 1), 0};
	if (b->data == NULL)
		abort();
	f = fopen(path, "re");
	if (f == NULL)
		return;
	b->len = fread(b->data, 1, OUTPUT_MAX, f);
	fclose(f);
}

static bool fill_strings(
	struct strings *to, const struct strings *from, const char *tmp, struct result *result)
{
	char unknown[80] = "";

	for (size_t i = 0; i < from->count; i++) {
		char *text = vars_fill(from->item[i], tmp, unknown, sizeof(unknown));

		strings_add(to, text);
		free(text);
	}
	if (unknown[0] != '\0')
		snprintf(result->trouble, sizeof(result->trouble), "nothing is known of {%s}",
			unknown);
	return unknown[0] == '\0';
}

/* "NAME CONTENT": the content as it is, or in quotes with escapes; variables go in last. */
static bool write_file(const char *text, const struct start *s, struct result *result)
{
	const size_t n = strcspn(text, " \t");
	struct strings filled = {NULL, 0};
	struct strings content = {NULL, 0};
	char path[PATH_SIZE + 80];
	size_t length;
	char *plain = unquote(text + n + strspn(text + n, " \t"), &length);
	FILE *f;
	bool ok;

	strings_add(&content, plain);
	free(plain);
	snprintf(path, sizeof(path), "%s/%.*s", s->tmp, (int)n, text);
	f = fopen(path, "we");
	ok = f != NULL && fill_strings(&filled, &content, s->tmp, result) &&
	     fputs(filled.item[0], f) >= 0;
	if (f != NULL && fclose(f) != 0)
		ok = false;
	if (ok)
		chmod(path, 0600);
	return ok;
}

static bool prepare_env(struct start *s, const struct row *row, struct result *result)
{
	char home[PATH_SIZE + 8];

	snprintf(home, sizeof(home), "HOME=%s", s->tmp);
	strings_add(&s->env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	strings_add(&s->env, "LC_ALL=C.UTF-8");
	strings_add(&s->env, home);
	return fill_strings(&s->env, &row->env, s->tmp, result);
}

/* The command as one would type it; passwords in arguments are among those of the tests. */
static char *command_text(const struct strings *argv)
{
	char *text = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);

	if (to == NULL)
		abort();
	for (size_t i = 0; i < argv->count; i++)
		fprintf(to, strpbrk(argv->item[i], " \t\"\\$*?") ? "%s'%s'" : "%s%s",
			i > 0 ? " " : "", argv->item[i]);
	fclose(to);
	return text;
}

static bool prepare(struct start *s, const struct row *row, const char *programs, const char *space,
	struct result *result)
{
	struct strings words;

	snprintf(s->dir, sizeof(s->dir), "%.4000s/row.XXXXXX", space);
	if (mkdtemp(s->dir) == NULL)
		return false;
	snprintf(s->tmp, sizeof(s->tmp), "%.4400s/tmp", s->dir);
	if (mkdir(s->tmp, 0700) != 0 || !words_of(&words, row->run) || words.count == 0)
		return false;
	for (size_t i = 0; i < row->files.count; i++) {
		if (!write_file(row->files.item[i], s, result))
			return false;
	}
	if (!fill_strings(&s->argv, &words, s->tmp, result) || !prepare_env(s, row, result))
		return false;
	snprintf(s->program, sizeof(s->program), "%.4000s/%.80s", programs, s->argv.item[0]);
	result->command = command_text(&s->argv);
	return true;
}

static int output_file(const struct start *s, const char *name)
{
	char path[PATH_SIZE + 8];

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Only what may be called between fork and exec in a program with threads. */
static _Noreturn void child(const struct start *s)
{
	const struct rlimit none = {0, 0};
	sigset_t empty;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	setrlimit(RLIMIT_CORE, &none);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	if (chdir(s->tmp) != 0 || dup2(open("/dev/null", O_RDONLY), 0) < 0 ||
		dup2(s->output[0], 1) < 0 || dup2(s->output[1], 2) < 0)
		_exit(NO_EXEC);
	execve(s->program, s->argv.item, s->env.item);
	_exit(NO_EXEC);
}

static void await(pid_t pid, int max_ms, struct result *result)
{
	const long started = now_ms();
	struct pollfd poller = {.fd = pidfd_open(pid, 0), .events = POLLIN};

	if (poll(&poller, 1, max_ms) == 0) {
		result->timed_out = true;
		kill(pid, SIGKILL);
	}
	while (waitpid(pid, &result->status, 0) < 0 && errno == EINTR)
		continue;
	if (poller.fd >= 0)
		close(poller.fd);
	result->ms = now_ms() - started;
	kill(-pid, SIGKILL); /* whatever it left running */
}

static void run(struct start *s, const struct row *row, struct result *result)
{
	pid_t pid;

	s->output[0] = output_file(s, "out");
	s->output[1] = output_file(s, "err");
	pid = fork();
	if (pid == 0)
		child(s);
	close(s->output[0]);
	close(s->output[1]);
	if (pid < 0)
		snprintf(result->trouble, sizeof(result->trouble), "cannot fork");
	else
		await(pid, row->max_ms, result);
}

static int hold(const struct row *row, struct result *result)
{
	struct strings words;
	struct strings filled = {NULL, 0};
	int fd = -1;

	if (row->hold == NULL)
		return -1;
	if (words_of(&words, row->hold) && words.count == 3 &&
		fill_strings(&filled, &words, "", result))
		fd = hold_open(filled.item[0], filled.item[1], filled.item[2]);
	if (fd < 0)
		snprintf(result->trouble, sizeof(result->trouble), "cannot hold the maildrop");
	return fd;
}

static bool is_given(const struct row *row, const char *name)
{
	for (size_t i = 0; i < row->files.count; i++) {
		const size_t n = strcspn(row->files.item[i], " \t");

		if (strlen(name) == n && strncmp(row->files.item[i], name, n) == 0)
			return true;
	}
	return false;
}

static void read_reports(const struct start *s, const struct row *row, struct result *result)
{
	DIR *d = opendir(s->tmp);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		struct blob b;

		if (e->d_name[0] == '.' || is_given(row, e->d_name))
			continue;
		read_file(&b, s->tmp, e->d_name);
		strings_add(&result->reports, b.data);
		free(b.data);
	}
	if (d != NULL)
		closedir(d);
}

void command_run(
	struct result *result, const struct row *row, const char *programs, const char *space)
{
	struct start s = {.output = {-1, -1}};
	int held;

	*result = (struct result){.status = 0};
	if (!prepare(&s, row, programs, space, result)) {
		if (result->trouble[0] == '\0')
			snprintf(result->trouble, sizeof(result->trouble), "cannot be prepared");
		return;
	}
	held = hold(row, result);
	if (result->trouble[0] == '\0')
		run(&s, row, result);
	hold_close(held);
	read_file(&result->out, s.dir, "out");
	read_file(&result->err, s.dir, "err");
	read_reports(&s, row, result);
}

void result_fini(struct result *result)
{
	free(result->out.data);
	free(result->err.data);
	free(result->command);
}
