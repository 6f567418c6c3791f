/* What the test server is told to do: settings, and rules that replace its ordinary behaviour. */
#ifndef POPD_SCENARIO_H
#define POPD_SCENARIO_H

#include "octets.h"

enum action_kind {
	ACT_SEND,
	ACT_DRIP,      /* one octet every `ms` */
	ACT_DELAY,     /* wait `ms` */
	ACT_FLOOD,     /* the octets again and again, never ending */
	ACT_RECORDS,   /* the same, each time as a TLS record (or segment) of its own */
	ACT_KEYUPDATE, /* TLS 1.3 key updates, never ending */
	ACT_CLOSE,     /* close_notify where TLS is on, then close() */
	ACT_DROP,      /* close() without close_notify */
	ACT_HALF,      /* end our direction, go on reading */
	ACT_RESET,     /* RST */
	ACT_BYE,       /* end our direction, wait for the client's end */
	ACT_HANG,      /* answer nothing any more, go on reading */
	ACT_NOREAD,    /* answer nothing and read nothing any more */
	ACT_AWAIT,     /* one line from the client */
	ACT_HELLO,     /* any octets from the client, which are then discarded */
	ACT_STARTTLS,  /* the server side of a TLS handshake */
	ACT_DEFAULT,   /* the ordinary answer to this command */
	ACT_GREET,     /* (internal) the greeting, or its rule */
	ACT_TLS_UP,    /* (internal) the rule for the end of an STLS handshake */
	ACT_PROXY,     /* (internal) read a PROXY protocol header */
};

struct action {
	struct action *next;
	enum action_kind kind;
	unsigned ms;
	struct octets octets;
};

enum layer { LAYER_PLAIN, LAYER_TLS, LAYER_ANY };

struct rule {
	struct rule *next;
	char verb[24];
	enum layer layer;
	unsigned nth;	     /* 0: each time; else the nth time in this connection */
	unsigned connection; /* 0: every connection; else that one alone */
	struct action *actions;
};

struct message {
	char *text; /* as stored: CRLF lines, not dot-stuffed */
	size_t len;
	char uid[71];
};

struct user {
	char *name;
	char *password;
	char *token;
	bool admin;
	bool locked;   /* a session holds the maildrop */
	bool *deleted; /* one per message, committed */
};

enum client_cert { CLIENT_CERT_NO, CLIENT_CERT_REQUEST, CLIENT_CERT_REQUIRE };

struct scenario {
	struct rule *rules;
	struct user *users;
	size_t user_count;
	struct message *messages;
	size_t message_count;
	struct octets greeting; /* empty: the ordinary one */
	char *capa[2];		/* by layer: the whole list, CRLF lines; NULL: the ordinary one */
	char *mechanisms[2];
	bool stls;
	bool apop;
	bool cleartext_login;
	bool two_line_xoauth2;
	bool pipelining;
	unsigned delay_ms;
	unsigned drip_ms;
	size_t split_at; /* 0: replies are sent in one piece */
	unsigned split_ms;
	size_t limit; /* SIZE_MAX: none */
	enum action_kind limit_end;
	int receive_buffer;
	int proxy;
	char *cert;
	char *sni_name[8];
	char *sni_cert[8];
	size_t sni_count;
	int tls_min;
	int tls_max;
	enum client_cert client_cert;
	unsigned scram_iterations;
	bool scram_bad_signature;
	bool scram_bad_nonce;
	bool scram_no_signature;
	struct octets scram_first; /* sent instead of server-first-message where not empty */
	int fixed_port[2];	   /* 0: ephemeral */
	bool users_are_defaults;
	bool messages_are_defaults;
};

void scenario_init(struct scenario *s);
/* Reads `path`; on an error prints `file:line: what` on stderr and returns false. */
bool scenario_load(struct scenario *s, const char *path);
/* One line of the language; `error` is set to a static text where it returns false. */
bool scenario_line(struct scenario *s, char *line, const char **error);
void scenario_add_user(struct scenario *s, const char *name, const char *password, bool admin);
/* Called once everything was read: gives users and messages their defaults. */
void scenario_finish(struct scenario *s);

struct user *scenario_user(struct scenario *s, const char *name);
const struct rule *scenario_rule(
	const struct scenario *s, const char *verb, enum layer layer, unsigned nth, unsigned conn);

#endif
