#include "client.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REPLY_MAX = 8 * 1024 * 1024 };

double now_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int client_connect(int port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&sin, sizeof(sin)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool client_send(int fd, const char *octets, size_t n)
{
	return send(fd, octets, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static size_t content_length(const char *head)
{
	const char *at = strcasestr(head, "\r\ncontent-length:");

	return at ? strtoul(at + 17, NULL, 10) : 0;
}

/* True when the reply is whole. */
static bool take(struct reply *r, char *text, size_t n, bool no_body)
{
	char *end = memmem(text, n, "\r\n\r\n", 4);
	size_t head = end ? (size_t)(end - text) + 4 : 0, length;

	if (!end)
		return false;
	text[n] = '\0';
	free(r->head);
	r->head = strndup(text, head);
	length = no_body ? 0 : content_length(r->head);
	if (n - head < length)
		return false;
	r->status = atoi(text + 9);
	r->body_octets = n - head;
	r->body = malloc(n - head + 1);
	if (r->body)
		memcpy(r->body, text + head, n - head + 1);
	return true;
}

void client_read(int fd, struct reply *r, double seconds, bool no_body)
{
	double begin = now_seconds();
	char *text = malloc(REPLY_MAX);
	size_t n = 0;

	*r = (struct reply){0};
	while (text) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int left = (int)((begin + seconds - now_seconds()) * 1000);
		ssize_t got;

		if (left <= 0 || poll(&p, 1, left) <= 0)
			break;
		got = recv(fd, text + n, REPLY_MAX - 1 - n, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
		if (take(r, text, n, no_body))
			break;
	}
	r->seconds = now_seconds() - begin;
	free(text);
}

void client_raw(int port, const char *octets, size_t n, struct reply *r, double seconds)
{
	int fd = client_connect(port);

	*r = (struct reply){0};
	if (fd < 0)
		return;
	if (client_send(fd, octets, n))
		client_read(fd, r, seconds, strncmp(octets, "HEAD ", 5) == 0);
	close(fd);
}

void client_get(int port, const char *path, const char *headers, struct reply *r)
{
	char text[8192];
	int n = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path,
		headers ? headers : "");

	client_raw(port, text, (size_t)n, r, 30);
}

void reply_fini(struct reply *r)
{
	free(r->head);
	free(r->body);
	*r = (struct reply){0};
}

bool reply_has(const struct reply *r, const char *text)
{
	return r->body && strstr(r->body, text);
}

double reply_value(const struct reply *r, const char *series)
{
	const char *line = r->body;
	size_t n = strlen(series);

	for (; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, series, n) == 0 && line[n] == ' ')
			return strtod(line + n + 1, NULL);
	}
	return NAN;
}
