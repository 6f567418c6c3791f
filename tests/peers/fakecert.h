/*
 * Throw-away certificates for the fake server: a private CA in memory and leaves signed by it,
 * made afresh at each start, since "27 minutes left" cannot be kept in a file.
 */
#ifndef PEERS_FAKECERT_H
#define PEERS_FAKECERT_H

#include <openssl/ssl.h>

struct fakecert_ca {
	X509 *cert;
	EVP_PKEY *key;
};

struct fakecert_spec {
	const char *cn;	   /* NULL: a subject without a common name */
	const char *san;   /* in the syntax of X509V3_EXT_conf; NULL: none */
	long from_seconds; /* notBefore, relative to now */
	long to_seconds;   /* notAfter, relative to now */
};

/* Both abort the program when OpenSSL fails: a test server without certificates is no use. */
void fakecert_ca_init(struct fakecert_ca *ca);
void fakecert_ca_fini(struct fakecert_ca *ca);

/* A server context that presents a leaf made from SPEC; the caller frees it with SSL_CTX_free. */
SSL_CTX *fakecert_server_ctx(const struct fakecert_ca *ca, const struct fakecert_spec *spec);

/* Writes the CA into DIR under its subject hash, as `openssl rehash` would. 0, or -1 with errno. */
int fakecert_write_ca(const struct fakecert_ca *ca, const char *dir);

#endif
