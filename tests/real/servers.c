#include "servers.h"

#include "vars.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4200 };

struct server servers[SERVERS] = {
	{.name = "dovecot", .variable = "DOVECOT"},
	{.name = "courier", .variable = "COURIER"},
};

static char script[SERVERS][PATH_SIZE];
static char place[SERVERS][PATH_SIZE];
static pid_t keeper;
static int leash = -1; /* the keeper sees its end close */

static pid_t start_script(int which, const char *what)
{
	const pid_t pid = fork();
	sigset_t empty;

	if (pid != 0)
		return pid;
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(2, 1);
	execl(script[which], script[which], what, place[which], (char *)NULL);
	_exit(127);
}

/* Both at once, for it is mostly waiting. */
static void run_scripts(const char *what, int status[SERVERS])
{
	pid_t pid[SERVERS];

	for (int i = 0; i < SERVERS; i++)
		pid[i] = start_script(i, what);
	for (int i = 0; i < SERVERS; i++) {
		int ended = 0;

		while (waitpid(pid[i], &ended, 0) < 0 && errno == EINTR)
			continue;
		status[i] = pid[i] > 0 && WIFEXITED(ended) ? WEXITSTATUS(ended) : 1;
	}
}

/* In the keeper: a session of its own, so that no signal from a terminal comes here. */
static _Noreturn void keep(int end)
{
	int status[SERVERS];
	char octet;

	/* INT, TERM and HUP are blocked here, as they were where this was forked. */
	setsid();
	while (read(end, &octet, 1) != 0)
		continue;
	run_scripts("stop", status);
	_exit(status[0] == 0 && status[1] == 0 ? 0 : 1);
}

static bool start_keeper(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	keeper = fork();
	if (keeper == 0) {
		close(ends[1]);
		keep(ends[0]);
	}
	close(ends[0]);
	leash = ends[1];
	return keeper > 0;
}

bool servers_keep(const char *scripts, const char *dir)
{
	for (int i = 0; i < SERVERS; i++) {
		snprintf(script[i], sizeof(script[i]), "%.4000s/%s.sh", scripts, servers[i].name);
		snprintf(place[i], sizeof(place[i]), "%.4000s/%s", dir, servers[i].name);
	}
	return start_keeper();
}

void servers_start(void)
{
	int status[SERVERS];
	char path[PATH_SIZE + 8];

	run_scripts("start", status);
	for (int i = 0; i < SERVERS; i++) {
		snprintf(path, sizeof(path), "%.4100s/env", place[i]);
		servers[i].status = status[i];
		if (status[i] == 0 && !vars_load(path))
			servers[i].status = 1;
	}
}

bool servers_stop(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int status = 1;

	pthread_mutex_lock(&lock);
	if (leash >= 0) {
		close(leash);
		leash = -1;
		while (waitpid(keeper, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	pthread_mutex_unlock(&lock);
	return status == 0;
}
