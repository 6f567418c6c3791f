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
	const char *option;       /* as the option spells it: "scram-sha-256" */
	const char *name;         /* as the wire and reports spell it: "SCRAM-SHA-256", "USER" */
	bool is_sasl;             /* in CAPA's SASL list, begun by AUTH */
	bool reusable_secret;     /* whoever reads the wire can log in with what was sent */
	bool carries_authzid;     /* RFC 4422 section 3.4.1 */
	bool needs_secret;        /* false: EXTERNAL */
	bool needs_crypto;        /* needs struct crypto_ops */
	bool client_first;        /* has an initial response */
	bool in_auto;
	bool token;               /* the secret is an OAuth bearer token */
};

const struct auth_mech_info *auth_mech_info(enum auth_mech mech);
/* By option or wire spelling, case-insensitive; false when unknown. */
bool auth_mech_parse(const char *text, enum auth_mech *out);
/* By a word of CAPA's SASL list (case-insensitive); false when it is none of ours. */
bool auth_mech_from_sasl(struct slice word, enum auth_mech *out);

struct auth_credentials {
	const char *user;            /* authentication identity, UTF-8 */
	const char *authzid;         /* authorization identity or NULL */
	const struct secret *secret; /* password or token; NULL only for EXTERNAL */
	const char *host;            /* for OAUTHBEARER (RFC 7628 section 3.1) */
	uint16_t port;
};

enum sasl_status {
	SASL_OK,             /* out holds the response (may be empty) */
	SASL_BAD_CHALLENGE,  /* not what the mechanism allows: protocol_error; answer "*" */
	SASL_BAD_SERVER,     /* the server failed to prove that it knows the password: protocol_error */
	SASL_UNEXPECTED,     /* a challenge when none is due: protocol_error */
	SASL_BAD_CREDENTIALS,/* user or password cannot be used (NUL, prohibited by SASLprep ...) */
	SASL_NO_CRYPTO,      /* the library refuses the digest */
	SASL_TOKEN_ERROR,    /* RFC 7628 section 3.2.2: the server said why; out is the dummy reply, the
	                      * -ERR follows; sasl_server_error() has its words */
	SASL_NO_MEMORY,
};

struct sasl;

/* An exchange; creds and crypto are borrowed until sasl_free. NULL when memory is short. */
struct sasl *sasl_new(
	enum auth_mech mech, const struct auth_credentials *creds, const struct crypto_ops *crypto);
/* NULL allowed. Wipes everything derived from the secret. */
void sasl_free(struct sasl *s);
/* The initial response, not encoded. Only for mechanisms with client_first. */
enum sasl_status sasl_initial(struct sasl *s, struct buf *out);
/* The response to one decoded challenge, not encoded. */
enum sasl_status sasl_step(struct sasl *s, struct slice challenge, struct buf *out);
/* Called at the server's +OK. SASL_OK only when the exchange had come to its end: SCRAM's server
 * signature verified, every challenge seen that the mechanism needs (U9). */
enum sasl_status sasl_finish(struct sasl *s);
/* What went wrong, in a few words for a person ("iteration count 1 is below 4096"); never a secret,
 * never text of the server. Static storage. */
const char *sasl_problem(const struct sasl *s);
/* The decoded error challenge of XOAUTH2/OAUTHBEARER, as sent (at most 512 octets); empty if none. */
struct slice sasl_server_error(const struct sasl *s);

/* Finds the APOP timestamp in a greeting: the last "<...@...>" that is a msg-id by RFC 5322 section
 * 3.6.4 in printable ASCII (CVE-2007-1558: anything else is no timestamp). *stamp includes the
 * angle brackets. */
bool apop_timestamp(struct slice greeting, struct slice *stamp);
/* The hex digest of stamp and secret: 32 lower-case digits and a NUL. */
bool apop_digest(const struct crypto_ops *crypto, struct slice stamp, const struct secret *secret,
	char out[33]);

#endif
