#include "row.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILL_SECONDS 20.0
#define OUTPUT_MAX   (1 << 20)
#define EXEC_FAILED  127

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* In the child: shows the row's own files where the system's are, to this process alone. */
static int do_mounts(const struct row *row)
{
	if (!row->mounts)
		return 0;
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return -1;
	for (int i = 0; i < row->mounts; i++) {
		if (mount(row->mount_from[i], row->mount_to[i], NULL, MS_BIND, NULL) != 0)
			return -1;
	}
	return 0;
}

static _Noreturn void child(const struct row *row, const char *path, int output)
{
	static char *base_env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"};
	char *env[ROW_ENVS + 3];
	int used = 0;
	int input = open(row->stdin_file ? row->stdin_file : "/dev/null", O_RDONLY | O_CLOEXEC);
	int trash = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (int i = 0; row->env[i]; i++)
		env[used++] = row->env[i];
	env[used++] = base_env[0];
	if (strncmp(env[0], "LC_ALL=", 7) != 0)
		env[used++] = base_env[1];
	env[used] = NULL;
	signal(SIGPIPE, SIG_DFL);
	if (input < 0 || do_mounts(row) != 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 ||
		dup2(trash, 2) < 0)
		_exit(EXEC_FAILED);
	execve(path, row->argv, env);
	_exit(EXEC_FAILED);
}

/* All that comes out of FD until its end, KILL_SECONDS or OUTPUT_MAX. */
static char *collect(int fd, double started, size_t *octets)
{
	char *buf = malloc(OUTPUT_MAX + 1);
	size_t used = 0;

	if (!buf)
		abort();
	while (used < OUTPUT_MAX) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		const double left = started + KILL_SECONDS - now();
		ssize_t got;

		if (left <= 0 || poll(&poller, 1, (int)(left * 1000) + 1) == 0)
			break;
		got = read(fd, buf + used, OUTPUT_MAX - used);
		if (got <= 0 && !(got < 0 && errno == EINTR))
			break;
		used += got > 0 ? (size_t)got : 0;
	}
	buf[used] = '\0';
	*octets = used;
	return buf;
}

static int exit_code(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void row_run(const struct row *row, const char *dir, struct outcome *out)
{
	const double started = now();
	char path[4096];
	int ends[2];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", dir, row->argv[0]);
	if (pipe2(ends, O_CLOEXEC) != 0)
		abort();
	pid = fork();
	if (pid < 0)
		abort();
	if (pid == 0)
		child(row, path, ends[1]);
	close(ends[1]);
	out->raw = collect(ends[0], started, &out->raw_octets);
	close(ends[0]);
	if (now() - started >= KILL_SECONDS)
		kill(pid, SIGKILL);
	out->code = exit_code(pid);
	out->seconds = now() - started;
	out->text = mask(out->raw, out->raw_octets);
}

void outcome_fini(struct outcome *out)
{
	free(out->raw);
	free(out->text);
	free(out->server);
	*out = (struct outcome){0};
}
