/*
 * Rows: a command line, and what must come of it. README.md describes the files they stand in.
 */
#ifndef REAL_ROWS_H
#define REAL_ROWS_H

#include "case.h"

struct row {
	char *name; /* with the values of `each` */
	char *file;
	int line;
	char *run;
	char *lock;   /* rows with the same lock run one after the other */
	char *hold;   /* PORT USER PASSWORD: a session open meanwhile, or NULL */
	char *format; /* classic unless set */
	char *reason; /* PHASE/REASON */
	char *state;  /* where the word on the line differs from the exit code */
	struct strings env;
	struct strings files;
	struct strings secrets;
	struct strings out;
	struct strings out_not;
	struct strings full;
	struct strings full_not;
	struct strings json;
	int exit_code; /* -1: any of 0 to 3 */
	int max_ms;    /* killed after that */
	int slow;      /* seconds that it takes, about: the slowest begin first */
};

struct rows {
	struct row *row;
	size_t count;
};

/* Appends the rows of a file; prints `file:line: what` and returns false on an error. */
bool rows_load(struct rows *rows, const char *path);

/* Whether any of what the row says mentions TEXT. */
bool row_mentions(const struct row *row, const char *text);

#endif
