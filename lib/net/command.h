/* Runs a command without a shell and collects its standard output: where a password comes from. */
#ifndef NET_COMMAND_H
#define NET_COMMAND_H

#include "base/secret.h"
#include "net/loop.h"

enum { NET_COMMAND_OUTPUT_MAX = 65536 };

struct net_command;

/* Starts argv (argv[0] an absolute path or found in PATH; standard input /dev/null, standard error
 * discarded) in a process group of its own. done is called once, from the loop, with the first line
 * of its output (without line end) or, when output is NULL, one line why not: it could not be
 * started, exited with a status, printed nothing, printed too much. The callee owns output. At
 * deadline_ns (net_now_ns clock) it is killed with its group and done says so. */
struct net_command *net_command_start(struct net_loop *l, char *const argv[], uint64_t deadline_ns,
	void (*done)(void *arg, struct secret *output, const char *why), void *arg);
void net_command_cancel(
	struct net_command *c); /* kills it and its group, the loop reaps; NULL allowed */

/* Splits text into words as a shell would: blanks separate, '...' and "..." quote, backslash
 * escapes (within "..." before " \\ $ ` alone); nothing is expanded. A NULL-terminated array, freed
 * by net_command_argv_free (wiped); NULL with *why set: an open quote, no word. */
char **net_command_argv(const char *text, const char **why);
void net_command_argv_free(char **argv);

#endif
