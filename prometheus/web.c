#include "web.h"

#include "conns.h"
#include "listen.h"
#include "reply.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>

enum {
	LISTENERS_MAX = 16,
	HEADERS_OCTETS_MAX = 16384,
	BODY_OCTETS_MAX = 4096,
	FRESH_MAX = 64,
};

static const uint64_t sweep_ns = 500 * (uint64_t)1000000;
static const uint64_t pause_ns = 100 * (uint64_t)1000000;

struct web {
	struct net_loop *loop;
	const struct log *log;
	struct evhttp *http;
	struct evhttp_bound_socket *listeners[LISTENERS_MAX]; /* evhttp's */
	size_t listener_count;
	struct conns conns;
	size_t connections_max;
	struct bufferevent
		*fresh[FRESH_MAX]; /* referenced; accepted, but without a descriptor yet */
	size_t fresh_count;
	struct event *settle, *sweep, *resume;
	bool paused, draining;
	void (*handle)(void *arg, struct web_request *r);
	void *arg;
	void (*idle)(void *arg);
	void *idle_arg;
	struct web_request *requests; /* not answered yet, or on their way out */
};

struct web_request {
	struct web_request *next, **link;
	struct web *web;
	struct evhttp_request *http;
	struct evhttp_connection *connection;
	struct event *closed;
	int fd;
	bool replied;
	void (*gone)(void *arg);
	void *gone_arg;
};

/* --- connections ------------------------------------------------------------------------------ */

static void arm(struct event *e, uint64_t ns)
{
	struct timeval tv = net_timeval(ns);

	if (!event_pending(e, EV_TIMEOUT, NULL))
		(void)event_add(e, &tv);
}

static void set_accepting(struct web *w, bool on)
{
	w->paused = !on;
	for (size_t i = 0; i < w->listener_count; i++) {
		struct evconnlistener *l = evhttp_bound_socket_get_listener(w->listeners[i]);

		(void)(on ? evconnlistener_enable : evconnlistener_disable)(l);
	}
}

static size_t connections(const struct web *w)
{
	return w->conns.live + w->fresh_count;
}

/* At the bound: closed ones are forgotten, then the idlest has to go. */
static void check_room(struct web *w)
{
	if (connections(w) >= w->connections_max)
		conns_sweep(&w->conns, net_now_ns());
	if (connections(w) >= w->connections_max) {
		(void)conns_close_idle(&w->conns, false);
		set_accepting(w, false);
		arm(w->resume, pause_ns);
	}
}

static void on_settle(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < w->fresh_count; i++) {
		(void)conns_add(&w->conns, bufferevent_getfd(w->fresh[i]), net_now_ns());
		(void)bufferevent_decref(w->fresh[i]);
	}
	w->fresh_count = 0;
	arm(w->sweep, sweep_ns);
	check_room(w);
}

/* evhttp sets the descriptor after this call. */
static struct bufferevent *new_bufferevent(struct event_base *base, void *arg)
{
	struct web *w = arg;
	struct bufferevent *b = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	if (!b)
		return NULL;
	bufferevent_incref(b);
	w->fresh[w->fresh_count++] = b;
	event_active(w->settle, EV_TIMEOUT, 1);
	/* The listener would go on accepting before the loop comes round. */
	if (w->fresh_count == FRESH_MAX || connections(w) >= w->connections_max) {
		set_accepting(w, false);
		arm(w->resume, w->fresh_count == FRESH_MAX ? 1 : pause_ns);
	}
	return b;
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;

	(void)fd;
	(void)what;
	if (w->draining)
		return;
	set_accepting(w, true);
	check_room(w);
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct web *w = arg;

	(void)fd;
	(void)what;
	conns_sweep(&w->conns, net_now_ns());
	if (w->draining)
		(void)conns_close_idle(&w->conns, true);
	if (w->conns.live)
		arm(w->sweep, sweep_ns);
	else if (w->draining && w->idle)
		w->idle(w->idle_arg);
}

/* No descriptor left: the connection waits in the backlog while others end. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct web *w = arg;

	(void)listener;
	log_write(
		w->log, LOG_LEVEL_WARN, "cannot accept a connection", "err", strerror(errno), NULL);
	(void)conns_close_idle(&w->conns, false);
	set_accepting(w, false);
	arm(w->resume, pause_ns);
}

/* --- requests --------------------------------------------------------------------------------- */

static void request_free(struct web_request *r)
{
	*r->link = r->next;
	if (r->next)
		r->next->link = r->link;
	if (r->closed)
		event_free(r->closed);
	free(r);
}

static void tell_gone(struct web_request *r)
{
	void (*gone)(void *) = r->gone;

	r->gone = NULL;
	if (gone)
		gone(r->gone_arg);
}

/* evhttp is about to free the connection and the request with it. */
static void on_connection_close(struct evhttp_connection *connection, void *arg)
{
	struct web_request *r = arg;

	(void)connection;
	tell_gone(r);
	request_free(r);
}

static void on_replied(struct evhttp_request *http, void *arg)
{
	struct web_request *r = arg;

	(void)http;
	conns_set(&r->web->conns, r->fd, CONN_IDLE, net_now_ns());
	evhttp_connection_set_closecb(r->connection, NULL, NULL);
	if (r->web->draining)
		arm(r->web->sweep, 1);
	request_free(r);
}

static void on_client_closed(evutil_socket_t fd, short what, void *arg)
{
	struct web_request *r = arg;

	(void)fd;
	(void)what;
	if (r->replied)
		return;
	tell_gone(r);
	web_reply_line(r, 499, "client closed request");
}

static void request_link(struct web *w, struct web_request *r)
{
	r->next = w->requests;
	r->link = &w->requests;
	if (r->next)
		r->next->link = &r->next;
	w->requests = r;
}

static void on_request(struct evhttp_request *http, void *arg)
{
	struct web *w = arg;
	struct web_request *r = calloc(1, sizeof(*r));

	if (!r) {
		evhttp_send_error(http, HTTP_INTERNAL, NULL);
		return;
	}
	*r = (struct web_request){.web = w, .http = http};
	request_link(w, r);
	r->connection = evhttp_request_get_connection(http);
	r->fd = bufferevent_getfd(evhttp_connection_get_bufferevent(r->connection));
	conns_set(&w->conns, r->fd, CONN_BUSY, net_now_ns());
	evhttp_connection_set_closecb(r->connection, on_connection_close, r);
	evhttp_request_set_on_complete_cb(http, on_replied, r);
	w->handle(w->arg, r);
}

enum web_method web_method(const struct web_request *r)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(r->http);

	if (method == EVHTTP_REQ_GET)
		return WEB_GET;
	if (method == EVHTTP_REQ_HEAD)
		return WEB_HEAD;
	return method == EVHTTP_REQ_POST ? WEB_POST : WEB_OTHER;
}

const char *web_path(const struct web_request *r)
{
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(r->http));

	return path && *path ? path : "/";
}

const char *web_query(const struct web_request *r)
{
	return evhttp_uri_get_query(evhttp_request_get_evhttp_uri(r->http));
}

const char *web_header(const struct web_request *r, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(r->http), name);
}

void web_on_gone(struct web_request *r, void (*gone)(void *arg), void *arg)
{
	r->gone = gone;
	r->gone_arg = arg;
	if (r->closed)
		return;
	r->closed = event_new(net_loop_base(r->web->loop), r->fd, EV_CLOSED, on_client_closed, r);
	if (r->closed)
		(void)event_add(r->closed, NULL);
}

void web_add_header(struct web_request *r, const char *name, const char *value)
{
	(void)evhttp_add_header(evhttp_request_get_output_headers(r->http), name, value);
}

static void send_now(struct web_request *r, int status, struct slice body)
{
	struct evbuffer *out = evbuffer_new();
	struct web *w = r->web;

	if (out && web_method(r) != WEB_HEAD)
		(void)evbuffer_add(out, body.p, body.n);
	if (w->draining)
		web_add_header(r, "Connection", "close");
	r->replied = true;
	if (r->closed)
		(void)event_del(r->closed);
	conns_set(&w->conns, r->fd, CONN_WRITING, net_now_ns());
	evhttp_send_reply(r->http, status, reply_words(status), out);
	if (out)
		evbuffer_free(out);
}

void web_reply(struct web_request *r, int status, const char *content_type, struct slice body)
{
	struct buf packed;
	char length[24];

	buf_init(&packed, REPLY_PACKED_MAX);
	if (reply_pack(&packed, body, web_header(r, "Accept-Encoding"))) {
		body = buf_slice(&packed);
		web_add_header(r, "Content-Encoding", "gzip");
	}
	web_add_header(r, "Content-Type", content_type);
	web_add_header(r, "Vary", "Accept, Accept-Encoding");
	web_add_header(r, "X-Content-Type-Options", "nosniff");
	evutil_snprintf(length, sizeof(length), "%zu", body.n);
	web_add_header(r, "Content-Length", length);
	send_now(r, status, body);
	buf_fini(&packed);
}

void web_reply_line(struct web_request *r, int status, const char *line)
{
	struct buf text;

	buf_init(&text, 4096);
	(void)buf_add_str(&text, line);
	(void)buf_add_char(&text, '\n');
	web_reply(r, status, "text/plain; charset=utf-8", buf_slice(&text));
	buf_fini(&text);
}

/* --- life ------------------------------------------------------------------------------------- */

static bool set_up(struct web *w)
{
	const struct timeval long_time = {.tv_sec = 3600};
	struct event_base *base = net_loop_base(w->loop);

	w->http = evhttp_new(base);
	w->settle = event_new(base, -1, 0, on_settle, w);
	w->sweep = event_new(base, -1, 0, on_sweep, w);
	w->resume = event_new(base, -1, 0, on_resume, w);
	if (!w->http || !w->settle || !w->sweep || !w->resume)
		return false;
	/* Its own timer runs per read; ours are in conns.c. */
	evhttp_set_timeout_tv(w->http, &long_time);
	evhttp_set_max_headers_size(w->http, HEADERS_OCTETS_MAX);
	evhttp_set_max_body_size(w->http, BODY_OCTETS_MAX);
	evhttp_set_allowed_methods(w->http, UINT16_MAX);
	evhttp_set_bevcb(w->http, new_bufferevent, w);
	evhttp_set_gencb(w->http, on_request, w);
	return true;
}

struct web *web_new(struct net_loop *l, const struct log *log, size_t connections_max,
	void (*handle)(void *arg, struct web_request *r), void *arg)
{
	struct web *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct web){.loop = l,
		.log = log,
		.connections_max = connections_max,
		.handle = handle,
		.arg = arg};
	if (set_up(w))
		return w;
	web_free(w);
	return NULL;
}

void web_free(struct web *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->fresh_count; i++)
		(void)bufferevent_decref(w->fresh[i]);
	if (w->http)
		evhttp_free(w->http);
	while (w->requests) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): unlinks it */
		on_connection_close(NULL, w->requests);
	}
	if (w->settle)
		event_free(w->settle);
	if (w->sweep)
		event_free(w->sweep);
	if (w->resume)
		event_free(w->resume);
	conns_fini(&w->conns);
	free(w);
}

bool web_listen(struct web *w, const char *address, char *why, size_t why_size)
{
	struct evhttp_bound_socket *bound;
	struct evconnlistener *l;
	char text[80];

	if (w->listener_count == LISTENERS_MAX) {
		evutil_snprintf(why, why_size, "too many listen addresses");
		return false;
	}
	l = listen_new(net_loop_base(w->loop), address, why, why_size);
	if (!l)
		return false;
	bound = evhttp_bind_listener(w->http, l);
	if (!bound) {
		evconnlistener_free(l);
		evutil_snprintf(why, why_size, "out of memory");
		return false;
	}
	evconnlistener_set_error_cb(l, on_accept_error);
	w->listeners[w->listener_count++] = bound;
	listen_text(l, text, sizeof(text));
	log_write(w->log, LOG_LEVEL_INFO, "listening", "address", text, NULL);
	return true;
}

void web_drain(struct web *w, void (*idle)(void *arg), void *arg)
{
	w->draining = true;
	w->idle = idle;
	w->idle_arg = arg;
	for (size_t i = 0; i < w->listener_count; i++)
		evhttp_del_accept_socket(w->http, w->listeners[i]);
	w->listener_count = 0;
	(void)event_del(w->sweep);
	arm(w->sweep, 1);
}
