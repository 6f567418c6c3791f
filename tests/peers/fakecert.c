#include "fakecert.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fakepop: %s failed\n", what);
	abort();
}

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, NULL, nid, value);

	must(ext != NULL, value);
	must(X509_add_ext(cert, ext, -1), "X509_add_ext");
	X509_EXTENSION_free(ext);
}

static void add_name(X509_NAME *name, const char *field, const char *text)
{
	const unsigned char *octets = (const unsigned char *)text;

	must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, octets, -1, -1, 0), text);
}

static X509 *new_cert(EVP_PKEY *key, long serial, long from_seconds, long to_seconds)
{
	X509 *cert = X509_new();

	must(cert != NULL, "X509_new");
	must(X509_set_version(cert, X509_VERSION_3), "X509_set_version");
	must(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial), "serial number");
	must(X509_gmtime_adj(X509_getm_notBefore(cert), from_seconds) != NULL, "notBefore");
	must(X509_gmtime_adj(X509_getm_notAfter(cert), to_seconds) != NULL, "notAfter");
	must(X509_set_pubkey(cert, key), "X509_set_pubkey");
	return cert;
}

void fakecert_ca_init(struct fakecert_ca *ca)
{
	const long year = 365L * 86400;
	X509_NAME *name;

	ca->key = EVP_EC_gen("P-256");
	must(ca->key != NULL, "EVP_EC_gen");
	ca->cert = new_cert(ca->key, 1, -year, 10 * year);
	name = X509_get_subject_name(ca->cert);
	add_name(name, "O", "pop3probe tests");
	add_name(name, "CN", "pop3probe test CA");
	must(X509_set_issuer_name(ca->cert, name), "issuer");
	add_extension(ca->cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	must(X509_sign(ca->cert, ca->key, EVP_sha256()) > 0, "X509_sign");
}

void fakecert_ca_fini(struct fakecert_ca *ca)
{
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
}

static X509 *new_leaf(
	const struct fakecert_ca *ca, const struct fakecert_spec *spec, EVP_PKEY *key, long serial)
{
	X509 *cert = new_cert(key, serial, spec->from_seconds, spec->to_seconds);
	X509_NAME *name = X509_get_subject_name(cert);

	add_name(name, "O", "pop3probe tests");
	if (spec->cn)
		add_name(name, "CN", spec->cn);
	must(X509_set_issuer_name(cert, X509_get_subject_name(ca->cert)), "issuer");
	add_extension(cert, NID_ext_key_usage, "serverAuth");
	if (spec->san)
		add_extension(cert, NID_subject_alt_name, spec->san);
	must(X509_sign(cert, ca->key, EVP_sha256()) > 0, "X509_sign");
	return cert;
}

SSL_CTX *fakecert_server_ctx(const struct fakecert_ca *ca, const struct fakecert_spec *spec)
{
	static long serial = 1;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert;

	must(ctx != NULL && key != NULL, "SSL_CTX_new");
	cert = new_leaf(ca, spec, key, ++serial);
	must(SSL_CTX_use_certificate(ctx, cert), "SSL_CTX_use_certificate");
	must(SSL_CTX_use_PrivateKey(ctx, key), "SSL_CTX_use_PrivateKey");
	X509_free(cert);
	EVP_PKEY_free(key);
	return ctx;
}

int fakecert_write_ca(const struct fakecert_ca *ca, const char *dir)
{
	char path[4096];
	FILE *file;
	int ok;

	(void)mkdir(dir, 0755);
	snprintf(path, sizeof(path), "%s/%08lx.0", dir, X509_subject_name_hash(ca->cert));
	file = fopen(path, "w");
	if (!file)
		return -1;
	ok = PEM_write_X509(file, ca->cert);
	return fclose(file) == 0 && ok ? 0 : -1;
}
