#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_MAX = 256 << 10, LINE_MAX_OCTETS = 128 << 10, BYE_MS = 3000 };

static const char proxy_v2_signature[] = "\r\n\r\n\0\r\nQUIT\n";

enum step { STEP_DONE, STEP_WAIT, STEP_GONE };

static void arm(struct conn *c, unsigned ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000L};

	event_add(c->timer, &tv);
}

/* Unread octets would turn the FIN of a close() into a RST. */
static void drain_socket(struct conn *c)
{
	char buffer[4096];
	ssize_t n;

	while ((n = recv(c->fd, buffer, sizeof(buffer), 0)) > 0) {
		if (c->layer == LAYER_PLAIN)
			record_octets(c, buffer, (size_t)n);
	}
}

static void end_connection(struct conn *c, enum action_kind how)
{
	if (how == ACT_CLOSE && c->ssl != NULL && c->layer == LAYER_TLS) {
		ERR_clear_error();
		SSL_shutdown(c->ssl);
	}
	if (how == ACT_RESET)
		io_reset(c);
	else
		drain_socket(c);
	conn_free(c, how == ACT_RESET ? "server reset" : "server close");
}

static void half_close(struct conn *c)
{
	if (c->ssl != NULL && c->layer == LAYER_TLS) {
		ERR_clear_error();
		SSL_shutdown(c->ssl);
	}
	shutdown(c->fd, SHUT_WR);
	c->server_ended = true;
}

static enum step do_end(struct conn *c, enum action_kind kind)
{
	switch ((int)kind) {
	case ACT_CLOSE:
	case ACT_DROP:
	case ACT_RESET:
		end_connection(c, kind);
		return STEP_GONE;
	case ACT_HALF:
		half_close(c);
		return STEP_DONE;
	case ACT_BYE:
		half_close(c);
		queue_clear(c);
		c->hung = true;
		arm(c, BYE_MS);
		return STEP_WAIT;
	default: /* ACT_HANG, ACT_NOREAD */
		queue_clear(c);
		c->hung = true;
		if (kind == ACT_NOREAD)
			event_del(c->readable);
		return STEP_WAIT;
	}
}

static enum step do_send(struct conn *c, struct action *a, size_t most)
{
	size_t limit = c->server->scenario.limit;

	while (a->octets.len > 0 && most > 0) {
		size_t n = a->octets.len < most ? a->octets.len : most;
		long done;

		if (c->sent >= limit)
			return do_end(c, c->server->scenario.limit_end);
		if (n > limit - c->sent)
			n = limit - c->sent;
		done = io_write(c, a->octets.data, n);
		if (done < 0) {
			/* The client is gone: reading says how, and ends the connection. */
			queue_clear(c);
			c->hung = true;
			return STEP_WAIT;
		}
		if (done == 0) {
			event_add(c->writable, NULL);
			return STEP_WAIT;
		}
		octets_cut(&a->octets, (size_t)done);
		c->sent += (size_t)done;
		most -= (size_t)done;
	}
	if (c->sent >= limit)
		return do_end(c, c->server->scenario.limit_end);
	return a->octets.len == 0 ? STEP_DONE : STEP_WAIT;
}

static enum step do_drip(struct conn *c, struct action *a)
{
	enum step step;

	if (!c->waited && a->ms > 0) {
		arm(c, a->ms);
		return STEP_WAIT;
	}
	step = do_send(c, a, 1);
	if (step == STEP_WAIT && !c->hung) {
		c->waited = false;
		arm(c, a->ms);
	}
	return step;
}

/* Some octets for each turn of the loop, so that other connections live on. */
static enum step do_flood(struct conn *c, const struct action *a, bool records)
{
	struct octets block = {0};
	long done = 0;

	while (block.len < (records ? 1 : 16384))
		octets_add(&block, a->octets.data, a->octets.len);
	for (int i = 0; i < (records ? 64 : 4); i++) {
		done = io_write(c, block.data, block.len);
		if (done <= 0)
			break;
		c->sent += (size_t)done;
		if (c->sent >= c->server->scenario.limit)
			break;
	}
	octets_fini(&block);
	if (c->sent >= c->server->scenario.limit)
		return do_end(c, c->server->scenario.limit_end);
	if (done < 0) {
		queue_clear(c);
		c->hung = true;
	} else {
		event_add(c->writable, NULL);
	}
	return STEP_WAIT;
}

static enum step do_keyupdates(struct conn *c)
{
	for (int i = 0; i < 64; i++) {
		ERR_clear_error();
		if (SSL_key_update(c->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
			SSL_do_handshake(c->ssl) != 1)
			break;
	}
	event_add(c->writable, NULL);
	return STEP_WAIT;
}

static enum step do_starttls(struct conn *c)
{
	int done;

	if (!c->handshake) {
		c->handshake = true;
		octets_cut(&c->in, c->in.len); /* clear text before TLS is forgotten, RFC 2595 */
	}
	done = io_handshake(c);
	if (done == 0) {
		event_add(c->readable, NULL);
		return STEP_WAIT;
	}
	c->handshake = false;
	if (done < 0) {
		conn_free(c, "tls handshake failed");
		return STEP_GONE;
	}
	c->layer = LAYER_TLS;
	tls_note_peer(c);
	event_add(c->readable, NULL);
	return STEP_DONE;
}

static void insert_default(struct conn *c)
{
	struct action *rest = c->queue->next;
	struct action *a;

	c->queue->next = NULL;
	if (c->queue->kind == ACT_GREET)
		pop3_greeting(c);
	else
		pop3_default(c);
	for (a = c->queue; a->next != NULL;)
		a = a->next;
	a->next = rest;
}

static void insert_tls_rule(struct conn *c)
{
	const struct rule *rule =
		scenario_rule(&c->server->scenario, "TLS", c->layer, 1, c->number);

	if (rule != NULL)
		queue_copy(c, rule->actions);
}

/* A header of the PROXY protocol, version 1 or 2, is taken off and recorded. */
static enum step do_proxy(struct conn *c)
{
	const unsigned char *p = c->in.data;
	const unsigned char *lf;
	size_t n;

	if (c->in.len >= 16 && memcmp(p, proxy_v2_signature, 12) == 0) {
		n = 16U + (size_t)(p[14] << 8) + p[15];
		if (c->in.len < n)
			return STEP_WAIT;
		record_note(c, "proxy: v2 command %u family %u length %zu", p[12] & 15U, p[13], n);
	} else {
		lf = c->in.len > 0 ? memchr(p, '\n', c->in.len) : NULL;
		if (lf == NULL)
			return STEP_WAIT;
		n = (size_t)(lf - p) + 1;
		record_note(c, "proxy: %.*s", (int)(n >= 2 ? n - 2 : 0), (const char *)p);
	}
	octets_cut(&c->in, n);
	return STEP_DONE;
}

static enum step await_input(struct conn *c, bool line)
{
	const unsigned char *lf;

	if (c->in.len == 0)
		return STEP_WAIT;
	lf = memchr(c->in.data, '\n', c->in.len);
	if (line && lf == NULL)
		return STEP_WAIT;
	octets_cut(&c->in, line ? (size_t)(lf - c->in.data) + 1 : c->in.len);
	return STEP_DONE;
}

static enum step step(struct conn *c, struct action *a)
{
	switch (a->kind) {
	case ACT_SEND:
		return do_send(c, a, SIZE_MAX);
	case ACT_DRIP:
		return do_drip(c, a);
	case ACT_DELAY:
		if (c->waited)
			return STEP_DONE;
		arm(c, a->ms);
		return STEP_WAIT;
	case ACT_FLOOD:
	case ACT_RECORDS:
		return do_flood(c, a, a->kind == ACT_RECORDS);
	case ACT_KEYUPDATE:
		return do_keyupdates(c);
	case ACT_AWAIT:
	case ACT_HELLO:
		return await_input(c, a->kind == ACT_AWAIT);
	case ACT_STARTTLS:
		return do_starttls(c);
	case ACT_DEFAULT:
	case ACT_GREET:
		insert_default(c);
		return STEP_DONE;
	case ACT_TLS_UP:
		insert_tls_rule(c);
		return STEP_DONE;
	case ACT_PROXY:
		return do_proxy(c);
	case ACT_CLOSE:
	case ACT_DROP:
	case ACT_HALF:
	case ACT_RESET:
	case ACT_BYE:
	case ACT_HANG:
	case ACT_NOREAD:
		return do_end(c, a->kind);
	}
	return STEP_DONE;
}

static bool take_line(struct conn *c)
{
	const unsigned char *lf = c->in.len > 0 ? memchr(c->in.data, '\n', c->in.len) : NULL;
	size_t n;

	if (lf == NULL)
		return false;
	n = (size_t)(lf - c->in.data);
	c->line.len = 0;
	octets_add(&c->line, c->in.data, n > 0 && lf[-1] == '\r' ? n - 1 : n);
	octets_cut(&c->in, n + 1);
	return true;
}

void conn_run(struct conn *c)
{
	while (!c->hung) {
		struct action *head = c->queue;
		enum step done;

		if (head == NULL) {
			if (!take_line(c))
				return;
			pop3_line(c);
			continue;
		}
		done = step(c, head);
		if (done != STEP_DONE)
			return;
		c->waited = false;
		c->queue = head->next;
		octets_fini(&head->octets);
		free(head);
	}
}

/*
 * The octets of a ClientHello must stay in the socket for OpenSSL, so nothing
 * is read while a handshake is ahead in the queue.
 */
static bool must_not_read(const struct conn *c)
{
	return c->handshake || (queue_has(c, ACT_STARTTLS) && !queue_has(c, ACT_PROXY) &&
				       !queue_has(c, ACT_AWAIT) && !queue_has(c, ACT_HELLO));
}

static size_t proxy_room(struct conn *c, size_t size)
{
	unsigned char ahead[256];
	ssize_t n;
	const unsigned char *lf;

	if (!queue_has(c, ACT_PROXY))
		return size;
	n = recv(c->fd, ahead, sizeof(ahead), MSG_PEEK);
	if (n >= 16 && memcmp(ahead, proxy_v2_signature, 12) == 0)
		return 16U + (size_t)(ahead[14] << 8) + ahead[15];
	lf = n > 0 ? memchr(ahead, '\n', (size_t)n) : NULL;
	return lf != NULL ? (size_t)(lf - ahead) + 1 : size;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	char buffer[16384];
	const char *end = NULL;
	long n;

	(void)fd;
	(void)what;
	if (must_not_read(c)) {
		if (c->handshake)
			conn_run(c);
		else
			event_del(c->readable);
		return;
	}
	do {
		n = io_read(c, buffer, proxy_room(c, sizeof(buffer)), &end);
		if (n < 0) {
			conn_free(c, end);
			return;
		}
		if (n > 0 && !queue_has(c, ACT_PROXY))
			record_octets(c, buffer, (size_t)n);
		if (n > 0 && !c->hung && c->in.len < IN_MAX)
			octets_add(&c->in, buffer, (size_t)n);
	} while (n > 0 && c->layer == LAYER_TLS && SSL_pending(c->ssl) > 0);
	if (c->in.len > LINE_MAX_OCTETS && memchr(c->in.data, '\n', c->in.len) == NULL) {
		end_connection(c, ACT_CLOSE);
		return;
	}
	conn_run(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_run(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	if (c->hung && c->server_ended) {
		conn_free(c, "server close");
		return;
	}
	c->waited = true;
	conn_run(c);
}

static void queue_start(struct conn *c)
{
	const struct scenario *s = &c->server->scenario;
	const struct rule *rule = scenario_rule(s, "CONNECT", c->listener, 1, c->number);

	if (s->proxy)
		queue_action(c, ACT_PROXY, 0, "", 0);
	if (rule != NULL)
		queue_copy(c, rule->actions);
	if (c->listener == LAYER_TLS)
		queue_action(c, ACT_STARTTLS, 0, "", 0);
	queue_action(c, ACT_GREET, 0, "", 0);
}

void conn_new(struct server *server, int fd, enum layer listener)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	int yes = 1;

	c->server = server;
	c->fd = fd;
	c->listener = listener;
	c->number = ++server->connections;
	octets_add(&c->line, "", 0); /* no command yet, but a text */
	c->here = &server->first;
	c->next = server->first;
	if (c->next != NULL)
		c->next->here = &c->next;
	server->first = c;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	c->readable = event_new(server->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(server->base, fd, EV_WRITE, on_writable, c);
	c->timer = evtimer_new(server->base, on_timer, c);
	record_note(
		c, "connection %u: %s port", c->number, listener == LAYER_TLS ? "tls" : "plain");
	event_add(c->readable, NULL);
	queue_start(c);
	conn_run(c);
}

void conn_free(struct conn *c, const char *end)
{
	struct server *server = c->server;
	char text[64];

	pop3_session_end(c);
	snprintf(text, sizeof(text), "%s%s", c->quit_seen ? "quit, " : "", end);
	record_write(c, c->quit_seen && strcmp(end, "close") == 0 ? "quit" : text);
	*c->here = c->next;
	if (c->next != NULL)
		c->next->here = c->here;
	queue_clear(c);
	event_free(c->readable);
	event_free(c->writable);
	event_free(c->timer);
	SSL_free(c->ssl);
	close(c->fd);
	octets_fini(&c->in);
	octets_fini(&c->line);
	octets_fini(&c->record);
	octets_fini(&c->record_line);
	octets_fini(&c->sasl.text);
	free(c);
	if (++server->ended == server->once)
		event_base_loopexit(server->base, NULL);
}
