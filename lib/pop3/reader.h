/* Octets to reply events (RFC 1939 section 3). Pull style: the caller hands octets in and gets at
 * most one event back, with the number of octets used; it goes on with the rest. */
#ifndef POP3_READER_H
#define POP3_READER_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum pop3_read_mode {
	POP3_READ_NOTHING, /* no reply is due: any octet is an error */
	POP3_READ_STATUS,  /* one status line */
	POP3_READ_SASL,	   /* a status line or a continuation (RFC 5034 section 4) */
	POP3_READ_LIST,	   /* a status line and, after +OK, lines up to the lone dot */
	POP3_READ_MESSAGE, /* likewise; lines have no limit, come in pieces and end by CRLF alone */
};

enum pop3_event_kind {
	POP3_EVENT_NONE,	 /* all octets used, more are needed */
	POP3_EVENT_STATUS,	 /* +OK or -ERR; the reply is complete unless lines follow */
	POP3_EVENT_CONTINUATION, /* text is the challenge, still base64 */
	POP3_EVENT_LINE,	 /* one line of a multi-line reply, dot-stuffing undone */
	POP3_EVENT_END,		 /* the lone dot */
	POP3_EVENT_ERROR,
};

enum pop3_error {
	POP3_ERROR_NONE,
	POP3_ERROR_SYNTAX,  /* neither +OK nor -ERR (nor a continuation where one may come) */
	POP3_ERROR_SURPLUS, /* octets where no reply is due */
	POP3_ERROR_LINE,    /* line too long */
	POP3_ERROR_MEMORY,
	POP3_ERROR_STATE,    /* command not allowed now: a slip of the caller */
	POP3_ERROR_ARGUMENT, /* CR, LF or NUL in an argument */
	POP3_ERROR_TOO_LONG, /* the command would pass POP3_COMMAND_MAX */
};

struct pop3_event {
	enum pop3_event_kind kind;
	enum pop3_error error; /* POP3_EVENT_ERROR */
	bool ok;	       /* STATUS: +OK */
	struct slice line;     /* the whole line without its end; ERROR: what there is of it */
	struct slice text;     /* STATUS, CONTINUATION: behind the indicator and its space */
	struct slice code;     /* STATUS: extended response code without brackets; may be empty */
	bool bare_lf;	       /* the line ended by LF alone */
	bool more;	       /* LINE: a piece, the line goes on in the next event */
};

struct pop3_reader {
	enum pop3_read_mode mode;
	bool in_lines; /* behind the +OK of a multi-line reply */
	bool in_piece; /* the line under way was handed on in part */
	bool held_cr;  /* a piece ended in CR, which may belong to the line's end */
	bool clear;    /* the line was handed out and is dropped at the next call */
	struct buf line;
};

void pop3_reader_init(struct pop3_reader *r);
void pop3_reader_fini(struct pop3_reader *r);
/* What comes next. Only between replies, or in a SASL exchange. */
void pop3_reader_expect(struct pop3_reader *r, enum pop3_read_mode mode);
/* Slices in *ev are valid until the next call. Returns the octets used. */
size_t pop3_reader_feed(
	struct pop3_reader *r, const unsigned char *p, size_t n, struct pop3_event *ev);
/* Octets of an unfinished line. */
struct slice pop3_reader_pending(const struct pop3_reader *r);

#endif
