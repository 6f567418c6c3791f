/* A POP3 session that holds a maildrop, in clear text on loopback. */
#ifndef REAL_HOLD_H
#define REAL_HOLD_H

#include <stdbool.h>

/* Logs in; the descriptor, or -1. */
int hold_open(const char *port, const char *user, const char *password);

/* QUIT, and waits until the server has let go. */
void hold_close(int fd);

#endif
