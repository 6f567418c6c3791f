/* pop3_exporter: probes POP3 servers for Prometheus. */
#include "exporter.h"
#include "process.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>

static int run(const struct flags *flags)
{
	struct exporter *e = calloc(1, sizeof(*e));
	int code = 1;

	if (!e)
		return code;
	if (exporter_init(e, flags)) {
		exporter_run(e);
		code = 0;
	}
	exporter_fini(e);
	free(e);
	return code;
}

static int act(const struct flags *flags)
{
	switch (flags->act) {
	case FLAGS_RUN:
		return run(flags);
	case FLAGS_CHECK:
		return exporter_check(flags);
	case FLAGS_HELP:
		fputs(flags_help(), stdout);
		return 0;
	case FLAGS_VERSION:
		puts("pop3_exporter " POP3PROBE_VERSION);
		return 0;
	case FLAGS_BAD:
		break;
	}
	fprintf(stderr, "pop3_exporter: %s\n", flags->problem);
	return 2;
}

int main(int argc, char **argv)
{
	struct flags flags;
	int code;

	process_protect();
	flags_parse(&flags, argc, argv);
	code = act(&flags);
	flags_fini(&flags);
	return code;
}
