/* The commands of POP3 as one table (RFC 1939, 2449, 2595, 5034). */
#ifndef POP3_COMMAND_H
#define POP3_COMMAND_H

#include "pop3/reader.h"

#include <stdbool.h>

enum pop3_verb {
	POP3_USER,
	POP3_PASS,
	POP3_APOP,
	POP3_AUTH,
	POP3_CAPA,
	POP3_STLS,
	POP3_STAT,
	POP3_LIST,
	POP3_UIDL,
	POP3_RETR,
	POP3_TOP,
	POP3_DELE,
	POP3_NOOP,
	POP3_RSET,
	POP3_QUIT,
	POP3_VERB_COUNT,
};

enum pop3_state {
	POP3_STATE_GREETING = 1,
	POP3_STATE_AUTHORIZATION = 2,
	POP3_STATE_TRANSACTION = 4,
	POP3_STATE_UPDATE = 8,
};

struct pop3_command {
	const char *keyword;
	unsigned states;	  /* in which it may be sent */
	enum pop3_read_mode bare; /* its reply when sent without argument */
	enum pop3_read_mode with; /* its reply when sent with one */
	bool secret;		  /* its argument holds one */
};

const struct pop3_command *pop3_command_info(enum pop3_verb verb);

#endif
