/* Settings turned into what the engine runs. */
#ifndef PLUGINS_PLAN_H
#define PLUGINS_PLAN_H

#include "net/run.h"
#include "probe/probe.h"
#include "settings.h"

/* Must not move once plan_init has filled it: it points into itself. */
struct plan {
	const struct settings *settings; /* borrowed */
	const char *host;		 /* to dial */
	uint16_t port;
	enum probe_tls_mode tls_mode;
	struct step_expect expect;
	struct slice greeting_pattern;
	struct probe_step steps[PROGRAM_STEPS_MAX];
	struct probe_program program;
	char server_name[256]; /* "" when there is none */

	struct secret *secret;	  /* owned; NULL: none, or settings->pass */
	struct probe_login login; /* in use when settings->user */
	const struct tls_ops *tls;
	struct tls_config *tls_config; /* owned */

	struct net_loop *loop;	       /* owned */
	struct net_resolver *resolver; /* owned */
	uint64_t start_ns;	       /* of the process: -t counts from here */
	char id[33];
};

/* What keeps a run from starting: told as a result of its own, not as a bad argument. */
struct plan_failure {
	enum probe_phase phase;
	enum probe_reason reason;
	char words[256];
};

/* Builds the program; loads the password and, when needed, the TLS module. start_ns by net_now_ns.
 * Warnings go to settings->warnings. False with *failure filled; plan_fini is due either way. */
bool plan_init(struct plan *p, struct settings *s, uint64_t start_ns, struct plan_failure *failure);
void plan_fini(struct plan *p);

/* The deadline of the first attempt. */
uint64_t plan_deadline_ns(const struct plan *p);

/* Fills p->steps for a probe with or without its login. False: they do not fit. */
bool plan_compose(struct plan *p, bool with_login);

#endif
