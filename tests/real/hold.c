#include "hold.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPLY_MS = 15000 };

/* One line; whether it is a good one. */
static bool good_reply(int fd)
{
	char line[600];
	size_t n = 0;

	while (n < sizeof(line) - 1) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};

		if (poll(&poller, 1, REPLY_MS) <= 0 || read(fd, line + n, 1) != 1)
			return false;
		if (line[n++] == '\n')
			break;
	}
	return n > 3 && strncmp(line, "+OK", 3) == 0;
}

static bool ask(int fd, const char *verb, const char *argument)
{
	return dprintf(fd, "%s %s\r\n", verb, argument) > 0 && good_reply(fd);
}

int hold_open(const char *port, const char *user, const char *password)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
	};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && good_reply(fd) &&
		ask(fd, "USER", user) && ask(fd, "PASS", password))
		return fd;
	close(fd);
	return -1;
}

void hold_close(int fd)
{
	char octet;

	if (fd < 0)
		return;
	if (dprintf(fd, "QUIT\r\n") > 0 && good_reply(fd)) {
		while (read(fd, &octet, 1) > 0)
			continue;
	}
	close(fd);
}
