/* Inside the engine: shared by probe.c (ports, life cycle), steps.c, secure.c and login.c. */
#ifndef PROBE_INTERNAL_H
#define PROBE_INTERNAL_H

#include "pop3/session.h"
#include "probe/probe.h"

enum {
	HANDSHAKE_MAX = 262144, /* octets of a handshake, a chain of 100 certificates included */
	OUTPUT_MAX = 65536,	/* clear-text octets waiting to be sent */
	RAW_MAX = 16384,	/* octets STEP_EXPECT keeps and searches */
};

/* How long QUIT's reply is waited for: measured, but never worth more than this. */
#define QUIT_WAIT_NS ((uint64_t)2000000000)
/* After a failure even less: the report waits for it. */
#define QUIT_WAIT_FAILED_NS ((uint64_t)500000000)

enum login_stage {
	LOGIN_USER,	/* USER was sent */
	LOGIN_AUTH,	/* AUTH was sent, nothing secret yet */
	LOGIN_EXCHANGE, /* credentials are out, or part of them */
};

/* What the login sends once all input was looked at: a secret never goes out while octets wait that
 * nobody asked for. */
enum login_next {
	LOGIN_NOTHING,
	LOGIN_PASS,
	LOGIN_RESPONSE,
};

enum probe_life { LIFE_NEW, LIFE_DIALING, LIFE_RUNNING, LIFE_DONE };

struct probe {
	struct probe_spec spec;
	struct probe_result result;
	struct step_result *steps; /* result.steps, writable */
	enum probe_life life;
	size_t step;	/* index into spec.program */
	bool step_done; /* its reply is complete; the next begins when all input was looked at */
	bool step_raw;	/* input is for STEP_EXPECT */
	bool failing;	/* a failure is settled; only QUIT may still go out */
	bool connected;
	uint64_t now, deadline;
	uint64_t step_begin, step_wake; /* PROBE_NS_NONE: no timer of its own */
	uint64_t delayed_ns;		/* spent in STEP_DELAY */
	struct pop3_session session;
	struct buf output; /* clear text to send; wiped */
	struct buf stamp;  /* the APOP timestamp, raw; empty when there is none */
	struct buf held;   /* what came during STEP_DELAY */
	struct tls_channel *tls;
	bool secured;		 /* the handshake is complete */
	unsigned char peek[192]; /* first octets where a TLS record was due */
	size_t peek_count;
	struct sasl *sasl;
	enum login_stage stage;
	enum login_next due;
	struct buf response;	 /* the line to send, base64 */
	struct buf prepared;	 /* the secret as SASLprep makes it, when that differs */
	size_t handshake_octets; /* received in the handshake */
};

/* What a step wants after it began or after an event. */
enum step_next {
	STEP_WAIT, /* more input, or its timer */
	STEP_DONE, /* goes on with the next step once all input was looked at */
	STEP_STOP, /* probe_fail was called, or the program ends here */
};

/* How the connection is left after a failure. */
enum leave {
	LEAVE_QUIT, /* the dialogue is in step: say QUIT */
	LEAVE_NOW,  /* it is not: close */
};

/* Settles the failure (the first one counts). detail: our words, printf-like, or NULL. */
enum step_next probe_fail(struct probe *p, enum probe_reason reason, enum leave leave,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same, with the server's line that decided. */
enum step_next probe_fail_line(struct probe *p, enum probe_reason reason, enum leave leave,
	struct slice line, const char *detail);
/* A reply's error event. */
enum step_next probe_fail_event(struct probe *p, const struct pop3_event *ev);
/* The reason that the response code of a -ERR names (RFC 2449, RFC 3206), else otherwise. */
enum probe_reason probe_code_reason(struct slice code, enum probe_reason otherwise);
/* Server text without the secret, bounded, into out. */
/* False: no memory. */
bool probe_keep_text(struct probe *p, struct slice text, struct buf *out, size_t max);

/* Sends octets (through TLS when it is on). */
bool probe_send(struct probe *p, struct slice octets);
/* Sends a command; trace shows `shown` in place of the argument when not NULL. */
enum step_next probe_command(
	struct probe *p, enum pop3_verb verb, struct slice argument, const char *shown);
void probe_trace_client(struct probe *p, struct slice text);
void probe_trace_server(struct probe *p, struct slice line);
void probe_trace_note(struct probe *p, const char *text);
const struct probe_step *probe_step_now(const struct probe *p);
enum probe_phase probe_phase_now(const struct probe *p);

/* A TLS record where clear text was due. */
bool probe_looks_like_tls(struct slice s);

/* steps.c */
enum step_next step_begin(struct probe *p);
enum step_next step_event(struct probe *p, const struct pop3_event *ev);
enum step_next step_raw_input(struct probe *p, struct slice octets);
/* Its own timer ran out. */
enum step_next step_timeout(struct probe *p);
/* The peer closed while this step was at work. */
enum step_next step_eof(struct probe *p);

/* Moves what is known of the TLS connection into the result, once. */
void probe_take_facts(struct probe *p);

/* secure.c */
enum step_next secure_begin(struct probe *p);
enum step_next secure_handshake(struct probe *p);

/* login.c */
enum step_next login_begin(struct probe *p);
enum step_next login_event(struct probe *p, const struct pop3_event *ev);
/* Sends what is due. */
void login_continue(struct probe *p);
void login_fini(struct probe *p);

/* keep.c, with probe_keep_text and the transcript. */
/* Finds out in which form the server gets to see the secret. */
void probe_prepare_secret(struct probe *p);

/* redact_facts.c */
/* Takes the secret out of what a certificate says. */
void probe_redact_facts(struct probe *p);

#endif
