/* Runs a command without a shell and collects its standard output: where a password comes from. */
#ifndef NET_COMMAND_H
#define NET_COMMAND_H

#include "base/secret.h"
#include "net/loop.h"

enum { NET_COMMAND_OUTPUT_MAX = 65536 };

struct net_command;

/* Starts argv (argv[0] an absolute path or found in PATH; standard input /dev/null, standard error
 * discarded; our environment, none of our descriptors) in a process group of its own. done is
 * called once, from the loop, with the first line of its output (without line end), owned by the
 * callee, or, when output is NULL, one line why not, valid until done returns: it could not be
 * started, "exited with status N", "killed by signal N", printed nothing, printed too much; nothing
 * of what it printed. Both must have ended, the output and the process. At deadline_ns (net_now_ns
 * clock) it is killed with its group and done says so; so it is when a child it left behind holds
 * its output open. The command has freed itself when done is called. No signal is caught for it,
 * but SIGCHLD must not be ignored. NULL: no memory. */
struct net_command *net_command_start(struct net_loop *l, char *const argv[], uint64_t deadline_ns,
	void (*done)(void *arg, struct secret *output, const char *why), void *arg);
/* Kills it with its group; the loop reaps it. done is not called. NULL allowed. */
void net_command_cancel(struct net_command *c);

/* Splits text into words as a shell would: blanks separate, '...' and "..." quote, backslash
 * escapes (within "..." before " \ $ ` alone); nothing is expanded. A NULL-terminated array, freed
 * by net_command_argv_free (wiped); NULL with *why set: an open quote, no word. */
char **net_command_argv(const char *text, const char **why);
void net_command_argv_free(char **argv);

#endif
