#include "net/command.h"

#include "base/buf.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK_OCTETS = 4096 };
#define REAP_POLL_NS ((uint64_t)5000000)

/* Alive until its output has ended (or it was killed) and it was reaped; when killed the owner has
 * been told already and the loop keeps it as a tail. */
struct net_command {
	struct net_loop_tail tail; /* first: a tail is the command */
	struct net_loop *loop;
	void (*done)(void *arg, struct secret *output, const char *why); /* NULL: told */
	void *arg;
	struct event output;
	struct event end; /* of the process: its pidfd readable, or a timer to look again */
	struct event deadline;
	struct buf text;
	pid_t pid; /* 0: not started, or reaped */
	int pipe_fd, pid_fd;
	uint64_t deadline_ns;
	int exit_status; /* as waitpid has it */
	const char *why; /* it was not even started */
	char words[64];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void command_free(struct net_command *c)
{
	(void)event_del(&c->output);
	(void)event_del(&c->end);
	(void)event_del(&c->deadline);
	close_fd(&c->pipe_fd);
	close_fd(&c->pid_fd);
	buf_fini(&c->text);
	free(c);
}

static void command_release(struct net_loop_tail *t)
{
	command_free((struct net_command *)t);
}

/* True when there is no process to wait for any more. */
static bool command_reaped(struct net_command *c)
{
	pid_t got;

	if (c->pid == 0)
		return true;
	got = waitpid(c->pid, &c->exit_status, WNOHANG);
	if (got == 0 || (got < 0 && errno == EINTR))
		return false;
	if (got < 0) /* someone else reaped it, or SIGCHLD is ignored: taken for a failure */
		c->exit_status = 255 << 8;
	c->pid = 0;
	return true;
}

/* Without pidfd_open (before Linux 5.3, or forbidden) a timer looks again. */
static void command_await(struct net_command *c)
{
	struct timeval again = net_timeval(REAP_POLL_NS);

	(void)event_add(&c->end, c->pid_fd >= 0 ? NULL : &again);
}

/* Tells the owner. Unless the process is still to be reaped, c is gone afterwards. */
static void command_tell(struct net_command *c, struct secret *output, const char *why)
{
	void (*done)(void *, struct secret *, const char *) = c->done;
	void *arg = c->arg;
	char words[sizeof(c->words)];

	(void)snprintf(words, sizeof(words), "%s", why ? why : "");
	c->done = NULL;
	if (c->pid == 0)
		command_free(c);
	done(arg, output, output ? NULL : words);
}

/* With its group: a child of it may hold the pipe. Before it is reaped, so the number is still its
 * own. SIGKILL ends it soon but not at once, and nobody waits for that: the loop reaps it. */
static void command_kill(struct net_command *c)
{
	if (c->pid == 0)
		return;
	(void)kill(-c->pid, SIGKILL);
	(void)event_del(&c->output);
	(void)event_del(&c->deadline);
	close_fd(&c->pipe_fd);
	buf_fini(&c->text);
	if (command_reaped(c))
		return;
	net_loop_tail_add(c->loop, &c->tail);
	command_await(c);
}

static void command_fail(struct net_command *c, const char *why)
{
	command_kill(c);
	command_tell(c, NULL, why);
}

static const char *exit_words(struct net_command *c)
{
	if (WIFSIGNALED(c->exit_status))
		(void)snprintf(c->words, sizeof(c->words), "killed by signal %d",
			WTERMSIG(c->exit_status));
	else
		(void)snprintf(c->words, sizeof(c->words), "exited with status %d",
			WEXITSTATUS(c->exit_status));
	return c->words;
}

static void command_ended(struct net_command *c)
{
	struct slice rest = buf_slice(&c->text);
	struct slice line = slice_cut(&rest, '\n');
	struct secret *output;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (c->exit_status != 0) {
		command_tell(c, NULL, exit_words(c));
	} else if (line.n == 0) {
		command_tell(c, NULL, "printed nothing");
	} else {
		output = secret_new(line.p, line.n);
		command_tell(c, output, "out of memory");
	}
}

static void command_on_end(evutil_socket_t fd, short what, void *arg)
{
	struct net_command *c = arg;

	(void)fd;
	(void)what;
	if (!command_reaped(c)) {
		command_await(c);
	} else if (c->done) {
		command_ended(c);
	} else {
		net_loop_tail_remove(&c->tail);
		command_free(c);
	}
}

/* More than one line is read too, lest the command dies of SIGPIPE; only its size is bounded. */
static void command_on_output(evutil_socket_t fd, short what, void *arg)
{
	struct net_command *c = arg;
	unsigned char chunk[CHUNK_OCTETS];
	ssize_t n = read(c->pipe_fd, chunk, sizeof(chunk));
	bool fits = n <= 0 || buf_add(&c->text, chunk, (size_t)n);
	int error = n < 0 ? errno : 0;

	(void)fd;
	(void)what;
	secret_wipe(chunk, sizeof(chunk));
	if (!fits) {
		command_fail(c, "printed too much");
	} else if (n == 0) {
		(void)event_del(&c->output);
		command_on_end(-1, 0, c);
	} else if (n < 0 && error != EAGAIN && error != EINTR) {
		command_fail(c, "its output cannot be read");
	}
}

static void command_on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct net_command *c = arg;
	uint64_t now = net_now_ns();
	struct timeval left;

	(void)fd;
	(void)what;
	if (c->why) {
		command_tell(c, NULL, c->why);
	} else if (now < c->deadline_ns) { /* libevent's clock is coarse */
		left = net_timeval(c->deadline_ns - now);
		(void)event_add(&c->deadline, &left);
	} else {
		command_fail(c, "killed: it did not end in time");
	}
}

/* Standard input and error are /dev/null, nothing else of ours is open in the command, signals are
 * as a program expects them: we ignore SIGPIPE, which exec would hand on. Should we have been
 * started without standard descriptors, the pipe's writing end may be 1 or 2 but not 0 (the reading
 * end took that), and the order of the actions is right for both. */
static int actions_init(posix_spawn_file_actions_t *fa, int out)
{
	int error = posix_spawn_file_actions_init(fa);

	if (error != 0)
		return error;
	error = posix_spawn_file_actions_addopen(fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(fa, out, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(
			fa, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(fa, STDERR_FILENO + 1);
	if (error != 0)
		(void)posix_spawn_file_actions_destroy(fa);
	return error;
}

static int attributes_init(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int error = posix_spawnattr_init(attr);

	if (error != 0)
		return error;
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawnattr_setpgroup(attr, 0);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setsigdefault(attr, &all);
	return posix_spawnattr_setflags(
		attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int command_spawn(struct net_command *c, char *const argv[], int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = actions_init(&actions, out);

	if (error != 0)
		return error;
	error = attributes_init(&attributes);
	if (error == 0) {
		error = posix_spawnp(&c->pid, argv[0], &actions, &attributes, argv, environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		c->pid = 0;
	return error;
}

static int command_launch(struct net_command *c, char *const argv[])
{
	int fds[2];
	int error;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return errno;
	error = fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
	if (error == 0)
		error = command_spawn(c, argv, fds[1]);
	close_fd(&fds[1]);
	c->pipe_fd = fds[0];
	if (error == 0)
		c->pid_fd = pidfd_open(c->pid, 0);
	return error;
}

static void command_watch(struct net_command *c)
{
	struct event_base *base = net_loop_base(c->loop);
	uint64_t now = net_now_ns();
	struct timeval left = net_timeval(c->deadline_ns > now ? c->deadline_ns - now : 0);

	(void)event_assign(&c->deadline, base, -1, 0, command_on_deadline, c);
	(void)event_assign(
		&c->output, base, c->pipe_fd, EV_READ | EV_PERSIST, command_on_output, c);
	(void)event_assign(
		&c->end, base, c->pid_fd, c->pid_fd >= 0 ? EV_READ : 0, command_on_end, c);
	if (c->why) {
		event_active(&c->deadline, EV_TIMEOUT, 0);
		return;
	}
	(void)event_add(&c->output, NULL);
	(void)event_add(&c->deadline, &left);
}

struct net_command *net_command_start(struct net_loop *l, char *const argv[], uint64_t deadline_ns,
	void (*done)(void *arg, struct secret *output, const char *why), void *arg)
{
	struct net_command *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return NULL;
	c->tail.release = command_release;
	c->loop = l;
	c->done = done;
	c->arg = arg;
	c->pipe_fd = -1;
	c->pid_fd = -1;
	c->deadline_ns = deadline_ns;
	buf_init_secret(&c->text, NET_COMMAND_OUTPUT_MAX);
	error = command_launch(c, argv);
	if (error != 0) {
		(void)snprintf(c->words, sizeof(c->words), "could not be started: %s",
			strerrordesc_np(error));
		c->why = c->words;
	}
	command_watch(c);
	return c;
}

void net_command_cancel(struct net_command *c)
{
	if (!c)
		return;
	c->done = NULL;
	command_kill(c);
	if (c->pid == 0)
		command_free(c);
}

/* ---- words ---- */

struct words {
	const char *at;
	char *out;
	const char *why;
};

static bool word_escaped(struct words *w)
{
	if (w->at[1] == '\0') {
		w->why = "it ends in a backslash";
		return false;
	}
	*w->out++ = w->at[1];
	w->at += 2;
	return true;
}

/* Within double quotes a backslash escapes what else would mean something there (POSIX 2.2.3). */
static bool word_quoted(struct words *w)
{
	const char quote = *w->at++;

	while (*w->at && *w->at != quote) {
		if (quote == '"' && *w->at == '\\' && w->at[1] && strchr("\"\\$`", w->at[1]))
			w->at++;
		*w->out++ = *w->at++;
	}
	if (!*w->at) {
		w->why = "a quote is left open";
		return false;
	}
	w->at++;
	return true;
}

static bool word_next(struct words *w)
{
	while (*w->at && !strchr(" \t\r\n", *w->at)) {
		bool good = true;

		if (*w->at == '\\')
			good = word_escaped(w);
		else if (*w->at == '\'' || *w->at == '"')
			good = word_quoted(w);
		else
			*w->out++ = *w->at++;
		if (!good)
			return false;
	}
	*w->out++ = '\0';
	return true;
}

/* The words stand one behind the other in one allocation, which argv[0] begins. */
static size_t words_split(struct words *w, char **argv)
{
	size_t count = 0;

	for (;;) {
		w->at += strspn(w->at, " \t\r\n");
		if (!*w->at)
			break;
		argv[count++] = w->out;
		if (!word_next(w))
			return 0;
	}
	if (count == 0)
		w->why = "it is empty";
	return count;
}

char **net_command_argv(const char *text, const char **why)
{
	size_t n = strlen(text);
	char **argv = calloc(n / 2 + 2, sizeof(*argv));
	char *octets = malloc(n + 1);
	struct words w = {.at = text, .out = octets, .why = "out of memory"};

	if (argv && octets && words_split(&w, argv) > 0)
		return argv;
	*why = w.why;
	if (octets)
		secret_wipe(octets, n + 1);
	free(octets);
	free(argv);
	return NULL;
}

void net_command_argv_free(char **argv)
{
	if (!argv)
		return;
	for (size_t i = 0; argv[i]; i++)
		secret_wipe(argv[i], strlen(argv[i]));
	free(argv[0]);
	free(argv);
}
