#include "pop3/reader.h"

#include "pop3/limits.h"

#include <string.h>

void pop3_reader_init(struct pop3_reader *r)
{
	*r = (struct pop3_reader){.mode = POP3_READ_NOTHING};
	/* Lines can hold what a server quotes back: wiped like a secret. */
	buf_init_secret(&r->line, POP3_SASL_LINE_MAX + 2);
}

void pop3_reader_fini(struct pop3_reader *r)
{
	buf_fini(&r->line);
}

void pop3_reader_expect(struct pop3_reader *r, enum pop3_read_mode mode)
{
	r->mode = mode;
	r->in_lines = false;
	r->in_piece = false;
	r->held_cr = false;
	r->clear = true;
}

struct slice pop3_reader_pending(const struct pop3_reader *r)
{
	return r->clear ? (struct slice){NULL, 0} : buf_slice(&r->line);
}

static size_t line_limit(const struct pop3_reader *r)
{
	if (r->in_lines && r->mode == POP3_READ_MESSAGE)
		return POP3_PIECE_MAX;
	return r->mode == POP3_READ_SASL ? POP3_SASL_LINE_MAX : POP3_LINE_TOLERATED;
}

static void event_error(const struct pop3_reader *r, struct pop3_event *ev, enum pop3_error error)
{
	*ev = (struct pop3_event){
		.kind = POP3_EVENT_ERROR, .error = error, .line = buf_slice(&r->line)};
}

static struct slice behind(struct slice s, size_t n)
{
	return (struct slice){s.p + n, s.n - n};
}

/* RFC 2449 section 8: "[" resp-level *("/" resp-level) "]", at the start of the text. */
static struct slice response_code(struct slice text)
{
	const unsigned char *end;

	if (text.n == 0 || text.p[0] != '[')
		return (struct slice){NULL, 0};
	end = memchr(text.p, ']', text.n);
	if (end == NULL)
		return (struct slice){NULL, 0};
	return (struct slice){text.p + 1, (size_t)(end - text.p) - 1};
}

/* An indicator is followed by a space or by the end of the line, nothing else. */
static bool indicator(struct slice line, struct slice word, struct slice *text)
{
	if (!slice_prefix(line, word))
		return false;
	*text = behind(line, word.n);
	if (text->n == 0)
		return true;
	if (text->p[0] != ' ')
		return false;
	*text = behind(*text, 1);
	return true;
}

static void status_event(struct pop3_reader *r, struct pop3_event *ev)
{
	if (indicator(ev->line, SLICE_LIT("+OK"), &ev->text)) {
		ev->kind = POP3_EVENT_STATUS;
		ev->ok = true;
	} else if (indicator(ev->line, SLICE_LIT("-ERR"), &ev->text)) {
		ev->kind = POP3_EVENT_STATUS;
	} else if (r->mode == POP3_READ_SASL && indicator(ev->line, SLICE_LIT("+"), &ev->text)) {
		ev->kind = POP3_EVENT_CONTINUATION;
	} else {
		ev->kind = POP3_EVENT_ERROR;
		ev->error = POP3_ERROR_SYNTAX;
	}
	ev->code =
		ev->kind == POP3_EVENT_STATUS ? response_code(ev->text) : (struct slice){NULL, 0};
	if (ev->ok && (r->mode == POP3_READ_LIST || r->mode == POP3_READ_MESSAGE))
		r->in_lines = true;
	else
		r->mode = POP3_READ_NOTHING;
}

/* RFC 1939 section 3: a lone dot ends the reply; a first dot before other octets was stuffed. */
static void line_event(struct pop3_reader *r, struct pop3_event *ev)
{
	ev->kind = POP3_EVENT_LINE;
	if (!r->in_piece && ev->line.n > 0 && ev->line.p[0] == '.') {
		if (ev->line.n == 1 && !ev->more) {
			ev->kind = POP3_EVENT_END;
			r->mode = POP3_READ_NOTHING;
			r->in_lines = false;
			return;
		}
		ev->line = behind(ev->line, 1);
	}
	r->in_piece = ev->more;
}

/* The line is whole, its LF included. */
static void complete(struct pop3_reader *r, struct pop3_event *ev)
{
	struct slice line = buf_slice(&r->line);

	line.n--;
	*ev = (struct pop3_event){.bare_lf = true};
	if (line.n > 0 && line.p[line.n - 1] == '\r') {
		line.n--;
		ev->bare_lf = false;
	}
	ev->line = line;
	if (r->in_lines)
		line_event(r, ev);
	else
		status_event(r, ev);
	r->clear = true;
}

static void piece(struct pop3_reader *r, struct pop3_event *ev)
{
	struct slice line = buf_slice(&r->line);

	r->held_cr = line.p[line.n - 1] == '\r';
	line.n -= r->held_cr;
	*ev = (struct pop3_event){.line = line, .more = true};
	line_event(r, ev);
	r->clear = true;
}

/* A line of a message ends by CRLF alone (RFC 5322 section 2.3): a bare LF is content there. */
static bool ends_line(const struct pop3_reader *r)
{
	if (!r->in_lines || r->mode != POP3_READ_MESSAGE)
		return true;
	return r->line.n >= 2 && r->line.p[r->line.n - 2] == '\r';
}

size_t pop3_reader_feed(
	struct pop3_reader *r, const unsigned char *p, size_t n, struct pop3_event *ev)
{
	size_t used = 0;

	if (r->clear) {
		buf_clear(&r->line);
		if (r->held_cr && !buf_add_char(&r->line, '\r')) {
			event_error(r, ev, POP3_ERROR_MEMORY);
			return 0;
		}
		r->held_cr = false;
		r->clear = false;
	}
	*ev = (struct pop3_event){.kind = POP3_EVENT_NONE};
	if (n > 0 && r->mode == POP3_READ_NOTHING) {
		event_error(r, ev, POP3_ERROR_SURPLUS);
		return 0;
	}
	while (used < n) {
		size_t room = line_limit(r) - r->line.n;
		const unsigned char *lf = memchr(p + used, '\n', n - used);
		size_t take = lf == NULL ? n - used : (size_t)(lf - p) - used + 1;
		bool cut = take > room;

		if (cut)
			take = room;
		if (!buf_add(&r->line, p + used, take)) {
			event_error(r, ev, POP3_ERROR_MEMORY);
			return used;
		}
		used += take;
		if (!cut && lf != NULL && ends_line(r)) {
			complete(r, ev);
			return used;
		}
		if (r->line.n < line_limit(r))
			continue;
		if (r->in_lines && r->mode == POP3_READ_MESSAGE)
			piece(r, ev);
		else
			event_error(r, ev, POP3_ERROR_LINE);
		return used;
	}
	return used;
}
