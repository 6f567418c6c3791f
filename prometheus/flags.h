/* The command line. */
#ifndef PROMETHEUS_FLAGS_H
#define PROMETHEUS_FLAGS_H

#include "allow.h"
#include "log.h"

enum { FLAGS_LISTEN_MAX = 16 };

enum flags_act { FLAGS_RUN, FLAGS_CHECK, FLAGS_HELP, FLAGS_VERSION, FLAGS_BAD };

struct flags {
	const char *config_file; /* NULL: the built-in modules alone */
	const char *web_config_file;
	const char *listen[FLAGS_LISTEN_MAX];
	size_t listen_count;
	double timeout_offset;
	size_t history_limit;
	struct log log;
	struct allow_list allow;
	size_t probes_max; /* 0: as many as there are descriptors for */
	enum flags_act act;
	char problem[256]; /* with FLAGS_BAD */
};

/* Values are borrowed from argv. */
void flags_parse(struct flags *f, int argc, char *const argv[]);
void flags_fini(struct flags *f);
const char *flags_help(void);

#endif
