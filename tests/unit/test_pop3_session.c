/* The session: which command may go out when, and what a reply changes. */
#include "pop3/limits.h"
#include "pop3/session.h"
#include "test_pop3.h"

#include <stdlib.h>
#include <string.h>

struct dialogue {
	struct pop3_session s;
	struct buf out;
	struct pop3_event ev;
};

static void begin(struct dialogue *d)
{
	pop3_session_init(&d->s);
	buf_init(&d->out, 1 << 16);
}

static void end(struct dialogue *d)
{
	pop3_session_fini(&d->s);
	buf_fini(&d->out);
}

/* The whole text; the last event is kept. */
static void hear(struct dialogue *d, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = strlen(text);

	while (n > 0) {
		size_t used = pop3_session_feed(&d->s, p, n, &d->ev);

		if (d->ev.kind == POP3_EVENT_ERROR)
			return;
		p += used;
		n -= used;
	}
}

static enum pop3_error say(struct dialogue *d, enum pop3_verb verb, const char *argument)
{
	buf_clear(&d->out);
	return pop3_session_command(&d->s, verb, slice_str(argument), &d->out);
}

static void said(struct dialogue *d, const char *text)
{
	ck_assert(slice_eq(buf_slice(&d->out), slice_str(text)));
}

/* In state: which verbs go out, as RFC 1939, 2449, 2595 and 5034 have it. */
static const struct {
	enum pop3_verb verb;
	const char *keyword;
	unsigned states;
	enum pop3_read_mode bare, with;
	bool secret;
} commands[] = {
	{POP3_USER, "USER", 2, POP3_READ_STATUS, POP3_READ_STATUS, false},
	{POP3_PASS, "PASS", 2, POP3_READ_STATUS, POP3_READ_STATUS, true},
	{POP3_APOP, "APOP", 2, POP3_READ_STATUS, POP3_READ_STATUS, true},
	{POP3_AUTH, "AUTH", 2, POP3_READ_LIST, POP3_READ_SASL, true},
	{POP3_CAPA, "CAPA", 6, POP3_READ_LIST, POP3_READ_LIST, false},
	{POP3_STLS, "STLS", 2, POP3_READ_STATUS, POP3_READ_STATUS, false},
	{POP3_STAT, "STAT", 4, POP3_READ_STATUS, POP3_READ_STATUS, false},
	{POP3_LIST, "LIST", 4, POP3_READ_LIST, POP3_READ_STATUS, false},
	{POP3_UIDL, "UIDL", 4, POP3_READ_LIST, POP3_READ_STATUS, false},
	{POP3_RETR, "RETR", 4, POP3_READ_MESSAGE, POP3_READ_MESSAGE, false},
	{POP3_TOP, "TOP", 4, POP3_READ_MESSAGE, POP3_READ_MESSAGE, false},
	{POP3_DELE, "DELE", 4, POP3_READ_STATUS, POP3_READ_STATUS, false},
	{POP3_NOOP, "NOOP", 4, POP3_READ_STATUS, POP3_READ_STATUS, false},
	{POP3_RSET, "RSET", 4, POP3_READ_STATUS, POP3_READ_STATUS, false},
	{POP3_QUIT, "QUIT", 6, POP3_READ_STATUS, POP3_READ_STATUS, false},
};

START_TEST(command_table)
{
	const struct pop3_command *c = pop3_command_info(commands[_i].verb);

	ck_assert_int_eq(commands[_i].verb, _i);
	ck_assert_str_eq(c->keyword, commands[_i].keyword);
	ck_assert_uint_eq(c->states, commands[_i].states);
	ck_assert_int_eq(c->bare, commands[_i].bare);
	ck_assert_int_eq(c->with, commands[_i].with);
	ck_assert_int_eq(c->secret, commands[_i].secret);
}
END_TEST

START_TEST(state_rules)
{
	static const enum pop3_state states[] = {POP3_STATE_GREETING, POP3_STATE_AUTHORIZATION,
		POP3_STATE_TRANSACTION, POP3_STATE_UPDATE};

	for (size_t i = 0; i < 4; i++) {
		bool may = (commands[_i].states & (unsigned)states[i]) != 0;
		struct dialogue d;

		begin(&d);
		hear(&d, "+OK\r\n");
		d.s.state = states[i];
		ck_assert_int_eq(
			say(&d, commands[_i].verb, NULL), may ? POP3_ERROR_NONE : POP3_ERROR_STATE);
		ck_assert_int_eq(d.out.n > 0, may);
		ck_assert_int_eq(d.s.waiting, may);
		end(&d);
	}
}
END_TEST

START_TEST(reply_under_way)
{
	struct dialogue d;

	begin(&d);
	ck_assert_int_eq(say(&d, POP3_CAPA, NULL), POP3_ERROR_STATE);
	hear(&d, "+O");
	ck_assert_int_eq(say(&d, POP3_QUIT, NULL), POP3_ERROR_STATE);
	hear(&d, "K\r\n");
	ck_assert_int_eq(say(&d, POP3_CAPA, NULL), POP3_ERROR_NONE);
	said(&d, "CAPA\r\n");
	hear(&d, "+OK\r\nUSER\r\n");
	ck_assert_int_eq(say(&d, POP3_QUIT, NULL), POP3_ERROR_STATE);
	ck_assert_uint_eq(d.out.n, 0);
	hear(&d, ".\r\n");
	ck_assert_int_eq(d.ev.kind, POP3_EVENT_END);
	ck_assert_int_eq(say(&d, POP3_QUIT, NULL), POP3_ERROR_NONE);
	said(&d, "QUIT\r\n");
	end(&d);
}
END_TEST

/* RFC 1939: PASS and APOP, RFC 5034: AUTH lead into TRANSACTION, and only by +OK. */
START_TEST(moves)
{
	struct dialogue d;

	begin(&d);
	ck_assert_int_eq(d.s.state, POP3_STATE_GREETING);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(d.s.state, POP3_STATE_AUTHORIZATION);
	ck_assert_int_eq(say(&d, POP3_USER, "x"), POP3_ERROR_NONE);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(d.s.state, POP3_STATE_AUTHORIZATION);
	ck_assert_int_eq(say(&d, POP3_PASS, "y"), POP3_ERROR_NONE);
	hear(&d, "-ERR\r\n");
	ck_assert_int_eq(d.s.state, POP3_STATE_AUTHORIZATION);
	ck_assert_int_eq(say(&d, POP3_APOP, "x y"), POP3_ERROR_NONE);
	said(&d, "APOP x y\r\n");
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(d.s.state, POP3_STATE_TRANSACTION);
	ck_assert_int_eq(say(&d, POP3_STLS, NULL), POP3_ERROR_STATE);
	ck_assert_int_eq(say(&d, POP3_QUIT, NULL), POP3_ERROR_NONE);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(d.s.state, POP3_STATE_UPDATE);
	ck_assert_int_eq(say(&d, POP3_QUIT, NULL), POP3_ERROR_STATE);
	end(&d);
}
END_TEST

START_TEST(refused_greeting)
{
	struct dialogue d;

	begin(&d);
	hear(&d, "-ERR\r\n");
	ck_assert_int_eq(d.s.state, POP3_STATE_GREETING);
	ck_assert_int_eq(say(&d, POP3_QUIT, NULL), POP3_ERROR_STATE);
	end(&d);
}
END_TEST

START_TEST(surplus)
{
	struct dialogue d;

	begin(&d);
	hear(&d, "+OK\r\n+");
	ck_assert_int_eq(d.ev.kind, POP3_EVENT_ERROR);
	ck_assert_int_eq(d.ev.error, POP3_ERROR_SURPLUS);
	end(&d);
	begin(&d);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(say(&d, POP3_CAPA, NULL), POP3_ERROR_NONE);
	hear(&d, "-ERR\r\n.\r\n");
	ck_assert_int_eq(d.ev.error, POP3_ERROR_SURPLUS);
	end(&d);
}
END_TEST

/* --- arguments ------------------------------------------------------------------------------- */

START_TEST(line_breakers)
{
	static const struct slice bad[] = {SLICE_INIT("x\r\nDELE 1"), SLICE_INIT("x\n"),
		SLICE_INIT("\r"), SLICE_INIT("x\0y"), SLICE_INIT("\0")};
	struct dialogue d;

	begin(&d);
	hear(&d, "+OK\r\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(
			pop3_session_command(&d.s, POP3_USER, bad[i], &d.out), POP3_ERROR_ARGUMENT);
		ck_assert_uint_eq(d.out.n, 0);
		ck_assert(!d.s.waiting);
	}
	ck_assert_int_eq(say(&d, POP3_USER, "\xff \t|"), POP3_ERROR_NONE);
	said(&d, "USER \xff \t|\r\n");
	end(&d);
}
END_TEST

/* 255 octets, CRLF included (RFC 2449 section 4). */
START_TEST(command_length)
{
	char argument[256];
	struct dialogue d;

	memset(argument, 'x', sizeof(argument));
	argument[255 - 7 + 1] = '\0';
	begin(&d);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(say(&d, POP3_USER, argument), POP3_ERROR_TOO_LONG);
	ck_assert_uint_eq(d.out.n, 0);
	ck_assert(!d.s.waiting);
	argument[255 - 7] = '\0';
	ck_assert_int_eq(say(&d, POP3_USER, argument), POP3_ERROR_NONE);
	ck_assert_uint_eq(d.out.n, 255);
	end(&d);
}
END_TEST

/* --- SASL ------------------------------------------------------------------------------------ */

static enum pop3_error respond(struct dialogue *d, const char *line)
{
	buf_clear(&d->out);
	return pop3_session_respond(&d->s, slice_str(line), &d->out);
}

START_TEST(exchange)
{
	struct dialogue d;

	begin(&d);
	ck_assert_int_eq(respond(&d, "x"), POP3_ERROR_STATE);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(respond(&d, "x"), POP3_ERROR_STATE);
	ck_assert_int_eq(say(&d, POP3_AUTH, "PLAIN"), POP3_ERROR_NONE);
	ck_assert_int_eq(respond(&d, "x"), POP3_ERROR_STATE);
	hear(&d, "+ abc\r\n");
	ck_assert_int_eq(d.ev.kind, POP3_EVENT_CONTINUATION);
	ck_assert_int_eq(respond(&d, "a\rb"), POP3_ERROR_ARGUMENT);
	ck_assert_int_eq(respond(&d, ""), POP3_ERROR_NONE);
	said(&d, "\r\n");
	hear(&d, "+ \r\n");
	ck_assert_int_eq(respond(&d, "Zm9v"), POP3_ERROR_NONE);
	said(&d, "Zm9v\r\n");
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(d.s.state, POP3_STATE_TRANSACTION);
	ck_assert_int_eq(respond(&d, "x"), POP3_ERROR_STATE);
	end(&d);
}
END_TEST

START_TEST(response_length)
{
	static char line[POP3_SASL_LINE_MAX];
	struct dialogue d;

	memset(line, 'A', sizeof(line) - 1);
	begin(&d);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(say(&d, POP3_AUTH, "PLAIN"), POP3_ERROR_NONE);
	hear(&d, "+ \r\n");
	ck_assert_int_eq(respond(&d, line), POP3_ERROR_TOO_LONG);
	ck_assert(!d.s.waiting);
	line[sizeof(line) - 2] = '\0';
	ck_assert_int_eq(respond(&d, line), POP3_ERROR_NONE);
	ck_assert_uint_eq(d.out.n, POP3_SASL_LINE_MAX);
	end(&d);
}
END_TEST

/* Outside an exchange a continuation is no reply. */
START_TEST(continuation_elsewhere)
{
	struct dialogue d;

	begin(&d);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(say(&d, POP3_USER, "x"), POP3_ERROR_NONE);
	hear(&d, "+ \r\n");
	ck_assert_int_eq(d.ev.kind, POP3_EVENT_ERROR);
	ck_assert_int_eq(d.ev.error, POP3_ERROR_SYNTAX);
	end(&d);
}
END_TEST

/* AUTH alone asks for the list of mechanisms: that is no login. */
START_TEST(auth_list_is_no_login)
{
	struct dialogue d;

	begin(&d);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(say(&d, POP3_AUTH, NULL), POP3_ERROR_NONE);
	hear(&d, "+OK\r\nPLAIN\r\n.\r\n");
	ck_assert_int_eq(d.ev.kind, POP3_EVENT_END);
	ck_assert_int_eq(d.s.state, POP3_STATE_AUTHORIZATION);
	end(&d);
}
END_TEST

/* After -ERR the exchange is over: a response would be taken for a command. */
START_TEST(no_response_behind_the_end)
{
	struct dialogue d;

	begin(&d);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(say(&d, POP3_AUTH, "PLAIN"), POP3_ERROR_NONE);
	hear(&d, "-ERR\r\n");
	ck_assert_int_eq(respond(&d, "x"), POP3_ERROR_STATE);
	end(&d);
}
END_TEST

/* --- other ways ------------------------------------------------------------------------------ */

START_TEST(secured)
{
	struct dialogue d;

	begin(&d);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(say(&d, POP3_STLS, NULL), POP3_ERROR_NONE);
	hear(&d, "+OK\r\n");
	pop3_session_secured(&d.s);
	ck_assert_int_eq(d.s.state, POP3_STATE_AUTHORIZATION);
	ck_assert_uint_eq(pop3_reader_pending(&d.s.reader).n, 0);
	hear(&d, "+OK\r\n");
	ck_assert_int_eq(d.ev.error, POP3_ERROR_SURPLUS);
	ck_assert_int_eq(say(&d, POP3_CAPA, NULL), POP3_ERROR_NONE);
	end(&d);
}
END_TEST

START_TEST(raw_and_custom_quit)
{
	struct dialogue d;

	begin(&d);
	pop3_session_raw(&d.s);
	ck_assert_int_eq(say(&d, POP3_CAPA, NULL), POP3_ERROR_NONE);
	pop3_session_expect_status(&d.s, POP3_QUIT);
	hear(&d, "+OK bye\r\n");
	ck_assert_int_eq(d.ev.kind, POP3_EVENT_STATUS);
	ck_assert_int_eq(d.s.state, POP3_STATE_UPDATE);
	end(&d);
}
END_TEST

START_TEST(output_is_full)
{
	struct pop3_session s;
	struct pop3_event ev;
	struct buf out;

	pop3_session_init(&s);
	pop3_session_feed(&s, (const unsigned char *)"+OK\r\n", 5, &ev);
	buf_init(&out, 5);
	ck_assert_int_eq(
		pop3_session_command(&s, POP3_CAPA, SLICE_LIT(""), &out), POP3_ERROR_MEMORY);
	ck_assert(!s.waiting);
	buf_fini(&out);
	pop3_session_fini(&s);
}
END_TEST

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

TCase *tcase_pop3_session(void)
{
	TCase *tc = tcase_create("session");

	_Static_assert((int)COMMANDS == (int)POP3_VERB_COUNT, "a command without a row");
	tcase_add_loop_test(tc, command_table, 0, COMMANDS);
	tcase_add_loop_test(tc, state_rules, 0, COMMANDS);
	tcase_add_test(tc, reply_under_way);
	tcase_add_test(tc, moves);
	tcase_add_test(tc, refused_greeting);
	tcase_add_test(tc, surplus);
	tcase_add_test(tc, line_breakers);
	tcase_add_test(tc, command_length);
	tcase_add_test(tc, exchange);
	tcase_add_test(tc, response_length);
	tcase_add_test(tc, continuation_elsewhere);
	tcase_add_test(tc, secured);
	tcase_add_test(tc, raw_and_custom_quit);
	tcase_add_test(tc, output_is_full);
	tcase_add_test(tc, auth_list_is_no_login);
	tcase_add_test(tc, no_response_behind_the_end);
	return tc;
}
