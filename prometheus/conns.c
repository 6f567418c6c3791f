#include "conns.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { SIZE_MIN = 64 };

static const uint64_t second_ns = 1000000000;

/* Seconds that a connection may stay in a state. */
static const unsigned limits_s[] = {
	[CONN_NONE] = 0,
	[CONN_READING] = 10,
	[CONN_BUSY] = 0,
	[CONN_WRITING] = 30,
	[CONN_IDLE] = 300,
};

void conns_fini(struct conns *c)
{
	free(c->by_fd);
	*c = (struct conns){0};
}

static bool make_room(struct conns *c, size_t fd)
{
	size_t size = c->size ? c->size : SIZE_MIN;
	struct conn *more;

	while (size <= fd)
		size *= 2;
	if (size == c->size)
		return true;
	more = realloc(c->by_fd, size * sizeof(*more));
	if (!more)
		return false;
	memset(more + c->size, 0, (size - c->size) * sizeof(*more));
	c->by_fd = more;
	c->size = size;
	return true;
}

static bool inode_of(int fd, ino_t *inode)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	*inode = st.st_ino;
	return true;
}

static uint64_t octets_received(int fd)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);

	memset(&info, 0, sizeof(info));
	(void)getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
	return info.tcpi_bytes_received;
}

bool conns_add(struct conns *c, int fd, uint64_t now_ns)
{
	struct conn *conn;

	if (fd < 0 || !make_room(c, (size_t)fd))
		return false;
	conn = &c->by_fd[fd];
	c->live += conn->state == CONN_NONE;
	*conn = (struct conn){.state = CONN_READING, .since_ns = now_ns};
	return inode_of(fd, &conn->inode);
}

void conns_set(struct conns *c, int fd, enum conn_state state, uint64_t now_ns)
{
	struct conn *conn;

	if (fd < 0 || (size_t)fd >= c->size || c->by_fd[fd].state == CONN_NONE)
		return;
	conn = &c->by_fd[fd];
	conn->state = state;
	conn->since_ns = now_ns;
	if (state == CONN_IDLE)
		conn->octets = octets_received(fd);
}

static bool is_open(const struct conn *conn, int fd)
{
	ino_t inode;

	return inode_of(fd, &inode) && inode == conn->inode;
}

static void sweep_one(struct conns *c, int fd, uint64_t now_ns)
{
	struct conn *conn = &c->by_fd[fd];
	uint64_t limit_ns;

	if (!is_open(conn, fd)) {
		conn->state = CONN_NONE;
		c->live--;
		return;
	}
	/* The next request has begun. */
	if (conn->state == CONN_IDLE && octets_received(fd) != conn->octets) {
		conn->state = CONN_READING;
		conn->since_ns = now_ns;
	}
	limit_ns = limits_s[conn->state] * second_ns;
	if (limit_ns && now_ns - conn->since_ns > limit_ns)
		(void)shutdown(fd, SHUT_RDWR);
}

void conns_sweep(struct conns *c, uint64_t now_ns)
{
	for (size_t fd = 0; fd < c->size; fd++)
		if (c->by_fd[fd].state != CONN_NONE)
			sweep_one(c, (int)fd, now_ns);
}

static bool idle(const struct conns *c, size_t fd)
{
	const struct conn *conn = &c->by_fd[fd];

	return conn->state == CONN_IDLE && is_open(conn, (int)fd) &&
	       octets_received((int)fd) == conn->octets;
}

size_t conns_close_idle(struct conns *c, bool all)
{
	size_t count = 0, longest = c->size;

	for (size_t fd = 0; fd < c->size; fd++) {
		if (!idle(c, fd))
			continue;
		if (all)
			count += shutdown((int)fd, SHUT_RDWR) == 0;
		else if (longest == c->size || c->by_fd[fd].since_ns < c->by_fd[longest].since_ns)
			longest = fd;
	}
	if (longest < c->size) {
		c->by_fd[longest].state = CONN_READING;
		count += shutdown((int)longest, SHUT_RDWR) == 0;
	}
	return count;
}
