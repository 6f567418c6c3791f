/* Every limit of the protocol in one place, with its source. */
#ifndef POP3_LIMITS_H
#define POP3_LIMITS_H

enum {
	/* RFC 2449 section 4: a command line, CRLF included. */
	POP3_COMMAND_MAX = 255,
	/* RFC 2449 section 4: a status line, CRLF included. */
	POP3_LINE_MAX = 512,
	/* What is tolerated beyond it in a greeting, a status line or a line of a listing (some
	 * servers put more than a screen into their greeting). Past this: line_too_long. */
	POP3_LINE_TOLERATED = 8192,
	/* RFC 5034 section 4: challenges and responses of a SASL exchange. */
	POP3_SASL_LINE_MAX = 12288,
	/* A piece of a message line: such lines have no limit and are handed on in pieces. */
	POP3_PIECE_MAX = 8192,
	/* RFC 2449 knows 11 capabilities; a list beyond this is no list. */
	POP3_CAPA_LINES_MAX = 128,
	POP3_CAPA_OCTETS_MAX = 16384,
};

#endif
