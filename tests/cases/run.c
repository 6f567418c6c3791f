#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, DEFAULT_MAX_MS = 30000, OUTPUT_MAX = 4 << 20 };

struct place {
	char dir[64]; /* ours: record, port file, scenario, outputs */
	char tmp[80]; /* {tmp}: the command's */
	char path[PATH_SIZE];
	pid_t popd;
	char port[4][8]; /* plain, tls, refused, full */
};

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool blob_read(struct blob *b, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n;

	*b = (struct blob){string_copy("", 0), 0};
	if (f == NULL)
		return false;
	do {
		char *grown = realloc(b->data, b->len + 65537);

		if (grown == NULL)
			abort();
		b->data = grown;
		n = fread(b->data + b->len, 1, 65536, f);
		b->len += n;
	} while (n > 0 && b->len < OUTPUT_MAX);
	b->data[b->len] = '\0';
	fclose(f);
	return true;
}

static const char *in_dir(struct place *p, const char *name)
{
	snprintf(p->path, sizeof(p->path), "%s/%s", p->dir, name);
	return p->path;
}

static bool write_file(const char *path, const char *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, data, len) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return ok;
}

static char *fill(const char *text, const struct place *p, const struct settings *s)
{
	const char *const pairs[][2] = {{"{plain}", p->port[0]}, {"{tls}", p->port[1]},
		{"{refused}", p->port[2]}, {"{full}", p->port[3]}, {"{certs}", s->certs},
		{"{bin}", s->build}, {"{tmp}", p->tmp}};
	char *result = string_copy(text, strlen(text));

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char *next = string_replace(result, pairs[i][0], pairs[i][1]);

		free(result);
		result = next;
	}
	return result;
}

static bool read_ports(struct place *p)
{
	static const char *const names[] = {
		"PLAIN_PORT=", "TLS_PORT=", "REFUSED_PORT=", "FULL_PORT="};
	struct blob ports;
	bool ok = blob_read(&ports, in_dir(p, "ports"));

	for (size_t i = 0; ok && i < 4; i++) {
		const char *at = strstr(ports.data, names[i]);

		if (at != NULL && at != ports.data && at[-1] != '\n')
			at = NULL;
		snprintf(p->port[i], sizeof(p->port[i]), "%.*s",
			at != NULL ? (int)strcspn(at + strlen(names[i]), "\n") : 0,
			at != NULL ? at + strlen(names[i]) : "");
	}
	free(ports.data);
	return ok;
}

static void exec_popd(struct place *p, const struct test_case *t, const struct settings *s)
{
	struct strings argv = {NULL, 0};
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/tests/popd", s->build);
	strings_add(&argv, path);
	strings_add(&argv, "--certs");
	strings_add(&argv, s->certs);
	strings_add(&argv, "--port-file");
	strings_add(&argv, in_dir(p, "ports"));
	strings_add(&argv, "--record");
	strings_add(&argv, in_dir(p, "record"));
	if (t->scenario_file != NULL && *t->scenario_file != '\0') {
		strings_add(&argv, "--scenario");
		strings_add(&argv, t->scenario_file);
	}
	if (t->scenario != NULL) {
		strings_add(&argv, "--scenario");
		strings_add(&argv, in_dir(p, "scenario"));
	}
	for (size_t i = 0; i < t->popd.count; i++) {
		struct strings more;

		words_of(&more, fill(t->popd.item[i], p, s));
		for (size_t k = 0; k < more.count; k++)
			strings_add(&argv, more.item[k]);
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(open(in_dir(p, "popd.err"), O_WRONLY | O_CREAT, 0600), 2);
	execv(argv.item[0], argv.item);
	_exit(127);
}

/* The port file appears when the server listens; until then look whether it still lives. */
static bool start_popd(
	struct place *p, const struct test_case *t, const struct settings *s, struct outcome *o)
{
	struct blob said;

	if (t->scenario != NULL &&
		!write_file(in_dir(p, "scenario"), t->scenario, strlen(t->scenario)))
		return false;
	p->popd = fork();
	if (p->popd == 0)
		exec_popd(p, t, s);
	for (long until = now_ms() + 10000; now_ms() < until; usleep(1000)) {
		if (read_ports(p))
			return true;
		if (waitpid(p->popd, NULL, WNOHANG) == p->popd)
			break;
	}
	p->popd = 0;
	blob_read(&said, in_dir(p, "popd.err"));
	snprintf(o->trouble, sizeof(o->trouble), "popd did not start: %.400s", said.data);
	free(said.data);
	return false;
}

static void stop_popd(struct place *p, struct outcome *o)
{
	struct blob said;
	int status = 0;

	if (p->popd <= 0)
		return;
	kill(p->popd, SIGTERM);
	waitpid(p->popd, &status, 0);
	if (status == 0)
		return;
	blob_read(&said, in_dir(p, "popd.err"));
	snprintf(o->trouble, sizeof(o->trouble), "popd ended with wait status %d: %.400s", status,
		said.data);
	free(said.data);
}

/* A bare name runs through a link of that name, since the name decides what the program does. */
static char *program(const char *name, const struct settings *s)
{
	char path[PATH_SIZE];

	if (strchr(name, '/') != NULL)
		return string_copy(name, strlen(name));
	snprintf(path, sizeof(path), "%s/%s", s->programs, name);
	return string_copy(path, strlen(path));
}

static void set_environment(
	const struct test_case *t, const struct place *p, const struct settings *s)
{
	clearenv();
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("HOME", p->tmp, 1);
	for (size_t i = 0; i < t->env.count; i++)
		putenv(fill(t->env.item[i], p, s));
}

static void exec_command(struct place *p, const struct test_case *t, const struct settings *s,
	const struct strings *argv)
{
	struct rlimit none = {0, 0};
	char *path = program(argv->item[0], s);
	size_t len = 0;
	char *input = unquote(t->input != NULL ? t->input : "", &len);

	setpgid(0, 0);
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_DFL);
	write_file(in_dir(p, "stdin"), input, len);
	dup2(open(in_dir(p, "stdin"), O_RDONLY), 0);
	dup2(open(in_dir(p, "out"), O_WRONLY | O_CREAT | O_APPEND, 0600), 1);
	dup2(open(in_dir(p, "err"), O_WRONLY | O_CREAT | O_APPEND, 0600), 2);
	set_environment(t, p, s);
	if (chdir(p->tmp) != 0)
		_exit(126);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	execv(path, argv->item);
	dprintf(2, "cannot run %s: %s\n", path, strerror(errno));
	_exit(126);
}

static void wait_command(pid_t pid, const struct test_case *t, struct outcome *o)
{
	long limit = t->max_ms > 0 ? t->max_ms : DEFAULT_MAX_MS;
	long start = now_ms();
	struct rusage usage;

	while (wait4(pid, &o->status, WNOHANG, &usage) == 0) {
		if (now_ms() - start > limit) {
			o->timed_out = true;
			kill(-pid, SIGKILL);
			wait4(pid, &o->status, 0, &usage);
			break;
		}
		usleep(2000);
	}
	o->ms = now_ms() - start;
	o->max_rss_kib = usage.ru_maxrss;
	kill(-pid, SIGKILL); /* whatever it left running */
}

static void run_command(
	struct place *p, const struct test_case *t, const struct settings *s, struct outcome *o)
{
	struct strings argv;
	pid_t pid;

	o->command = fill(t->run, p, s);
	if (!words_of(&argv, o->command) || argv.count == 0) {
		snprintf(o->trouble, sizeof(o->trouble), "the run line has an open quote");
		return;
	}
	pid = fork();
	if (pid == 0)
		exec_command(p, t, s, &argv);
	wait_command(pid, t, o);
}

static bool write_files(const struct place *p, const struct test_case *t, const struct settings *s)
{
	bool ok = true;

	for (size_t i = 0; i < t->files.count && ok; i++) {
		const char *text = t->files.item[i];
		size_t n = strcspn(text, " \t");
		char path[PATH_SIZE];
		size_t len;
		char *filled = fill(text + n + strspn(text + n, " \t"), p, s);
		char *content = unquote(filled, &len);

		snprintf(path, sizeof(path), "%s/%.*s", p->tmp, (int)n, text);
		ok = write_file(path, content, len);
		free(content);
		free(filled);
	}
	return ok;
}

static bool is_given(const struct test_case *t, const char *name)
{
	for (size_t i = 0; i < t->files.count; i++) {
		size_t n = strcspn(t->files.item[i], " \t");

		if (strlen(name) == n && strncmp(t->files.item[i], name, n) == 0)
			return true;
	}
	return false;
}

/* Opening a FIFO that a case made would wait for its other end. */
static bool is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static void each_file(const char *dir, const struct test_case *t, struct outcome *o)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		char path[PATH_SIZE];
		struct blob b;

		if (e->d_name[0] == '.' && strspn(e->d_name, ".") == strlen(e->d_name))
			continue;
		snprintf(path, sizeof(path), "%.2000s/%.255s", dir, e->d_name);
		if (t != NULL && !is_given(t, e->d_name) && is_regular(path) &&
			blob_read(&b, path)) {
			strings_add(&o->reports, b.data);
			free(b.data);
		}
		if (t == NULL)
			unlink(path);
	}
	if (d != NULL)
		closedir(d);
}

void outcome_run(struct outcome *o, const struct test_case *t, const struct settings *s)
{
	struct place p = {.dir = "/tmp/run-cases.XXXXXX"};

	*o = (struct outcome){.status = 0};
	if (mkdtemp(p.dir) == NULL) {
		snprintf(o->trouble, sizeof(o->trouble), "no temporary folder");
		return;
	}
	snprintf(p.tmp, sizeof(p.tmp), "%s/tmp", p.dir);
	mkdir(p.tmp, 0700);
	if (start_popd(&p, t, s, o) && write_files(&p, t, s))
		run_command(&p, t, s, o);
	stop_popd(&p, o);
	blob_read(&o->out, in_dir(&p, "out"));
	blob_read(&o->err, in_dir(&p, "err"));
	blob_read(&o->record, in_dir(&p, "record"));
	each_file(p.tmp, t, o);
	each_file(p.tmp, NULL, o);
	rmdir(p.tmp);
	each_file(p.dir, NULL, o);
	rmdir(p.dir);
}

void outcome_fini(struct outcome *o)
{
	free(o->out.data);
	free(o->err.data);
	free(o->record.data);
	free(o->command);
	for (size_t i = 0; i < o->reports.count; i++)
		free(o->reports.item[i]);
	free(o->reports.item);
}
