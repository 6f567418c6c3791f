/* A snapshot from within. */
#ifndef CONFIG_SNAPSHOT_H
#define CONFIG_SNAPSHOT_H

#include "config/load.h"

#include <stdatomic.h>

struct config {
	atomic_size_t refs;
	struct arena arena; /* all that it hands out, but secrets and expressions */
	struct config_list modules, auths;
	struct config_secret_node *secrets;
	struct config_regex_node *regexes;
	uint64_t checksum;
};

struct config *config_new(void);

#endif
