#include "process.h"

#include "net/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* A descriptor from 0 to 2 that is closed would be given to the connection, and the line be sent to
 * the server. */
static void open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 2);
	if (fd > 2)
		(void)close(fd);
}

static const char no_memory[] = "POP3 UNKNOWN - out of memory\n";
static const char no_loop[] = "POP3 UNKNOWN - the event loop failed: too few descriptors?\n";

/* libevent would print to standard error and exit with 1, a warning. */
static void loop_failed(int error)
{
	(void)error;
	if (write(STDOUT_FILENO, no_loop, sizeof(no_loop) - 1) < 0)
		_exit(3);
	_exit(3);
}

static void loop_says(int severity, const char *words)
{
	(void)severity;
	(void)words;
}

struct slice process_last_words(void)
{
	return slice_str(no_memory);
}

void process_harden(void)
{
	const struct rlimit none = {0, 0};

	open_standard();
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A report that passes the limit of file sizes fails as a write, not as a process. */
	(void)signal(SIGXFSZ, SIG_IGN);
	event_set_fatal_callback(loop_failed);
	event_set_log_callback(loop_says);
	/* Some daemons start plugins with it ignored; then no child of ours could be waited for. */
	(void)signal(SIGCHLD, SIG_DFL);
}

static int milliseconds_to(uint64_t deadline_ns)
{
	uint64_t now = net_now_ns();

	return deadline_ns > now ? (int)((deadline_ns - now) / 1000000) : 0;
}

void process_write(struct slice text, uint64_t deadline_ns)
{
	while (text.n) {
		struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
		/* A pipe that polls writable takes one page without waiting. */
		size_t chunk = text.n < 4096 ? text.n : 4096;
		ssize_t n;

		if (poll(&p, 1, milliseconds_to(deadline_ns)) <= 0)
			return;
		n = write(STDOUT_FILENO, text.p, chunk);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (n > 0) {
			text.p += n;
			text.n -= (size_t)n;
		}
	}
}
