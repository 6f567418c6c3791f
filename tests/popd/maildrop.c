/* RFC 1939's TRANSACTION state: what was marked by DELE goes at QUIT only. */
#include "conn.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void maildrop_open(struct conn *c, struct user *user)
{
	const struct scenario *s = &c->server->scenario;

	c->map = xcalloc(s->message_count + 1, sizeof(*c->map));
	c->marked = xcalloc(s->message_count + 1, sizeof(*c->marked));
	for (size_t i = 0; i < s->message_count; i++) {
		if (!user->deleted[i])
			c->map[c->count++] = i;
	}
}

void maildrop_close(struct conn *c, bool commit)
{
	for (size_t i = 0; commit && c->user != NULL && i < c->count; i++) {
		if (c->marked[i])
			c->user->deleted[c->map[i]] = true;
	}
	if (c->user != NULL)
		c->user->locked = false;
	c->user = NULL;
	free(c->map);
	free(c->marked);
	c->map = NULL;
	c->marked = NULL;
	c->count = 0;
}

static const struct message *message(const struct conn *c, size_t i)
{
	return &c->server->scenario.messages[c->map[i]];
}

static const char *number(const char *text, size_t *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	*value = strtoul(text, &end, 10);
	return end;
}

/* The index of the message an argument names; answers -ERR itself where there is none. */
static bool find(struct conn *c, const char *argument, size_t *i, const char **rest)
{
	size_t n = 0;

	*rest = number(argument, &n);
	if (*rest == NULL || n == 0 || n > c->count || c->marked[n - 1]) {
		reply(c, "-ERR There's no message %.40s.", argument);
		return false;
	}
	*i = n - 1;
	return true;
}

static void totals(const struct conn *c, size_t *messages, size_t *size)
{
	*messages = 0;
	*size = 0;
	for (size_t i = 0; i < c->count; i++) {
		if (!c->marked[i]) {
			++*messages;
			*size += message(c, i)->len;
		}
	}
}

static void put_listing(struct octets *out, const struct conn *c, size_t i, bool uidl)
{
	if (uidl)
		octets_printf(out, "%zu %s\r\n", i + 1, message(c, i)->uid);
	else
		octets_printf(out, "%zu %zu\r\n", i + 1, message(c, i)->len);
}

static void listing(struct conn *c, const char *argument, bool uidl)
{
	struct octets out = {0};
	size_t i;
	size_t size;
	const char *rest;

	if (*argument != '\0') {
		if (!find(c, argument, &i, &rest))
			return;
		octets_text(&out, "+OK ");
		put_listing(&out, c, i, uidl);
	} else {
		totals(c, &i, &size);
		octets_printf(&out, "+OK %zu messages:\r\n", i);
		for (i = 0; i < c->count; i++) {
			if (!c->marked[i])
				put_listing(&out, c, i, uidl);
		}
		octets_text(&out, ".\r\n");
	}
	reply_octets(c, out.data, out.len);
	octets_fini(&out);
}

/* Lines with dots stuffed; after the header at most `most` lines of the body. */
static void put_text(struct octets *out, const struct message *m, size_t most)
{
	const char *p = m->text;
	const char *end = p + m->len;
	bool body = false;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((lf != NULL ? lf + 1 : end) - p);

		if (body && most-- == 0)
			break;
		if (n <= 2 && !body)
			body = true;
		if (*p == '.')
			octets_text(out, ".");
		octets_add(out, p, n);
		if (lf == NULL)
			octets_text(out, "\r\n");
		p += n;
	}
	octets_text(out, ".\r\n");
}

static void retr(struct conn *c, const char *argument)
{
	struct octets out = {0};
	const char *rest;
	size_t i;

	if (!find(c, argument, &i, &rest))
		return;
	octets_printf(&out, "+OK %zu octets\r\n", message(c, i)->len);
	put_text(&out, message(c, i), (size_t)-1);
	reply_octets(c, out.data, out.len);
	octets_fini(&out);
}

static void top(struct conn *c, const char *argument)
{
	struct octets out = {0};
	const char *rest;
	size_t i;
	size_t lines = 0;

	if (!find(c, argument, &i, &rest))
		return;
	if (*rest != ' ' || number(rest + 1, &lines) == NULL) {
		reply(c, "-ERR Invalid line count.");
		return;
	}
	octets_text(&out, "+OK\r\n");
	put_text(&out, message(c, i), lines);
	reply_octets(c, out.data, out.len);
	octets_fini(&out);
}

static void stat(struct conn *c)
{
	size_t messages;
	size_t size;

	totals(c, &messages, &size);
	reply(c, "+OK %zu %zu", messages, size);
}

bool maildrop_command(struct conn *c, const char *verb, const char *argument)
{
	const char *rest;
	size_t i;

	if (strcmp(verb, "STAT") == 0) {
		stat(c);
	} else if (strcmp(verb, "LIST") == 0 || strcmp(verb, "UIDL") == 0) {
		listing(c, argument, *verb == 'U');
	} else if (strcmp(verb, "RETR") == 0) {
		retr(c, argument);
	} else if (strcmp(verb, "TOP") == 0) {
		top(c, argument);
	} else if (strcmp(verb, "DELE") == 0) {
		if (find(c, argument, &i, &rest)) {
			c->marked[i] = true;
			reply(c, "+OK Marked to be deleted.");
		}
	} else if (strcmp(verb, "NOOP") == 0) {
		reply(c, "+OK");
	} else if (strcmp(verb, "RSET") == 0) {
		memset(c->marked, 0, c->count * sizeof(*c->marked));
		reply(c, "+OK");
	} else {
		return false;
	}
	return true;
}
