/* Keys and digests below today's minimum, judged here and not by OpenSSL's security level: a level
 * ends the handshake without a word on the certificate, and it is 0 where TLS 1.0 was asked for. */
#include "tls/internal.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdio.h>

enum {
	/* 112 bits of strength (NIST SP 800-57 part 1, table 2). */
	WEAK_BELOW_BITS_FACTORING = 2048,
	WEAK_BELOW_BITS_CURVE = 224,
};

static bool key_below(const char *type, int bits, int minimum, char *out, size_t size)
{
	if (bits >= minimum)
		return false;
	snprintf(out, size, "%s key of %d bits", type, bits);
	return true;
}

bool tls_weak_key(X509 *x, char *out, size_t size)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);
	int bits;

	if (!key)
		return false;
	bits = EVP_PKEY_get_bits(key);
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		return key_below("RSA", bits, WEAK_BELOW_BITS_FACTORING, out, size);
	case EVP_PKEY_DSA:
		return key_below("DSA", bits, WEAK_BELOW_BITS_FACTORING, out, size);
	case EVP_PKEY_EC:
		return key_below("EC", bits, WEAK_BELOW_BITS_CURVE, out, size);
	default:
		return false;
	}
}

bool tls_weak_signature(X509 *x, char *out, size_t size)
{
	int digest = NID_undef, key = NID_undef;

	/* Fails for digests that OpenSSL no longer implements; it has told which by then. */
	(void)X509_get_signature_info(x, &digest, &key, NULL, NULL);
	if (digest == NID_undef)
		(void)OBJ_find_sigid_algs(X509_get_signature_nid(x), &digest, &key);
	if (digest != NID_md2 && digest != NID_md4 && digest != NID_md5 && digest != NID_sha1)
		return false;
	snprintf(out, size, "signed with %s", OBJ_nid2sn(digest));
	return true;
}
