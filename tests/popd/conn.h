/* One connection of the test server: a queue of actions, octets in, a record of what came. */
#ifndef POPD_CONN_H
#define POPD_CONN_H

#include "scenario.h"

#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdint.h>

struct server {
	struct scenario scenario;
	struct event_base *base;
	SSL_CTX *tls; /* NULL without --certs */
	SSL_CTX *sni_tls[8];
	int record_fd; /* -1: none */
	unsigned connections;
	unsigned ended;
	unsigned once; /* 0: for ever */
	struct conn *first;
};

enum state { STATE_AUTHORIZATION, STATE_TRANSACTION, STATE_DONE };

struct mech;

struct sasl {
	const struct mech *mech; /* NULL: no exchange under way */
	int step;
	char authzid[128];
	char user[128];
	bool failed; /* the error challenge of XOAUTH2 and OAUTHBEARER is out */
	struct octets text;
	char nonce[160];
};

struct conn {
	struct server *server;
	struct conn *next;
	struct conn **here; /* what points at this connection */
	unsigned number;
	int fd;
	SSL *ssl;
	enum layer layer;    /* in force now */
	enum layer listener; /* of the port */
	struct event *readable;
	struct event *writable;
	struct event *timer;
	struct action *queue;
	bool waited;	/* the delay at the head of the queue is over */
	bool hung;	/* nothing is answered any more */
	bool handshake; /* the TLS handshake is under way */
	bool server_ended;
	size_t sent; /* application octets, over the whole connection */
	struct octets in;

	enum state state;
	char stamp[80]; /* of the greeting, for APOP */
	char user_name[128];
	struct user *user;
	bool *marked; /* DELE, not yet committed */
	size_t *map;  /* message number - 1 -> index */
	size_t count;
	struct sasl sasl;
	struct octets line; /* the command being answered, without its line end */
	unsigned verb_count[32];
	char verbs[32][24];

	struct octets record;
	struct octets record_line;
	bool quit_seen;
};

/* Takes ownership of `fd`. */
void conn_new(struct server *server, int fd, enum layer listener);
/* Writes the record with `end` as how it ended, and frees it. */
void conn_free(struct conn *c, const char *end);
void conn_run(struct conn *c);

/* queue.c */
void queue_action(struct conn *c, enum action_kind kind, unsigned ms, const void *data, size_t n);
void queue_copy(struct conn *c, const struct action *actions);
void queue_clear(struct conn *c);
bool queue_has(const struct conn *c, enum action_kind kind);
/* An ordinary reply, under the scenario's delay, drip and split. */
void reply(struct conn *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void reply_octets(struct conn *c, const void *data, size_t len);

/* io.c: each returns octets moved, 0 for "not now", -1 for the end of the connection */
long io_read(struct conn *c, void *buffer, size_t size, const char **end);
long io_write(struct conn *c, const void *data, size_t len);
int io_handshake(struct conn *c); /* 1 done, 0 not now, -1 failed */
void io_reset(struct conn *c);

/* record.c */
void record_octets(struct conn *c, const void *data, size_t len);
void record_note(struct conn *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void record_write(struct conn *c, const char *end);

/* tls.c */
bool tls_setup(struct server *server, const char *certs);
void tls_note_peer(struct conn *c);

/* pop3.c */
void pop3_greeting(struct conn *c);
void pop3_line(struct conn *c);	   /* c->line: a rule or the ordinary answer */
void pop3_default(struct conn *c); /* the ordinary answer to c->line */
void pop3_session_end(struct conn *c);
bool pop3_login(struct conn *c, struct user *user);
void pop3_login_failed(struct conn *c);
const char *pop3_mechanisms(struct conn *c, struct octets *out);

/* maildrop.c: the commands of the TRANSACTION state; false where `verb` is none of them */
bool maildrop_command(struct conn *c, const char *verb, const char *argument);
void maildrop_open(struct conn *c, struct user *user);
void maildrop_close(struct conn *c, bool commit);

/* sasl.c */
void sasl_command(struct conn *c, const char *argument);
void sasl_response(struct conn *c);
void sasl_end(struct conn *c);

#endif
