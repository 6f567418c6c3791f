#include "test_net.h"

#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_NS	 ((uint64_t)20000000000)
#define SHORT_NS ((uint64_t)100000000)

struct got {
	struct net_loop *loop;
	size_t calls;
	bool success;
	char output[256];
	char why[128];
};

static void got_result(void *arg, struct secret *output, const char *why)
{
	struct got *g = arg;
	struct slice s = secret_slice(output);

	g->calls++;
	g->success = output != NULL;
	ck_assert((output != NULL) == (why == NULL));
	ck_assert_uint_lt(s.n, sizeof(g->output));
	if (s.n > 0)
		memcpy(g->output, s.p, s.n);
	(void)snprintf(g->why, sizeof(g->why), "%s", why ? why : "");
	secret_free(output);
}

static struct got run_on(struct net_loop *l, const char *const argv[], uint64_t span_ns)
{
	struct got g = {.loop = l};
	char *copy[8] = {NULL};

	for (size_t i = 0; argv[i]; i++)
		copy[i] = strdup(argv[i]);
	ck_assert_ptr_nonnull(
		net_command_start(g.loop, copy, net_now_ns() + span_ns, got_result, &g));
	ck_assert_uint_eq(g.calls, 0);
	net_loop_run(g.loop);
	ck_assert_uint_eq(g.calls, 1);
	/* Nothing is left to reap. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	net_loop_free(g.loop);
	for (size_t i = 0; copy[i]; i++)
		free(copy[i]);
	return g;
}

static struct got run(const char *const argv[], uint64_t span_ns)
{
	return run_on(net_loop_new(), argv, span_ns);
}

static struct got shell(const char *script, uint64_t span_ns)
{
	return run((const char *const[]){"sh", "-c", script, NULL}, span_ns);
}

static const struct {
	const char *script;
	const char *output; /* NULL: fails */
	const char *why;
} scripts[] = {
	{"echo secret", "secret", ""},
	{"printf secret", "secret", ""},
	{"printf 'one\\r\\ntwo\\n'", "one", ""},
	{"printf ' a b \\n'", " a b ", ""},
	{"echo out; echo err >&2", "out", ""},
	{"cat; echo end", "end", ""},
	{"echo out; exec >&-; exit 0", "out", ""},
	{"echo secret; exit 3", NULL, "exited with status 3"},
	{"echo secret; kill -9 $$", NULL, "killed by signal 9"},
	{"kill -PIPE $$; echo alive", NULL, "killed by signal 13"},
	{"exit 0", NULL, "printed nothing"},
	{"echo; echo second", NULL, "printed nothing"},
	{"head -c 65537 /dev/zero", NULL, "printed too much"},
	{"cat /dev/zero", NULL, "printed too much"},
	{"echo first; head -c 65530 /dev/zero", "first", ""},
	{"nosuch-command", NULL, "exited with status 127"},
};

START_TEST(command_scripts)
{
	struct got g;

	(void)signal(SIGPIPE, SIG_IGN);
	g = shell(scripts[_i].script, LONG_NS);
	ck_assert_msg(g.success == !!scripts[_i].output, "%s: %s", scripts[_i].script, g.why);
	ck_assert_str_eq(g.output, scripts[_i].output ? scripts[_i].output : "");
	ck_assert_str_eq(g.why, scripts[_i].why);
}
END_TEST

START_TEST(command_not_started)
{
	struct got g = run((const char *const[]){"/nosuch", NULL}, LONG_NS);

	/* valgrind forks where glibc would vfork, and then only the child knows. */
	if (strcmp(g.why, "exited with status 127") == 0)
		return;
	ck_assert_str_eq(g.why, "could not be started: No such file or directory");
	g = run((const char *const[]){"/", NULL}, LONG_NS);
	ck_assert_str_eq(g.why, "could not be started: Permission denied");
}
END_TEST

static const char *const endless[] = {
	"sleep 1000",
	"exec sleep 1000",
	"trap '' TERM INT HUP; while :; do sleep 1; done",
	"exec >&-; sleep 1000",	 /* output ended, the process has not */
	"sleep 1000 & echo out", /* the process ended, a child holds the output */
	"echo out; kill -STOP $$",
};

START_TEST(command_deadline)
{
	uint64_t start = net_now_ns();
	struct got g = shell(endless[_i], SHORT_NS);

	ck_assert(!g.success);
	ck_assert_str_eq(g.why, "killed: it did not end in time");
	ck_assert_uint_ge(net_now_ns() - start, SHORT_NS);
	ck_assert_uint_lt(net_now_ns() - start, LONG_NS);
}
END_TEST

/* What the command left running dies with it: the reader of its FIFO sees the end. */
START_TEST(command_deadline_kills_the_group)
{
	char folder[] = "/tmp/test_net.XXXXXX", path[64], script[160];
	struct pollfd p = {.events = POLLIN};

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/fifo", folder);
	(void)snprintf(script, sizeof(script), "exec 9>%s; echo x >&9; sleep 1000 & wait", path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	p.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(p.fd, 0);
	ck_assert(!shell(script, (uint64_t)1000000000).success);
	ck_assert_int_eq(poll(&p, 1, 20000), 1);
	ck_assert_int_eq(read(p.fd, script, sizeof(script)), 2);
	ck_assert_int_eq(poll(&p, 1, 20000), 1);
	ck_assert_int_eq(read(p.fd, script, sizeof(script)), 0);
	(void)close(p.fd);
	(void)unlink(path);
	(void)rmdir(folder);
}
END_TEST

static void turns(struct net_loop *l, int n)
{
	while (n-- > 0)
		(void)event_base_loop(net_loop_base(l), EVLOOP_NONBLOCK);
}

START_TEST(command_cancel)
{
	struct got g = {.loop = net_loop_new()};
	char name[] = "sleep", seconds[] = "1000", missing[] = "/nosuch";
	char *argv[] = {name, seconds, NULL}, *bad[] = {missing, NULL};
	struct net_command *c;

	for (int i = 0; i < 20; i++) {
		c = net_command_start(
			g.loop, i % 2 ? argv : bad, net_now_ns() + LONG_NS, got_result, &g);
		ck_assert_ptr_nonnull(c);
		if (i % 2)
			turns(g.loop, i % 3);
		net_command_cancel(c);
	}
	net_command_cancel(NULL);
	net_loop_run(g.loop); /* until the last is reaped */
	ck_assert_uint_eq(g.calls, 0);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	/* A loop freed before it could reap leaves no memory behind. */
	net_command_cancel(net_command_start(g.loop, argv, net_now_ns() + LONG_NS, got_result, &g));
	net_loop_free(g.loop);
	while (waitpid(-1, NULL, 0) > 0)
		;
}
END_TEST

/* Whoever is started with its standard descriptors closed has pipes numbered 0 to 2. */
START_TEST(command_without_standard_descriptors)
{
	const char *const argv[] = {"echo", "secret", NULL};
	struct net_loop *l = net_loop_new(); /* before: it would take their numbers */
	int saved[3];
	struct got g;

	(void)fflush(NULL);
	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		(void)close(i);
	}
	g = run_on(l, argv, LONG_NS);
	for (int i = 0; i < 3; i++) {
		(void)dup2(saved[i], i);
		(void)close(saved[i]);
	}
	ck_assert_str_eq(g.output, "secret");
}
END_TEST

START_TEST(command_inherits_no_descriptor)
{
	int fd = open("/dev/null", O_RDONLY); /* not CLOEXEC */
	char script[64];
	struct got g;

	(void)snprintf(script, sizeof(script), "test -e /proc/self/fd/%d || echo closed", fd);
	g = shell(script, LONG_NS);
	ck_assert_str_eq(g.output, "closed");
	(void)close(fd);
}
END_TEST

START_TEST(command_leaks_nothing)
{
	size_t before = bed_descriptors();

	for (size_t i = 0; i < 50; i++) {
		(void)shell("echo secret", LONG_NS);
		(void)shell("exit 1", LONG_NS);
		(void)run((const char *const[]){"/nosuch", NULL}, LONG_NS);
		(void)shell("cat /dev/zero", LONG_NS);
	}
	ck_assert_uint_eq(bed_descriptors(), before);
}
END_TEST

/* ---- words ---- */

static const struct {
	const char *text;
	const char *words; /* joined by '|'; NULL: refused */
} lines[] = {
	{"/bin/echo secret", "/bin/echo|secret"},
	{"  a\tb\n ", "a|b"},
	{"a 'b c' \"d e\"", "a|b c|d e"},
	{"a '' \"\"", "a||"},
	{"''", ""},
	{"a'b'\"c\"d", "abcd"},
	{"a\\ b \\'", "a b|'"},
	{"'a\\b'", "a\\b"},
	{"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
	{"$HOME *", "$HOME|*"},
	{"a;b&c", "a;b&c"},
	{"a b c d e f g h", "a|b|c|d|e|f|g|h"},
	{"", NULL},
	{" \t", NULL},
	{"a 'b", NULL},
	{"a \"b\\\"", NULL},
	{"a\\", NULL},
};

START_TEST(command_words)
{
	const char *why = NULL;
	char **argv = net_command_argv(lines[_i].text, &why);
	char joined[128] = "";

	ck_assert_msg((argv != NULL) == (lines[_i].words != NULL), "%s", lines[_i].text);
	ck_assert((argv == NULL) == (why != NULL));
	for (size_t i = 0; argv && argv[i]; i++) {
		if (i > 0)
			strcat(joined, "|");
		strcat(joined, argv[i]);
	}
	if (argv)
		ck_assert_str_eq(joined, lines[_i].words);
	net_command_argv_free(argv);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table[0])))

TCase *tcase_net_command(void)
{
	TCase *t = tcase_create("command");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, command_scripts, 0, COUNT(scripts));
	tcase_add_test(t, command_not_started);
	tcase_add_loop_test(t, command_deadline, 0, COUNT(endless));
	tcase_add_test(t, command_deadline_kills_the_group);
	tcase_add_test(t, command_cancel);
	tcase_add_test(t, command_without_standard_descriptors);
	tcase_add_test(t, command_inherits_no_descriptor);
	tcase_add_test(t, command_leaks_nothing);
	tcase_add_loop_test(t, command_words, 0, COUNT(lines));
	return t;
}
