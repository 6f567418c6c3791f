/*
 * The table of command lines that both plugins run, and what becomes of each.
 *
 * rows.txt holds blocks separated by blank lines; each line of a block is a directive:
 *
 *	row NAME			begins a block
 *	run PROGRAM ARG...		the command line; '...' and "..." quote, nothing escapes
 *	env NAME=VALUE			repeatable
 *	stdin FILE
 *	mount FILE TARGET		TARGET shows FILE's content to this command alone
 *	needs NAME			leave the row out unless {NAME} is known
 *	tries N				timing: the row holds if one of N runs holds
 *	within SECONDS			how long ours may take (default 11)
 *	was CODE REGEX			recorded of theirs; CODE: exit code, 128 + signal, or *
 *	was-slow SECONDS		theirs takes at least that long
 *	server-was REGEX		what the fake server logs of theirs
 *	server REGEX			and of ours
 *	want same			ours: same code, same classic line, more only behind it
 *	want code [REGEX]		same code, a line of our own
 *	want better ID CODE REGEX	ours differs, for the reason ID names
 *
 * {NAME} stands for a port of the fake server or a directory, in every directive. Output is
 * masked before it is matched: T for response times, \n and \x1b and the like for control
 * characters. REGEX (extended) is searched in all that theirs printed, in ours' first line.
 */
#ifndef PEERS_ROW_H
#define PEERS_ROW_H

#include <stdbool.h>
#include <stddef.h>

enum {
	ROW_ARGS = 32,
	ROW_ENVS = 8,
	ROW_MOUNTS = 3,
	ROWS_MAX = 256,
	ANY_CODE = -1,
};

enum want {
	WANT_SAME,
	WANT_CODE,
	WANT_BETTER,
};

struct outcome {
	int code; /* exit code; 128 + signal */
	double seconds;
	char *raw; /* standard output, NUL terminated */
	size_t raw_octets;
	char *text;   /* raw, masked and printable */
	char *server; /* the fake server's last log line for this run's port, or NULL */
};

struct row {
	const char *name;
	int line; /* in the table */
	char *argv[ROW_ARGS + 1];
	char *env[ROW_ENVS + 1];
	char *mount_from[ROW_MOUNTS];
	char *mount_to[ROW_MOUNTS];
	int mounts;
	const char *stdin_file;
	const char *needs; /* the unknown name, when the row is left out */
	int tries;
	double within;
	int was_code;
	const char *was;
	double was_slow;
	const char *server_was;
	const char *server;
	enum want want;
	const char *id; /* of the defect, WANT_BETTER only */
	int code;
	const char *regex;

	struct outcome theirs;
	struct outcome ours;
	char *fault; /* why the row fails; NULL: it holds */
};

/* Values of {NAME}; the caller adds them before the table is read. */
void names_add(const char *name, const char *value);
const char *names_get(const char *name);

/* A fresh copy of TEXT with each {NAME} replaced; exits with a message on an unknown one. */
char *names_expand(const char *text);

/* Reads FILE into ROWS; returns how many. Exits with file:line: message when it is not sound. */
int rows_read(const char *file, struct row *rows, int max);

/* Runs argv[0] of ROW from the directory DIR. The outcome's strings are the caller's. */
void row_run(const struct row *row, const char *dir, struct outcome *out);
void outcome_fini(struct outcome *out);

/* A printable, masked copy of output. */
char *mask(const char *raw, size_t octets);

/* NULL when all that the row says holds, else a fresh string that says what does not. */
char *row_judge(const struct row *row);

/* The same for what is recorded of theirs alone. */
char *row_judge_record(const struct row *row);

/* Writes what was seen of the rows to PATH. 0, or -1 with errno. */
int rows_report(const char *path, const struct row *rows, int count);

#endif
