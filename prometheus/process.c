#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	OWN_FDS = 48,	      /* loop, listeners, name servers, files read */
	PAGE_CONNECTIONS = 8, /* for other pages while every probe is taken */
	FDS_MAX = 65536,
};

static void open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 2);
	if (fd > 2)
		(void)close(fd);
}

void process_protect(void)
{
	const struct rlimit none = {0, 0};

	open_standard();
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
}

/* A probe takes a connection from its scraper and one to its target. */
struct process_limits process_raise_limits(void)
{
	struct process_limits l = {.probes = 1, .connections = PAGE_CONNECTIONS};
	struct rlimit fds;
	size_t usable;

	if (getrlimit(RLIMIT_NOFILE, &fds) != 0)
		return l;
	if (fds.rlim_cur < fds.rlim_max) {
		fds.rlim_cur = fds.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &fds);
		(void)getrlimit(RLIMIT_NOFILE, &fds);
	}
	usable = fds.rlim_cur > FDS_MAX ? FDS_MAX : (size_t)fds.rlim_cur;
	if (usable > OWN_FDS + 2 * PAGE_CONNECTIONS) {
		l.probes = (usable - OWN_FDS - PAGE_CONNECTIONS) / 2;
		l.connections = l.probes + PAGE_CONNECTIONS;
	}
	return l;
}
