/* What the client sent, written as one block when the connection ends. */
#include "conn.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MAX = 4 << 20, LINE_SHOWN = 64 << 10 };

static void finish_line(struct conn *c, const char *mark)
{
	const struct octets *line = &c->record_line;
	size_t len = line->len;

	if (c->record.len > RECORD_MAX) {
		c->record_line.len = 0;
		return;
	}
	if (len >= 2 && memcmp(line->data + len - 2, "\r\n", 2) == 0)
		len -= 2; /* the orderly line end is not shown; any other is, as \n */
	octets_printf(&c->record, "C(%s)%s: ", c->layer == LAYER_TLS ? "tls" : "plain", mark);
	octets_escaped(&c->record, line->data, len);
	octets_text(&c->record, "\n");
	c->record_line.len = 0;
}

void record_octets(struct conn *c, const void *data, size_t len)
{
	const char *p = data;

	if (c->server->record_fd < 0)
		return;
	while (len > 0) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - p) + 1 : len;

		octets_add(&c->record_line, p, n);
		if (lf != NULL || c->record_line.len > LINE_SHOWN)
			finish_line(c, "");
		p += n;
		len -= n;
	}
}

void record_note(struct conn *c, const char *format, ...)
{
	char text[600];
	va_list ap;

	if (c->server->record_fd < 0)
		return;
	if (c->record_line.len > 0)
		finish_line(c, " unfinished");
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	octets_escaped(&c->record, text, strlen(text));
	octets_text(&c->record, "\n");
}

void record_write(struct conn *c, const char *end)
{
	size_t done = 0;

	if (c->server->record_fd < 0)
		return;
	record_note(c, "end: %s", end);
	while (done < c->record.len) {
		ssize_t n =
			write(c->server->record_fd, c->record.data + done, c->record.len - done);

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}
