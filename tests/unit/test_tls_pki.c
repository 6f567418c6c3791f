#include "test_tls.h"

#include <check.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 128 };

static struct {
	EVP_PKEY *ca, *leaf;
	char files[FILES_MAX][128];
	size_t count;
	long serial;
} pki;

static EVP_PKEY *p256(EVP_PKEY **slot)
{
	if (!*slot)
		*slot = EVP_EC_gen("P-256");
	ck_assert_ptr_nonnull(*slot);
	return *slot;
}

EVP_PKEY *test_key_ca(void)
{
	return p256(&pki.ca);
}

EVP_PKEY *test_key_leaf(void)
{
	return p256(&pki.leaf);
}

EVP_PKEY *test_key_rsa(int bits)
{
	return EVP_RSA_gen((unsigned)bits);
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ck_assert_msg(e != NULL, "extension %s", value);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void add_raw_san(X509 *x, const char *hex)
{
	long n;
	unsigned char *der = OPENSSL_hexstr2buf(hex, &n);
	ASN1_OCTET_STRING *os = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;

	ASN1_OCTET_STRING_set(os, der, (int)n);
	e = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, os);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(os);
	OPENSSL_free(der);
}

static void set_dates(X509 *x, const struct cert_spec *s)
{
	bool usual = s->from == 0 && s->until == 0;
	int64_t from = usual ? -10 : s->from, until = usual ? 60 : s->until;

	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(TLS_NOW + from * TLS_DAY));
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(TLS_NOW + until * TLS_DAY));
	if (s->not_after)
		ck_assert(ASN1_STRING_set(X509_getm_notAfter(x), s->not_after, -1));
	if (s->not_after)
		X509_getm_notAfter(x)->type = V_ASN1_GENERALIZEDTIME;
}

static void set_subject(X509 *x, const struct cert_spec *s)
{
	int n = s->cn_octets ? (int)s->cn_octets : -1;
	X509_NAME *name = X509_get_subject_name(x);

	/* X509_NAME_add_entry_by_txt would hold us to X.520's upper bounds. */
	if (s->cn)
		ck_assert(X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8,
			(const unsigned char *)"Test", -1, -1, 0));
	if (s->cn)
		ck_assert(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
			(const unsigned char *)s->cn, n, -1, 0));
}

X509 *test_cert(const struct cert_spec *s)
{
	EVP_PKEY *key = s->key ? s->key : s->ca ? test_key_ca() : test_key_leaf();
	EVP_PKEY *signer = !s->issuer ? key : s->issuer_key ? s->issuer_key : test_key_ca();
	X509 *x = X509_new(), *issuer = s->issuer ? s->issuer : x;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++pki.serial);
	set_dates(x, s);
	set_subject(x, s);
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	X509_set_pubkey(x, key);
	add_extension(x, issuer, NID_basic_constraints, s->ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (s->ca)
		add_extension(x, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (s->san && s->raw_san)
		add_raw_san(x, s->san);
	else if (s->san)
		add_extension(x, issuer, NID_subject_alt_name, s->san);
	if (s->purpose)
		add_extension(x, issuer, NID_ext_key_usage, s->purpose);
	ck_assert_int_gt(X509_sign(x, signer, s->md ? s->md : EVP_sha256()), 0);
	return x;
}

static FILE *temporary(const char **path)
{
	char *name = pki.files[pki.count];
	int fd;

	ck_assert_uint_lt(pki.count, FILES_MAX);
	pki.count++;
	strcpy(name, "/tmp/test_tls.XXXXXX");
	fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	*path = name;
	return fdopen(fd, "w");
}

const char *test_pem_file(X509 *const *certs)
{
	const char *path;
	FILE *f = temporary(&path);

	for (; *certs; certs++)
		PEM_write_X509(f, *certs);
	fclose(f);
	return path;
}

const char *test_text_file(const char *text, size_t n)
{
	const char *path;
	FILE *f = temporary(&path);

	fwrite(text, 1, n, f);
	fclose(f);
	return path;
}

const char *test_key_file(EVP_PKEY *key, const char *passphrase)
{
	const char *path;
	FILE *f = temporary(&path);

	PEM_write_PKCS8PrivateKey(f, key, passphrase ? EVP_aes_256_cbc() : NULL, passphrase,
		passphrase ? (int)strlen(passphrase) : 0, NULL, NULL);
	fclose(f);
	return path;
}

const char *test_crl_file(X509 *issuer, const X509 *revoked)
{
	const char *path;
	FILE *f = temporary(&path);
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *r = X509_REVOKED_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)(TLS_NOW - TLS_DAY));

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
	X509_CRL_set1_lastUpdate(crl, t);
	X509_REVOKED_set_serialNumber(
		r, X509_get0_serialNumber(revoked)
			   ? (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(revoked)
			   : NULL);
	X509_REVOKED_set_revocationDate(r, t);
	X509_CRL_add0_revoked(crl, r);
	ASN1_TIME_set(t, (time_t)(TLS_NOW + 30 * TLS_DAY));
	X509_CRL_set1_nextUpdate(crl, t);
	X509_CRL_sign(crl, test_key_ca(), EVP_sha256());
	PEM_write_X509_CRL(f, crl);
	ASN1_TIME_free(t);
	X509_CRL_free(crl);
	fclose(f);
	return path;
}

const char *test_hash_dir(X509 *cert, bool link)
{
	char *dir = pki.files[pki.count + 1], *file = pki.files[pki.count];
	FILE *f;

	ck_assert_uint_lt(pki.count + 1, FILES_MAX);
	strcpy(dir, "/tmp/test_tls.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(pki.files[0]), link ? "%s/%08lx.0" : "%s/%08lx.pem", dir,
		X509_NAME_hash_ex(X509_get_subject_name(cert), NULL, NULL, NULL));
	pki.count += 2;
	f = fopen(file, "w");
	PEM_write_X509(f, cert);
	fclose(f);
	return dir;
}

void test_files_remove(void)
{
	for (size_t i = 0; i < pki.count; i++)
		remove(pki.files[i]);
	pki.count = 0;
	EVP_PKEY_free(pki.ca);
	EVP_PKEY_free(pki.leaf);
	pki.ca = pki.leaf = NULL;
}
