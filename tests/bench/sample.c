#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGS 64

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double timeval_ms(struct timeval tv)
{
	return (double)tv.tv_sec * 1e3 + (double)tv.tv_usec / 1e3;
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

/* In the child: the program with nothing to read and nowhere to write; ERRORS for its stderr. */
static _Noreturn void exec_quietly(char *const argv[], int errors)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
		dup2(errors >= 0 ? errors : null, 2) < 0)
		_exit(127);
	execv(argv[0], argv);
	_exit(127);
}

static int open_counter(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.inherit = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.enable_on_exec = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

bool sample_counts_instructions(void)
{
	const int fd = open_counter(0);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int code_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The child waits on GATE until its counter is open. */
static pid_t start_gated(char *const argv[], int gate[2])
{
	char go;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) != 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid != 0)
		return pid;
	if (read(gate[0], &go, 1) != 1)
		_exit(127);
	exec_quietly(argv, -1);
}

struct sample sample_run(char *const argv[])
{
	static int countable = -1;
	struct sample sample = {0};
	struct rusage usage;
	uint64_t count = 0;
	int gate[2];
	int status;
	int counter = -1;
	double started;
	pid_t pid;

	if (countable < 0)
		countable = sample_counts_instructions();
	pid = start_gated(argv, gate);
	if (countable)
		counter = open_counter(pid);
	started = now_ms();
	if (write(gate[1], "!", 1) != 1)
		die("write");
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			die("wait4");
	sample.wall_ms = now_ms() - started;
	sample.cpu_ms = timeval_ms(usage.ru_utime) + timeval_ms(usage.ru_stime);
	sample.code = code_of(status);
	if (counter >= 0 && read(counter, &count, sizeof(count)) == sizeof(count))
		sample.instructions = (double)count;
	if (counter >= 0)
		close(counter);
	close(gate[0]);
	close(gate[1]);
	return sample;
}

static long peak_of(pid_t pid)
{
	char path[64];
	char line[256];
	long kib = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	}
	if (status)
		fclose(status);
	return kib;
}

/* Lets the traced PID run; its peak at the moment it exits, while its memory still stands. */
static long trace_to_exit(pid_t pid)
{
	long kib = 0;
	int status;

	for (;;) {
		int deliver = 0;

		if (waitpid(pid, &status, 0) < 0)
			die("waitpid");
		if (!WIFSTOPPED(status))
			return kib;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
			kib = peak_of(pid);
		else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
			deliver = WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, NULL, deliver);
	}
}

long sample_peak_kib(char *const argv[])
{
	int status;
	const pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		exec_quietly(argv, -1);
	}
	if (waitpid(pid, &status, 0) < 0 ||
		ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL) != 0)
		die("ptrace");
	ptrace(PTRACE_CONT, pid, NULL, 0);
	return trace_to_exit(pid);
}

/* "==123== Collected : 1234567" */
static double read_collected(int fd)
{
	FILE *stream = fdopen(fd, "r");
	char line[512];
	double count = 0;

	while (stream && fgets(line, sizeof(line), stream)) {
		const char *at = strstr(line, "Collected :");

		if (at)
			count = strtod(at + 11, NULL);
	}
	if (stream)
		fclose(stream);
	return count;
}

double sample_callgrind(char *const argv[])
{
	char *full[MAX_ARGS] = {"/usr/bin/valgrind", "--tool=callgrind", "--trace-children=no",
		"--callgrind-out-file=/dev/null"};
	double count;
	int ends[2];
	pid_t pid;

	for (int i = 0; argv[i] && i + 5 < MAX_ARGS; i++)
		full[i + 4] = argv[i];
	if (access(full[0], X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0)
		return 0;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		exec_quietly(full, ends[1]);
	close(ends[1]);
	count = read_collected(ends[0]);
	waitpid(pid, NULL, 0);
	return count;
}
