/* The digests that mechanisms need, behind a table, so that a core that needs none loads none.
 * lib/tls implements it over OpenSSL. No function keeps a copy of what it is given. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>

enum crypto_digest {
	CRYPTO_MD5,    /* 16 octets */
	CRYPTO_SHA1,   /* 20 */
	CRYPTO_SHA256, /* 32 */
};

enum { CRYPTO_DIGEST_MAX = 32 };

enum crypto_prep {
	CRYPTO_PREP_OK,
	CRYPTO_PREP_PROHIBITED, /* not UTF-8, or characters that SASLprep does not allow */
	CRYPTO_PREP_NO_MEMORY,
};

struct crypto_ops {
	/* Octets of a digest. */
	size_t (*size)(enum crypto_digest alg);
	/* Each writes size(alg) octets to out; false when the library refuses (a FIPS policy
	 * without MD5, say). */
	bool (*digest)(enum crypto_digest alg, struct slice data, unsigned char *out);
	bool (*hmac)(
		enum crypto_digest alg, struct slice key, struct slice data, unsigned char *out);
	bool (*pbkdf2)(enum crypto_digest alg, struct slice password, struct slice salt,
		unsigned iterations, unsigned char *out);
	bool (*random)(unsigned char *out, size_t n);
	/* Appends in (UTF-8) to out as SASLprep puts it (RFC 4013); out is as before unless
	 * CRYPTO_PREP_OK. NULL: not available. Only needed for text beyond ASCII. */
	enum crypto_prep (*saslprep)(struct slice in, struct buf *out);
};

#endif
