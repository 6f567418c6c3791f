/* The digests of lib/base/crypto.h over OpenSSL's one-shot functions, which wipe their own state.
 */
#include "tls/internal.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <limits.h>

static const EVP_MD *algorithm(enum crypto_digest alg)
{
	switch (alg) {
	case CRYPTO_MD5:
		return EVP_md5();
	case CRYPTO_SHA1:
		return EVP_sha1();
	case CRYPTO_SHA256:
		return EVP_sha256();
	}
	return NULL;
}

/* OpenSSL reads a NULL key or password as "none given", not as an empty one. */
static const void *octets(struct slice s)
{
	return s.n > 0 ? (const void *)s.p : "";
}

size_t tls_digest_size(enum crypto_digest alg)
{
	switch (alg) {
	case CRYPTO_MD5:
		return 16;
	case CRYPTO_SHA1:
		return 20;
	case CRYPTO_SHA256:
		return 32;
	}
	return 0;
}

bool tls_digest(enum crypto_digest alg, struct slice data, unsigned char *out)
{
	ERR_clear_error();
	return EVP_Digest(octets(data), data.n, out, NULL, algorithm(alg), NULL) == 1;
}

bool tls_hmac(enum crypto_digest alg, struct slice key, struct slice data, unsigned char *out)
{
	unsigned n = 0;

	if (key.n > INT_MAX)
		return false;
	ERR_clear_error();
	return HMAC(algorithm(alg), octets(key), (int)key.n, octets(data), data.n, out, &n) &&
	       n == tls_digest_size(alg);
}

bool tls_pbkdf2(enum crypto_digest alg, struct slice password, struct slice salt,
	unsigned iterations, unsigned char *out)
{
	if (password.n > INT_MAX || salt.n > INT_MAX || iterations == 0 || iterations > INT_MAX)
		return false;
	ERR_clear_error();
	return PKCS5_PBKDF2_HMAC(octets(password), (int)password.n, octets(salt), (int)salt.n,
		       (int)iterations, algorithm(alg), (int)tls_digest_size(alg), out) == 1;
}

bool tls_random(unsigned char *out, size_t n)
{
	if (n > INT_MAX)
		return false;
	ERR_clear_error();
	return RAND_bytes(out, (int)n) == 1;
}
