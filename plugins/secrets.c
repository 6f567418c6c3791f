#include "secrets.h"
#include "report.h"

#include "base/text.h"
#include "net/command.h"
#include "read_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_OCTETS_MAX = 65536 };

__attribute__((format(printf, 3, 4))) static struct secret *fail(
	struct plan_failure *f, enum probe_reason reason, const char *fmt, ...)
{
	va_list args;

	f->phase = PHASE_AUTH;
	f->reason = reason;
	va_start(args, fmt);
	vsnprintf(f->words, sizeof(f->words), fmt, args);
	va_end(args);
	return NULL;
}

/* The first line, without its end. */
static struct slice first_line(struct slice s)
{
	struct slice line = slice_cut(&s, '\n');

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static void warn_mode(struct settings *s, const char *path)
{
	char text[512];

	snprintf(text, sizeof(text), "warning: password file %s is world-readable", path);
	lines_addf(&s->warnings, "%s", text);
}

static struct secret *from_file(struct settings *s, struct plan_failure *failure)
{
	const char *path = s->pass_file;
	struct secret *secret = NULL;
	struct read_file f;
	struct slice line;

	if (!read_file(&f, path, SECRET_OCTETS_MAX))
		return fail(failure, REASON_INTERNAL, "cannot read password file %s: %s", path,
			strerror(f.sys_errno));
	line = first_line(buf_slice(&f.content));
	if (S_ISREG(f.mode) && (f.mode & S_IWOTH))
		fail(failure, REASON_INTERNAL, "password file %s is world-writable", path);
	else if (line.n == 0)
		fail(failure, REASON_INTERNAL, "password file %s has no first line", path);
	else if (!(secret = secret_new(line.p, line.n)))
		fail(failure, REASON_INTERNAL, "out of memory");
	else if (S_ISREG(f.mode) && (f.mode & S_IROTH))
		warn_mode(s, path);
	buf_fini(&f.content);
	return secret;
}

/* Overwritten in environ: /proc shows it. */
static struct secret *from_env(const struct settings *s, struct plan_failure *failure)
{
	const char *value = getenv(s->pass_env);
	size_t n = strlen(s->pass_env);
	struct secret *secret;

	if (!value || !*value)
		return fail(failure, REASON_INTERNAL, "no password in the environment variable %s",
			s->pass_env);
	secret = secret_new(value, strlen(value));
	/* Every one of that name: a second one would stay in /proc. */
	for (char **e = environ; *e; e++)
		if (strncmp(*e, s->pass_env, n) == 0 && (*e)[n] == '=')
			secret_wipe(*e + n + 1, strlen(*e + n + 1));
	return secret ? secret : fail(failure, REASON_INTERNAL, "out of memory");
}

struct command_wait {
	struct net_loop *loop;
	struct secret *output;
	char why[160];
};

static void command_done(void *arg, struct secret *output, const char *why)
{
	struct command_wait *w = arg;

	w->output = output;
	if (!output)
		snprintf(w->why, sizeof(w->why), "%s", why);
	net_loop_stop(w->loop);
}

static struct secret *from_command(const struct settings *s, struct net_loop *loop,
	uint64_t deadline_ns, struct plan_failure *failure)
{
	struct command_wait w = {.loop = loop};
	const char *why = NULL;
	char **argv = net_command_argv(s->pass_command, &why);
	bool late;

	if (!argv)
		return fail(failure, REASON_INTERNAL, "password command: %s", why);
	if (net_command_start(loop, argv, deadline_ns, command_done, &w))
		net_loop_run(loop);
	else
		snprintf(w.why, sizeof(w.why), "cannot be started");
	net_command_argv_free(argv);
	late = net_now_ns() >= deadline_ns;
	if (w.output)
		return w.output;
	return fail(
		failure, late ? REASON_TIMEOUT : REASON_INTERNAL, "password command: %s", w.why);
}

struct secret *secrets_load(struct settings *s, struct net_loop *loop, uint64_t deadline_ns,
	struct plan_failure *failure)
{
	if (s->pass_file)
		return from_file(s, failure);
	if (s->pass_env)
		return from_env(s, failure);
	return from_command(s, loop, deadline_ns, failure);
}
