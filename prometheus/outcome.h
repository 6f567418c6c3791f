/* One probe: what was asked, then what was found, judged. Shared by all who asked for the same, by
 * the history, and by the rule on the interval between logins. */
#ifndef PROMETHEUS_OUTCOME_H
#define PROMETHEUS_OUTCOME_H

#include "config/config.h"
#include "probe/probe.h"
#include "report/output.h"
#include "target.h"

enum { OUTCOME_ID_OCTETS = 33 };

/* Borrowed; outcome_new copies. */
struct outcome_request {
	struct config *config;
	const struct config_module *module;
	const struct config_auth *auth; /* NULL: no login */
	const struct target *target;
	uint16_t port;
	const char *hostname; /* hostname=, or NULL */
	uint64_t timeout_ns;
};

struct outcome {
	unsigned refs;
	struct config *config; /* referenced: everything below borrows from it */
	const struct config_module *module;
	const struct config_auth *auth;
	struct target target;
	uint16_t port;
	char *hostname;	  /* hostname=; NULL: none */
	const char *name; /* to verify; NULL: none */
	uint64_t timeout_ns;
	char id[OUTCOME_ID_OCTETS];

	struct probe_step *steps; /* owned */
	size_t step_count;
	struct probe_login login;
	struct secret *secret;	       /* owned; gone once the probe has ended */
	struct tls_config *tls_config; /* referenced */

	struct probe *probe; /* owned; NULL until it has ended */
	const struct probe_result *result;
	struct report_context context;
	struct report_verdict *verdict; /* owned */
	uint64_t ended_ns;		/* net_now_ns clock */
	int64_t wall_seconds;		/* at the end */
};

/* NULL: no memory. One reference. */
struct outcome *outcome_new(const struct outcome_request *q);
struct outcome *outcome_ref(struct outcome *o);
void outcome_unref(struct outcome *o); /* NULL allowed */
bool outcome_matches(const struct outcome *o, const struct outcome_request *q);
/* What the engine runs; points into o. */
void outcome_spec(struct outcome *o, uint64_t timeout_ns, struct probe_spec *spec);
/* Takes the probe over, which has ended, and judges. False: no memory. */
bool outcome_finish(struct outcome *o, struct probe *p);
bool outcome_success(const struct outcome *o);
/* For one form of report. message: room for its line, initialised. age_ns: of a result given again,
 * else 0. context: the caller's, filled here. */
struct report_item outcome_item(const struct outcome *o, uint64_t age_ns, bool transcript,
	struct report_context *context, struct buf *message);
/* "host:port". */
void outcome_target_text(const struct outcome *o, struct buf *out);
/* Octets of memory, roughly. */
size_t outcome_octets(const struct outcome *o);

#endif
