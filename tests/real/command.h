/* Runs the command of a row. */
#ifndef REAL_COMMAND_H
#define REAL_COMMAND_H

#include "rows.h"
#include "run.h"

struct result {
	struct blob out;
	struct blob err;
	struct strings reports; /* files that the command made in {tmp} */
	char *command;
	int status; /* of wait */
	long ms;
	bool timed_out;
	char trouble[512]; /* not empty: the row could not be run at all */
};

/* PROGRAMS: where the program is looked up; SPACE: where the row gets a folder of its own. */
void command_run(
	struct result *result, const struct row *row, const char *programs, const char *space);
void result_fini(struct result *result);

#endif
