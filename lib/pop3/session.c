#include "pop3/session.h"

#include "pop3/limits.h"

#include <string.h>

void pop3_session_init(struct pop3_session *s)
{
	*s = (struct pop3_session){.state = POP3_STATE_GREETING, .waiting = true};
	pop3_reader_init(&s->reader);
	pop3_reader_expect(&s->reader, POP3_READ_STATUS);
}

void pop3_session_fini(struct pop3_session *s)
{
	pop3_reader_fini(&s->reader);
}

static bool has_line_breaker(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return true;
	return false;
}

enum pop3_error pop3_session_command(
	struct pop3_session *s, enum pop3_verb verb, struct slice argument, struct buf *out)
{
	const struct pop3_command *c = pop3_command_info(verb);
	size_t octets = strlen(c->keyword) + (argument.n > 0 ? 1 + argument.n : 0) + 2;

	if (s->waiting || (c->states & s->state) == 0)
		return POP3_ERROR_STATE;
	if (has_line_breaker(argument))
		return POP3_ERROR_ARGUMENT;
	if (octets > POP3_COMMAND_MAX)
		return POP3_ERROR_TOO_LONG;
	buf_add_str(out, c->keyword);
	if (argument.n > 0) {
		buf_add_char(out, ' ');
		buf_add_slice(out, argument);
	}
	buf_add(out, "\r\n", 2);
	if (out->failed)
		return POP3_ERROR_MEMORY;
	s->verb = verb;
	s->with_argument = argument.n > 0;
	s->challenged = false;
	s->waiting = true;
	pop3_reader_expect(&s->reader, argument.n > 0 ? c->with : c->bare);
	return POP3_ERROR_NONE;
}

enum pop3_error pop3_session_respond(struct pop3_session *s, struct slice line, struct buf *out)
{
	if (!s->challenged)
		return POP3_ERROR_STATE;
	if (has_line_breaker(line))
		return POP3_ERROR_ARGUMENT;
	if (line.n + 2 > POP3_SASL_LINE_MAX)
		return POP3_ERROR_TOO_LONG;
	buf_add_slice(out, line);
	buf_add(out, "\r\n", 2);
	if (out->failed)
		return POP3_ERROR_MEMORY;
	s->challenged = false;
	s->waiting = true;
	pop3_reader_expect(&s->reader, POP3_READ_SASL);
	return POP3_ERROR_NONE;
}

/* RFC 1939 section 3: what a +OK to a command changes. */
static void succeed(struct pop3_session *s)
{
	if (s->state == POP3_STATE_GREETING)
		s->state = POP3_STATE_AUTHORIZATION;
	else if (s->verb == POP3_PASS || s->verb == POP3_APOP ||
		 (s->verb == POP3_AUTH && s->with_argument))
		s->state = POP3_STATE_TRANSACTION;
	else if (s->verb == POP3_QUIT)
		s->state = POP3_STATE_UPDATE;
}

size_t pop3_session_feed(
	struct pop3_session *s, const unsigned char *p, size_t n, struct pop3_event *ev)
{
	size_t used = pop3_reader_feed(&s->reader, p, n, ev);

	switch (ev->kind) {
	case POP3_EVENT_NONE:
	case POP3_EVENT_LINE:
	case POP3_EVENT_ERROR:
		break;
	case POP3_EVENT_STATUS:
		s->waiting = s->reader.in_lines;
		if (ev->ok)
			succeed(s);
		break;
	case POP3_EVENT_CONTINUATION:
		s->challenged = true;
		s->waiting = false;
		break;
	case POP3_EVENT_END:
		s->waiting = false;
		break;
	}
	return used;
}

void pop3_session_secured(struct pop3_session *s)
{
	pop3_reader_expect(&s->reader, POP3_READ_NOTHING);
	buf_release(&s->reader.line);
}

void pop3_session_raw(struct pop3_session *s)
{
	s->state = POP3_STATE_AUTHORIZATION;
	s->waiting = false;
}

void pop3_session_expect_status(struct pop3_session *s, enum pop3_verb verb)
{
	s->verb = verb;
	s->waiting = true;
	pop3_reader_expect(&s->reader, POP3_READ_STATUS);
}
