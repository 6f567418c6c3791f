/* popd: a POP3 server for tests, correct by default, as broken as a scenario asks for. */
#include "conn.h"
#include "listen.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

struct options {
	const char *certs;
	const char *port_file;
	const char *record;
	const char *family;
};

static const char usage[] =
	"usage: popd --port-file FILE [--certs DIR] [--scenario FILE] [--line \"SCENARIO LINE\"]\n"
	"            [--record FILE] [--listen-family 4|6|unix:PATH] [--user NAME:PASSWORD]\n"
	"            [--once N]\n";

static bool add_user(struct scenario *s, char *text)
{
	char *colon = strchr(text, ':');

	if (colon == NULL)
		return false;
	*colon = '\0';
	scenario_add_user(s, text, colon + 1, false);
	return true;
}

static bool add_line(struct scenario *s, char *line)
{
	const char *error = "";

	if (scenario_line(s, line, &error))
		return true;
	fprintf(stderr, "popd: --line %s: %s\n", line, error);
	return false;
}

static bool parse(int argc, char **argv, struct options *o, struct server *server)
{
	static const struct option longs[] = {
		{"certs", required_argument, NULL, 'c'},
		{"port-file", required_argument, NULL, 'p'},
		{"scenario", required_argument, NULL, 's'},
		{"line", required_argument, NULL, 'l'},
		{"record", required_argument, NULL, 'r'},
		{"listen-family", required_argument, NULL, 'f'},
		{"user", required_argument, NULL, 'u'},
		{"once", required_argument, NULL, 'o'},
		{NULL, 0, NULL, 0},
	};
	bool ok = true;
	int c;

	while (ok && (c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'c')
			o->certs = optarg;
		else if (c == 'p')
			o->port_file = optarg;
		else if (c == 's')
			ok = scenario_load(&server->scenario, optarg);
		else if (c == 'l')
			ok = add_line(&server->scenario, optarg);
		else if (c == 'r')
			o->record = optarg;
		else if (c == 'f')
			o->family = optarg;
		else if (c == 'u')
			ok = add_user(&server->scenario, optarg);
		else if (c == 'o')
			server->once = (unsigned)strtoul(optarg, NULL, 10);
		else
			ok = false;
	}
	return ok && optind == argc && o->port_file != NULL;
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* What the clients did just before we were told to stop belongs into the record. */
static void drain(struct server *server)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(server->base, EVLOOP_NONBLOCK);
	while (server->first != NULL)
		conn_free(server->first, "open");
}

static int run(struct server *server, const struct options *o)
{
	struct event *term;

	if (o->record != NULL) {
		server->record_fd =
			open(o->record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (server->record_fd < 0) {
			perror(o->record);
			return 1;
		}
	}
	if (o->certs != NULL && !tls_setup(server, o->certs))
		return 1;
	server->base = event_base_new();
	term = evsignal_new(server->base, SIGTERM, on_term, server->base);
	event_add(term, NULL);
	if (!listen_start(server, o->family, o->port_file))
		return 1;
	event_base_dispatch(server->base);
	drain(server);
	return 0;
}

int main(int argc, char **argv)
{
	static struct server server; /* for as long as the process lives */
	struct options options = {.family = "4"};

	server.record_fd = -1;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	raise_limits();
	scenario_init(&server.scenario);
	if (!parse(argc, argv, &options, &server)) {
		fputs(usage, stderr);
		return 2;
	}
	scenario_finish(&server.scenario);
	return run(&server, &options);
}
