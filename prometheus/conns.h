/* The connections of the web server by descriptor: how long each may take. evhttp frees them
 * without a word, so an entry holds the socket's inode and ends when the descriptor is another
 * one's; it is closed by shutdown(2), which evhttp sees as the peer's end. */
#ifndef PROMETHEUS_CONNS_H
#define PROMETHEUS_CONNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum conn_state {
	CONN_NONE,
	CONN_READING, /* a request is coming in */
	CONN_BUSY,    /* it is being answered */
	CONN_WRITING, /* the reply is going out */
	CONN_IDLE,    /* kept alive */
};

struct conn {
	ino_t inode;
	uint64_t since_ns;
	uint64_t octets; /* received when it became idle */
	enum conn_state state;
};

struct conns {
	struct conn *by_fd; /* owned */
	size_t size, live;
};

void conns_fini(struct conns *c);
/* False: no memory. */
bool conns_add(struct conns *c, int fd, uint64_t now_ns);
void conns_set(struct conns *c, int fd, enum conn_state state, uint64_t now_ns);
/* Forgets those that are closed and shuts down those that are over their time. */
void conns_sweep(struct conns *c, uint64_t now_ns);
/* Shuts down every idle connection (all), or the one that is idle longest. Returns how many. */
size_t conns_close_idle(struct conns *c, bool all);

#endif
