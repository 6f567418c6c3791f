/* Runs one case: a server of its own, the command, and what both left behind. */
#ifndef CASES_RUN_H
#define CASES_RUN_H

#include "case.h"

#include <sys/types.h>

struct blob {
	char *data; /* NUL-terminated */
	size_t len;
};

struct outcome {
	struct blob out;
	struct blob err;
	struct blob record;
	struct strings reports; /* files the command itself made in {tmp} */
	char *command;		/* the command line as run */
	int status;		/* of wait */
	long ms;
	long max_rss_kib;
	bool timed_out;
	char trouble[512]; /* not empty: the case could not be run at all */
};

struct settings {
	const char *build; /* absolute */
	const char *certs;
	const char *programs; /* where names without a slash are looked up */
	bool memory_limit;
};

void outcome_run(struct outcome *o, const struct test_case *t, const struct settings *s);
void outcome_fini(struct outcome *o);
bool blob_read(struct blob *b, const char *path);

#endif
