/* HTTP over libevent's evhttp, with what it lacks: a timer over a whole request, a bound on
 * connections, every method handed to us, and news of a client that went away. */
#ifndef PROMETHEUS_WEB_H
#define PROMETHEUS_WEB_H

#include "base/slice.h"
#include "log.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>

enum web_method { WEB_GET, WEB_HEAD, WEB_POST, WEB_OTHER };

struct web;
struct web_request;

/* connections_max: the idlest are closed for new ones; while none is idle nothing is accepted.
 * handle is called from the loop, and owes each request one web_reply, then or later. NULL: no
 * memory. */
struct web *web_new(struct net_loop *l, const struct log *log, size_t connections_max,
	void (*handle)(void *arg, struct web_request *r), void *arg);
/* Closes everything; handlers are told that their clients are gone. NULL allowed. */
void web_free(struct web *w);
/* "HOST:PORT", "[ADDRESS]:PORT" or ":PORT". False with one line in why. */
bool web_listen(struct web *w, const char *address, char *why, size_t why_size);
/* Accepts nothing any more and closes connections as soon as they are idle; idle is called from the
 * loop when all are gone. */
void web_drain(struct web *w, void (*idle)(void *arg), void *arg);

enum web_method web_method(const struct web_request *r);
/* As sent, without the query; the query, or NULL. */
const char *web_path(const struct web_request *r);
const char *web_query(const struct web_request *r);
/* NULL when it was not sent. */
const char *web_header(const struct web_request *r, const char *name);
/* gone is called from the loop when the client has gone before the reply: the request is then
 * answered, and not the caller's any more. */
void web_on_gone(struct web_request *r, void (*gone)(void *arg), void *arg);
void web_add_header(struct web_request *r, const char *name, const char *value);
/* Compresses where the client takes it, and says Vary. HEAD gets no body. r is gone afterwards. */
void web_reply(struct web_request *r, int status, const char *content_type, struct slice body);
/* One line of text. */
void web_reply_line(struct web_request *r, int status, const char *line);

#endif
