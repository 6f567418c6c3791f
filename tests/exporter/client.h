/* A tiny HTTP client: sends octets as they are given, reads one reply. */
#ifndef TESTS_EXPORTER_CLIENT_H
#define TESTS_EXPORTER_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct reply {
	int status; /* 0: none came */
	char *head; /* owned */
	char *body; /* owned; NUL behind it */
	size_t body_octets;
	double seconds;
};

/* A connection to 127.0.0.1:port, or -1. */
int client_connect(int port);
bool client_send(int fd, const char *octets, size_t n);
/* Reads one reply, at most for so many seconds. no_body: to HEAD. */
void client_read(int fd, struct reply *r, double seconds, bool no_body);
/* GET path with these further header lines ("A: b\r\n"); up to 30 s. */
void client_get(int port, const char *path, const char *headers, struct reply *r);
/* A whole request as it goes over the wire; the connection is closed afterwards. */
void client_raw(int port, const char *octets, size_t n, struct reply *r, double seconds);
void reply_fini(struct reply *r);
bool reply_has(const struct reply *r, const char *text); /* in the body */
/* The value of the sample that begins with series ("probe_success"); NAN: not there. */
double reply_value(const struct reply *r, const char *series);
double now_seconds(void);

#endif
