/* SASL exchanges of a POP3 client (RFC 5034, RFC 4422) and APOP (RFC 1939 section 7). No I/O.
 *
 * One `struct sasl` is one exchange. The caller sends `AUTH NAME [initial]`, then hands in each
 * decoded challenge and sends what comes out, base64-encoded, in a line of its own. */
#ifndef POP3_SASL_H
#define POP3_SASL_H

#include "base/buf.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which `auto` prefers them (CONTRACT: rulings); USER and APOP are no SASL
 * mechanisms, but choices of the same list. */
enum auth_mech {
	AUTH_SCRAM_SHA_256,
	AUTH_SCRAM_SHA_1,
	AUTH_CRAM_MD5,
	AUTH_APOP,
	AUTH_PLAIN,
	AUTH_LOGIN,
	AUTH_USER,
	/* never chosen by auto */
	AUTH_XOAUTH2,
	AUTH_OAUTHBEARER,
	AUTH_EXTERNAL,
	AUTH_MECH_COUNT,
};

struct auth_mech_info {
	const char *option;   /* as the option spells it: "scram-sha-256" */
	const char *name;     /* as the wire and reports spell it: "SCRAM-SHA-256", "USER" */
	bool is_sasl;	      /* in CAPA's SASL list, begun by AUTH */
	bool reusable_secret; /* whoever reads the wire can log in with what was sent */
	bool carries_authzid; /* RFC 4422 section 3.4.1 */
	bool needs_secret;    /* false: EXTERNAL */
	bool needs_crypto;    /* needs struct crypto_ops whatever the credentials are */
	bool client_first;    /* has an initial response */
	bool in_auto;
	bool token; /* the secret is an OAuth bearer token */
};

const struct auth_mech_info *auth_mech_info(enum auth_mech mech);
/* By option or wire spelling, case-insensitive; false when unknown. */
bool auth_mech_parse(const char *text, enum auth_mech *out);
/* By a word of CAPA's SASL list (case-insensitive); false when it is none of ours. */
bool auth_mech_from_sasl(struct slice word, enum auth_mech *out);

struct auth_credentials {
	const char *user;	     /* authentication identity, UTF-8 */
	const char *authzid;	     /* authorization identity or NULL */
	const struct secret *secret; /* password or token; NULL only for EXTERNAL */
	const char *host;	     /* for OAUTHBEARER (RFC 7628 section 3.1) */
	uint16_t port;
};

/* Whether an exchange with these credentials needs struct crypto_ops: for digests, or for SASLprep
 * because the user name or password has characters beyond ASCII. */
bool auth_needs_crypto(enum auth_mech mech, const struct auth_credentials *creds);

enum sasl_status {
	SASL_OK,	      /* out holds the response (may be empty) */
	SASL_BAD_CHALLENGE,   /* not what the mechanism allows: protocol_error; answer "*" */
	SASL_BAD_SERVER,      /* the server failed to prove that it knows the password, or said +OK
			       * before      the end of the exchange: protocol_error */
	SASL_UNEXPECTED,      /* a challenge when none is due: protocol_error */
	SASL_BAD_CREDENTIALS, /* user or password cannot be used (NUL, prohibited by SASLprep ...)
			       */
	SASL_NO_CRYPTO,	      /* the library refuses the digest */
	SASL_TOKEN_ERROR, /* RFC 7628 section 3.2.2: the server said why; out is the dummy reply,
			   * the -ERR follows; sasl_server_error() has its words */
	SASL_REJECTED,	  /* RFC 5802 section 5.1, "e=": the server said why the login fails; out is
			   * the    empty reply, the -ERR follows; sasl_server_error() has its words */
	SASL_NO_MEMORY,
};

enum {
	/* What the longest line of RFC 5034 section 4 (12288 octets) can hold: a longer challenge
	 * is SASL_BAD_CHALLENGE. */
	SASL_CHALLENGE_MAX = 12288 / 4 * 3,
	SASL_SERVER_ERROR_MAX = 512,
	/* RFC 5802 section 5.1 (4096 at least); more would only keep us busy. */
	SASL_SCRAM_ITERATIONS_MIN = 4096,
	SASL_SCRAM_ITERATIONS_MAX = 100000,
};

struct sasl;

/* An exchange; creds and crypto (NULL where auth_needs_crypto() is false) are borrowed until
 * sasl_free. NULL when memory is short or mech is no SASL mechanism. */
struct sasl *sasl_new(
	enum auth_mech mech, const struct auth_credentials *creds, const struct crypto_ops *crypto);
/* NULL allowed. Wipes everything derived from the secret. */
void sasl_free(struct sasl *s);
/* Both functions append to out, and make it a secret buffer; it is as before unless the status is
 * SASL_OK, SASL_TOKEN_ERROR or SASL_REJECTED. Once one has failed, the exchange stays failed.
 *
 * The initial response, not encoded. Only for mechanisms with client_first. */
enum sasl_status sasl_initial(struct sasl *s, struct buf *out);
/* The response to one decoded challenge, not encoded. Where no initial response was sent with AUTH,
 * it is the response to the first challenge, which must be empty (RFC 5034 section 4). */
enum sasl_status sasl_step(struct sasl *s, struct slice challenge, struct buf *out);
/* Called at the server's +OK. SASL_OK only when the exchange had come to its end: SCRAM's server
 * signature verified, every challenge seen that the mechanism needs (U9). */
enum sasl_status sasl_finish(struct sasl *s);
/* What went wrong, in a few words for a person ("the iteration count is below 4096"); never a
 * secret, never text of the server; "" when nothing did. Static storage. */
const char *sasl_problem(const struct sasl *s);
/* What the server said with SASL_TOKEN_ERROR (the decoded challenge, JSON) or SASL_REJECTED (what
 * follows "e="), as sent, at most SASL_SERVER_ERROR_MAX octets; empty if none. It is the server's
 * text: redact it, then make it printable. Borrowed until sasl_free. */
struct slice sasl_server_error(const struct sasl *s);

/* Finds the APOP timestamp in a greeting: the last "<...@...>" that is a msg-id by RFC 5322 section
 * 3.6.4 in printable ASCII (CVE-2007-1558: anything else is no timestamp). *stamp includes the
 * angle brackets. */
bool apop_timestamp(struct slice greeting, struct slice *stamp);
/* The hex digest of stamp and secret: 32 lower-case digits and a NUL. False when there is no
 * secret, the library refuses MD5, or memory is short. */
bool apop_digest(const struct crypto_ops *crypto, struct slice stamp, const struct secret *secret,
	char out[33]);

#endif
