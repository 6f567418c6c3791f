/* The parts of SCRAM (RFC 5802) that can be looked at alone; for lib/pop3/sasl_scram*.c and tests.
 */
#ifndef POP3_SASL_SCRAM_H
#define POP3_SASL_SCRAM_H

#include "base/crypto.h"
#include "base/slice.h"

enum scram_kind {
	SCRAM_MESSAGE,	    /* parsed */
	SCRAM_SERVER_ERROR, /* "e=": what follows is in *words */
	SCRAM_MALFORMED,    /* *problem says how */
};

struct scram_first {
	struct slice nonce;  /* the client's and the server's part */
	struct slice salt64; /* base64 */
	unsigned iterations;
};

/* server-first-message, with the limits of sasl.h on the iteration count. client_nonce: what the
 * nonce must begin with, and be longer than. The slices point into text. */
enum scram_kind scram_parse_first(struct slice text, struct slice client_nonce,
	struct scram_first *out, struct slice *words, const char **problem);
/* server-final-message; *verifier64 is base64. */
enum scram_kind scram_parse_final(
	struct slice text, struct slice *verifier64, struct slice *words, const char **problem);

struct scram_secrets {
	unsigned char proof[CRYPTO_DIGEST_MAX];	    /* ClientProof */
	unsigned char signature[CRYPTO_DIGEST_MAX]; /* ServerSignature */
};

/* RFC 5802 section 3. False when the library refuses the digest. */
bool scram_compute(const struct crypto_ops *crypto, enum crypto_digest alg, struct slice salted,
	struct slice auth_message, struct scram_secrets *out);

#endif
