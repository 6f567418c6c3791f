/* A certificate authority and a TLS server in memory, for the tests of lib/tls. */
#ifndef TEST_TLS_H
#define TEST_TLS_H

#include "tls/tls.h"

#include <openssl/ssl.h>

/* All tests live at this time; certificates are made around it. */
#define TLS_NOW INT64_C(1800000000)
#define TLS_DAY INT64_C(86400)

struct cert_spec {
	const char *cn;	      /* NULL: an empty subject */
	size_t cn_octets;     /* 0: strlen(cn) */
	const char *san;      /* as in openssl.cnf; NULL: none */
	const char *purpose;  /* extendedKeyUsage; NULL: none */
	int64_t from, until;  /* days from TLS_NOW; both 0: -10 to 60 */
	EVP_PKEY *key;	      /* NULL: the common one of its role */
	X509 *issuer;	      /* NULL: self-signed */
	EVP_PKEY *issuer_key; /* NULL: the common one of a CA */
	const EVP_MD *md;     /* NULL: SHA-256 */
	bool ca;
	bool raw_san;	       /* san is the DER of the extension in hexadecimal */
	const char *not_after; /* GeneralizedTime instead of until */
};

EVP_PKEY *test_key_ca(void);   /* P-256, one for all CAs */
EVP_PKEY *test_key_leaf(void); /* P-256, one for all leaves */
EVP_PKEY *test_key_rsa(int bits);
/* The caller frees. */
X509 *test_cert(const struct cert_spec *spec);
/* Writes certificates (up to the NULL) as PEM to a temporary file; the name lives until the next
 * call, the file until test_files_remove. */
const char *test_pem_file(X509 *const *certs);
const char *test_text_file(const char *text, size_t n);
const char *test_key_file(EVP_PKEY *key, const char *passphrase);
const char *test_crl_file(X509 *issuer, const X509 *revoked);
/* "%s.r0" and the like: a directory with the certificate under its hash link; removed likewise. */
const char *test_hash_dir(X509 *cert, bool link);
void test_files_remove(void);

struct test_server {
	SSL_CTX *ctx;
	SSL *ssl;
	BIO *in, *out;
	char sni[256];	 /* server name received; "" when none */
	size_t sent;	 /* octets given to the client */
	size_t send_max; /* then the stream ends */
	size_t chunk;	 /* octets fed at once; 0: TLS_FEED_MAX */
};

/* chain: leaf first, up to the NULL. key is the leaf's, NULL the common one. */
void test_server_init(struct test_server *s, X509 *const *chain, EVP_PKEY *key);
void test_server_fini(struct test_server *s);
/* Moves octets both ways until the handshake ends or nothing moves. */
enum tls_status test_handshake(
	const struct tls_ops *ops, struct tls_channel *ch, struct test_server *s);
/* Octets the server has written reach the client. False when the stream was cut. */
bool test_deliver(const struct tls_ops *ops, struct tls_channel *ch, struct test_server *s);
/* Takes what the client wrote to the server. */
void test_collect(const struct tls_ops *ops, struct tls_channel *ch, struct test_server *s);

/* What the tests of certificates have in common: a trusted root, an intermediate below it, a CA
 * that nobody trusts. */
extern struct test_world {
	const struct tls_ops *ops;
	X509 *root, *inter, *stranger;
} test_world;

void test_world_make(void);
void test_world_end(void);

#define BIT(d)	  (1u << TLS_DEFECT_##d)
#define HOST	  "mail.example.org"
#define WITH(...) ((X509 *const[]){__VA_ARGS__, NULL})
#define LEAF(...) test_leaf("DNS:" HOST, (struct cert_spec){__VA_ARGS__})

/* A leaf for HOST below the root, but for what spec says otherwise. */
X509 *test_leaf(const char *san, struct cert_spec spec);

/* One connection; the caller finishes facts. */
struct test_outcome {
	enum tls_status status;
	struct tls_facts facts;
	char sni[256];
	char error[256];
};

/* ca_path NULL: the root is trusted. */
struct test_outcome test_connect(
	struct tls_settings set, X509 *const *chain, EVP_PKEY *key, const char *name);
/* Frees the leaf. Checks with verification off, as a report, and required; the last is returned. */
struct test_outcome test_judge(X509 *leaf, X509 *const *rest, const char *name, unsigned defects);
void test_expect(X509 *leaf, X509 *const *rest, const char *name, unsigned defects);

#endif
