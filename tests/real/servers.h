/*
 * The servers, below a folder of this run. Whatever becomes of this process, they are stopped: a
 * keeper, a process of its own, waits for its end.
 */
#ifndef REAL_SERVERS_H
#define REAL_SERVERS_H

#include <stdbool.h>

enum { SERVERS = 2, CANNOT_RUN = 77 };

struct server {
	const char *name;     /* dovecot; the script is NAME.sh */
	const char *variable; /* DOVECOT: what its variables begin with */
	int status;	      /* of its start */
};

extern struct server servers[SERVERS];

/* SCRIPTS: where the scripts lie; DIR: where the servers will live. Starts the keeper. */
bool servers_keep(const char *scripts, const char *dir);

/* Starts them, and reads what they offer into the variables. */
void servers_start(void);

/* Returns when they are gone: whether both scripts said so. Any thread may call it, twice too. */
bool servers_stop(void);

#endif
