/* What the fake server's two halves share: how it behaves, and where it listens. */
#ifndef PEERS_FAKEPOP_H
#define PEERS_FAKEPOP_H

#include <stdbool.h>
#include <stddef.h>

struct conn;
typedef void serve_fn(struct conn *);

/* How a port treats who connects. TEXT is the greeting where SERVE wants one. */
struct behaviour {
	const char *name;
	const char *cert; /* a certificate's name: TLS from the first octet; NULL: clear text */
	serve_fn *serve;
	const char *text;
};

extern const struct behaviour behaviours[]; /* the first is a friendly server */
extern const size_t behaviour_count;

/* Whether what clients of it send goes to the log; such a behaviour has two ports. */
bool behaviour_audited(const struct behaviour *how);

/* Serves the accepted socket FD on a thread of its own, which closes it. */
void serve_start(int fd, const struct behaviour *how);

/* Binds everything, prints the names and ports, serves until standard input ends. */
void ports_open(const char *dir);
void ports_serve(void);

unsigned local_port(int fd);

/* Ends the program with WHAT and errno unless OK. */
void must(bool ok, const char *what);

#endif
