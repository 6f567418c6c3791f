#include "exporter.h"

#include "pages.h"
#include "process.h"
#include "version.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCH_SECONDS = 2, DRAIN_SECONDS = 130 };

/* --- the module file -------------------------------------------------------------------------- */

static void note(void *arg, const char *line)
{
	const struct log *log = arg;

	log_write(log, LOG_LEVEL_WARN, line, NULL);
}

static struct config *load(struct exporter *e, char err[CONFIG_ERROR_MAX])
{
	const struct config_source source = {
		.pattern = e->flags->config_file,
		.secrets = e->secrets,
		/* OpenSSL is not started for nothing. */
		.tls = e->flags->config_file ? tls_ops_get() : NULL,
		.note = note,
		.note_arg = &e->log,
	};

	err[0] = '\0';
	return config_load(&source, err);
}

bool exporter_reload(struct exporter *e, char err[CONFIG_ERROR_MAX])
{
	struct config *fresh;
	char ignored[CONFIG_ERROR_MAX];

	if (e->flags->config_file)
		(void)config_checksum(e->flags->config_file, &e->tried_checksum, ignored);
	fresh = load(e, err);
	e->stats.reload_ok = fresh != NULL;
	if (!fresh) {
		log_write(&e->log, LOG_LEVEL_ERROR,
			e->config ? "cannot load the module file, the last good one stays"
				  : "cannot load the module file",
			"err", err, NULL);
		return false;
	}
	config_unref(e->config);
	e->config = fresh;
	e->stats.reload_seconds = net_wall_seconds();
	tls_cache_clear(&e->tls);
	log_write(&e->log, LOG_LEVEL_INFO, "module file loaded", "file",
		e->flags->config_file ? e->flags->config_file : "(built in)", NULL);
	return true;
}

static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
	char err[CONFIG_ERROR_MAX];

	(void)fd;
	(void)what;
	(void)exporter_reload(arg, err);
}

/* By content: an editor may write the same again, or a mount change under the path. */
static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	char err[CONFIG_ERROR_MAX];
	struct exporter *e = arg;
	uint64_t checksum;

	(void)fd;
	(void)what;
	if (!config_checksum(e->flags->config_file, &checksum, err) ||
		checksum == e->tried_checksum)
		return;
	(void)exporter_reload(e, err);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void on_drained(void *arg)
{
	struct exporter *e = arg;

	net_loop_stop(e->loop);
}

static void on_too_long(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	on_drained(arg);
}

static void on_terminate(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval limit = {.tv_sec = DRAIN_SECONDS};
	struct exporter *e = arg;

	(void)fd;
	(void)what;
	if (e->draining) {
		on_drained(e);
		return;
	}
	e->draining = true;
	log_write(&e->log, LOG_LEVEL_INFO, "draining", NULL);
	(void)event_base_once(net_loop_base(e->loop), -1, EV_TIMEOUT, on_too_long, e, &limit);
	web_drain(e->web, on_drained, e);
}

/* --- life ------------------------------------------------------------------------------------- */

static bool fail(struct exporter *e, const char *what, const char *err)
{
	log_write(&e->log, LOG_LEVEL_ERROR, what, "err", err, NULL);
	return false;
}

static bool watch_signals(struct exporter *e)
{
	const struct timeval interval = {.tv_sec = WATCH_SECONDS};
	struct event_base *base = net_loop_base(e->loop);

	e->on_term = evsignal_new(base, SIGTERM, on_terminate, e);
	e->on_int = evsignal_new(base, SIGINT, on_terminate, e);
	e->on_hup = evsignal_new(base, SIGHUP, on_hangup, e);
	e->watch = event_new(base, -1, EV_PERSIST, on_watch, e);
	if (!e->on_term || !e->on_int || !e->on_hup || !e->watch)
		return false;
	if (e->flags->config_file && event_add(e->watch, &interval) != 0)
		return false;
	return event_add(e->on_term, NULL) == 0 && event_add(e->on_int, NULL) == 0 &&
	       event_add(e->on_hup, NULL) == 0;
}

static bool init_flights(struct exporter *e, size_t max)
{
	const struct flights_world world = {
		.loop = e->loop,
		.resolver = e->resolver,
		.secrets = e->secrets,
		.allow = &e->flags->allow,
		.tls = &e->tls,
		.stats = &e->stats,
		.history = &e->history,
		.log = &e->log,
		.max = max,
	};

	return flights_init(&e->flights, &world);
}

static bool listen_all(struct exporter *e)
{
	char why[256];

	for (size_t i = 0; i < e->flags->listen_count; i++)
		if (!web_listen(e->web, e->flags->listen[i], why, sizeof(why))) {
			log_write(&e->log, LOG_LEVEL_ERROR, "cannot listen", "address",
				e->flags->listen[i], "err", why, NULL);
			return false;
		}
	return true;
}

static size_t probes_max(struct exporter *e, size_t possible)
{
	size_t wanted = e->flags->probes_max;

	if (wanted > possible)
		log_write(&e->log, LOG_LEVEL_WARN,
			"--probes.max is more than there are file descriptors for", NULL);
	return wanted && wanted < possible ? wanted : possible;
}

bool exporter_init(struct exporter *e, const struct flags *flags)
{
	struct process_limits limits = process_raise_limits();
	char err[CONFIG_ERROR_MAX];

	*e = (struct exporter){.flags = flags, .log = flags->log};
	stats_init(&e->stats);
	e->stats.start_seconds = net_wall_seconds();
	history_init(&e->history, flags->history_limit);
	e->loop = net_loop_new();
	e->resolver = e->loop ? net_resolver_new(e->loop, NULL) : NULL;
	e->secrets = config_secrets_new(getenv("CREDENTIALS_DIRECTORY"));
	if (!e->resolver || !e->secrets || !init_flights(e, probes_max(e, limits.probes)))
		return fail(e, "cannot start", "no memory or descriptors");
	e->web = web_new(e->loop, &e->log, limits.connections, pages_handle, e);
	if (!e->web || !watch_signals(e))
		return fail(e, "cannot start", "no memory or descriptors");
	/* Without a word the pages would be open to all. */
	if (flags->web_config_file)
		return fail(e, "cannot start", "--web.config.file is not supported yet");
	return exporter_reload(e, err) && listen_all(e);
}

void exporter_run(struct exporter *e)
{
	log_write(&e->log, LOG_LEVEL_INFO, "ready", "version", POP3PROBE_VERSION, NULL);
	net_loop_run(e->loop);
	log_write(&e->log, LOG_LEVEL_INFO, "ended", NULL);
}

static void free_event(struct event *event)
{
	if (event)
		event_free(event);
}

void exporter_fini(struct exporter *e)
{
	web_free(e->web);
	free_event(e->on_term);
	free_event(e->on_int);
	free_event(e->on_hup);
	free_event(e->watch);
	history_fini(&e->history);
	flights_fini(&e->flights);
	stats_fini(&e->stats);
	tls_cache_clear(&e->tls);
	config_unref(e->config);
	config_secrets_free(e->secrets);
	net_resolver_free(e->resolver);
	net_loop_free(e->loop);
}

int exporter_check(const struct flags *flags)
{
	struct exporter e = {.flags = flags, .log = flags->log};
	char err[CONFIG_ERROR_MAX] = "out of memory";

	e.secrets = config_secrets_new(getenv("CREDENTIALS_DIRECTORY"));
	if (e.secrets)
		e.config = load(&e, err);
	if (e.config)
		printf("%s: good, %zu modules\n",
			flags->config_file ? flags->config_file : "(built in)",
			config_module_count(e.config));
	else
		fprintf(stderr, "%s\n", err);
	config_unref(e.config);
	config_secrets_free(e.secrets);
	return e.config ? 0 : 1;
}
