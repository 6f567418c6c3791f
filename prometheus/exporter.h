/* The daemon: everything it holds. */
#ifndef PROMETHEUS_EXPORTER_H
#define PROMETHEUS_EXPORTER_H

#include "flags.h"
#include "flights.h"
#include "web.h"

struct exporter {
	const struct flags *flags; /* borrowed */
	struct log log;
	struct net_loop *loop;
	struct net_resolver *resolver;
	struct web *web;
	struct config_secrets *secrets;
	struct config *config; /* the last good one; referenced */
	struct tls_cache tls;
	struct stats stats;
	struct history history;
	struct flights flights;
	struct event *on_term, *on_int, *on_hup, *watch;
	uint64_t tried_checksum; /* of the files at the last attempt to load them */
	bool draining;
};

/* False: it cannot start; said in the log. exporter_fini is due either way. */
bool exporter_init(struct exporter *e, const struct flags *flags);
void exporter_fini(struct exporter *e);
/* Until it is told to end and has drained. */
void exporter_run(struct exporter *e);
/* Loads the files anew. False with one line in err; the old ones stay in force. */
bool exporter_reload(struct exporter *e, char err[CONFIG_ERROR_MAX]);

/* Reads the files as a start would: --config.check. The process's exit code. */
int exporter_check(const struct flags *flags);

#endif
