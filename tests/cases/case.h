/* Test cases as data: one command line, one server, what must come of it. */
#ifndef CASES_CASE_H
#define CASES_CASE_H

#include <stdbool.h>
#include <stddef.h>

struct strings {
	char **item;
	size_t count;
};

struct test_case {
	char *name; /* FILE-STEM.CASE, with what `each` and several `run` add */
	char *file;
	int line;
	char *run;
	char *scenario; /* lines, or NULL */
	char *scenario_file;
	char *input;  /* standard input, or NULL: empty */
	char *format; /* classic unless set */
	char *reason;
	char *state;
	char *input_file;
	struct strings popd;  /* further arguments of popd, each a word */
	struct strings env;   /* NAME=VALUE */
	struct strings files; /* NAME "CONTENT" */
	struct strings secrets;
	struct strings out;
	struct strings out_not;
	struct strings full;
	struct strings full_not;
	struct strings err;
	struct strings received;
	struct strings received_not;
	int exit_code; /* -1: any of 0 to 3 */
	int max_ms;    /* 0: 30 s */
};

struct suite {
	struct test_case *cases;
	size_t count;
};

/* Reads a file of cases; prints `file:line: what` on stderr and returns false on an error. */
bool case_load(struct suite *suite, const char *path);

void strings_add(struct strings *s, const char *text);
char *string_copy(const char *text, size_t len);
/* A fresh string: `text` with every `from` replaced by `to`. */
char *string_replace(const char *text, const char *from, const char *to);
/* Words as a shell would see them, without expansions; NULL where a quote is not closed. */
bool words_of(struct strings *out, const char *text);
/* "..." with C escapes, or the text as it is; the length (NULs are possible) goes to *len. */
char *unquote(const char *text, size_t *len);

#endif
