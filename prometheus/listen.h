/* Where the web server listens. */
#ifndef PROMETHEUS_LISTEN_H
#define PROMETHEUS_LISTEN_H

#include <stddef.h>

struct event_base;
struct evconnlistener;

/* "HOST:PORT", "[ADDRESS]:PORT"; ":PORT" is every address. NULL with one line in why. */
struct evconnlistener *listen_new(
	struct event_base *base, const char *address, char *why, size_t why_size);
/* "ADDRESS:PORT" as bound. */
void listen_text(struct evconnlistener *l, char *out, size_t size);

#endif
