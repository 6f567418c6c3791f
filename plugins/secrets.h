/* Where the password comes from. */
#ifndef PLUGINS_SECRETS_H
#define PLUGINS_SECRETS_H

#include "net/loop.h"
#include "plan.h"

/* The password that the settings name, or NULL with *failure filled. The caller frees it. Only for
 * settings_needs_secret and a source other than -P. At deadline_ns a command is ended. */
struct secret *secrets_load(struct settings *s, struct net_loop *loop, uint64_t deadline_ns,
	struct plan_failure *failure);

#endif
