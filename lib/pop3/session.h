/* The protocol engine of one connection: which state it is in, which command may go out, which
 * reply is due. Pure; knows neither TLS nor sockets. */
#ifndef POP3_SESSION_H
#define POP3_SESSION_H

#include "base/buf.h"
#include "pop3/command.h"
#include "pop3/reader.h"

struct pop3_session {
	enum pop3_state state;
	enum pop3_verb verb; /* of the reply that is due */
	bool waiting;	     /* a reply is due */
	bool challenged;     /* in an AUTH exchange: a response is due */
	bool with_argument;  /* the command had one */
	struct pop3_reader reader;
};

/* A connection was made: the greeting is due. */
void pop3_session_init(struct pop3_session *s);
void pop3_session_fini(struct pop3_session *s);
/* Appends "KEYWORD[ argument]CRLF" to out and waits for its reply. Refused without effect: in the
 * wrong state or while a reply is due (POP3_ERROR_STATE), CR, LF or NUL in the argument
 * (POP3_ERROR_ARGUMENT), longer than POP3_COMMAND_MAX (POP3_ERROR_TOO_LONG). */
enum pop3_error pop3_session_command(
	struct pop3_session *s, enum pop3_verb verb, struct slice argument, struct buf *out);
/* In an AUTH exchange, after a continuation: sends a line (base64 or "*"). */
enum pop3_error pop3_session_respond(struct pop3_session *s, struct slice line, struct buf *out);
/* As pop3_reader_feed; moves the state on at +OK (RFC 1939 section 3). */
size_t pop3_session_feed(
	struct pop3_session *s, const unsigned char *p, size_t n, struct pop3_event *ev);
/* TLS was established after STLS: what was read before is forgotten (RFC 2595 section 4). */
void pop3_session_secured(struct pop3_session *s);
/* For raw dialogue outside the engine: no greeting is due any more, any reply may come. */
void pop3_session_raw(struct pop3_session *s);
/* Waits for one status line whatever was sent (a custom QUIT). */
void pop3_session_expect_status(struct pop3_session *s, enum pop3_verb verb);

#endif
