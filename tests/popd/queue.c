#include "conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void queue_action(struct conn *c, enum action_kind kind, unsigned ms, const void *data, size_t n)
{
	struct action *action = xcalloc(1, sizeof(*action));
	struct action **last = &c->queue;

	action->kind = kind;
	action->ms = ms;
	octets_add(&action->octets, data, n);
	while (*last != NULL)
		last = &(*last)->next;
	*last = action;
}

void queue_copy(struct conn *c, const struct action *actions)
{
	for (const struct action *a = actions; a != NULL; a = a->next)
		queue_action(c, a->kind, a->ms, a->octets.data, a->octets.len);
}

void queue_clear(struct conn *c)
{
	while (c->queue != NULL) {
		struct action *next = c->queue->next;

		octets_fini(&c->queue->octets);
		free(c->queue);
		c->queue = next;
	}
	c->waited = false;
}

bool queue_has(const struct conn *c, enum action_kind kind)
{
	for (const struct action *a = c->queue; a != NULL; a = a->next) {
		if (a->kind == kind)
			return true;
	}
	return false;
}

void reply_octets(struct conn *c, const void *data, size_t len)
{
	const struct scenario *s = &c->server->scenario;
	const unsigned char *p = data;
	size_t first = len;

	if (s->delay_ms > 0)
		queue_action(c, ACT_DELAY, s->delay_ms, "", 0);
	if (s->drip_ms > 0) {
		queue_action(c, ACT_DRIP, s->drip_ms, data, len);
		return;
	}
	if (s->split_at > 0 && s->split_at < len) {
		first = s->split_at;
		queue_action(c, ACT_SEND, 0, p, first);
		queue_action(c, ACT_DELAY, s->split_ms, "", 0);
	}
	queue_action(
		c, ACT_SEND, 0, p + (first < len ? first : 0), first < len ? len - first : len);
}

void reply(struct conn *c, const char *format, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text) - 2, format, ap);
	va_end(ap);
	strcat(text, "\r\n");
	reply_octets(c, text, strlen(text));
}
