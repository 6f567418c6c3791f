/* What many channels share: an SSL_CTX with its trust, versions, pins and client certificate. */
#include "tls/internal.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdlib.h>
#include <string.h>

/* The digests that certificates are signed with, and that TLS 1.0 to 1.3 need. MD5 and SHA-1 are
 * here so that what they sign can be called weak instead of unreadable. */
static void add_digests(void)
{
	EVP_add_digest(EVP_md5());
	EVP_add_digest(EVP_sha1());
	EVP_add_digest(EVP_md5_sha1());
	EVP_add_digest(EVP_sha224());
	EVP_add_digest(EVP_sha256());
	EVP_add_digest(EVP_sha384());
	EVP_add_digest(EVP_sha512());
}

/* A run of one check spends most of its time on starting OpenSSL: legacy name tables and the texts
 * of errors are left out, openssl.cnf (local policy) is not. */
static bool start(bool one_shot)
{
	if (one_shot) {
		if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
						 OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
						 OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
			    NULL))
			return false;
		add_digests();
	}
	return OPENSSL_init_ssl(0, NULL) == 1;
}

/* The handshake's messages are OpenSSL's affair; those after it are counted, see
 * TLS_AFTER_HANDSHAKE_MAX. Alerts we send count, too: each answers something. */
static void on_message(
	int writing, int version, int type, const void *p, size_t n, SSL *ssl, void *arg)
{
	struct tls_channel *ch = SSL_get_app_data(ssl);

	(void)version;
	(void)p;
	(void)n;
	(void)arg;
	if (!ch->established)
		return;
	if (type == SSL3_RT_HANDSHAKE ? !writing : type == SSL3_RT_ALERT)
		ch->after_handshake++;
}

static void set_behaviour(SSL_CTX *ctx)
{
	/* A monitor wants a whole handshake with certificates each time: no resumption, so no
	 * tickets to keep. Server text may quote a secret: plain text is wiped once read. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_TICKET | SSL_OP_CLEANSE_PLAINTEXT);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_verify_depth(ctx, TLS_DEPTH_MAX);
	SSL_CTX_set_cert_verify_callback(ctx, tls_verify_callback, NULL);
}

static int protocol(enum tls_version v)
{
	switch (v) {
	case TLS_VERSION_ANY:
		return 0;
	case TLS_VERSION_1_0:
		return TLS1_VERSION;
	case TLS_VERSION_1_1:
		return TLS1_1_VERSION;
	case TLS_VERSION_1_2:
		return TLS1_2_VERSION;
	case TLS_VERSION_1_3:
		return TLS1_3_VERSION;
	}
	return 0;
}

/* TLS 1.0 and 1.1 sign with MD5 and SHA-1 together: OpenSSL 3 does that at security level 0 alone,
 * and not at all where a policy (FIPS) takes MD5 away. */
static bool allow_legacy(SSL_CTX *ctx, char *err, size_t size)
{
	EVP_MD *md = EVP_MD_fetch(NULL, "MD5-SHA1", NULL);

	if (!md)
		return tls_config_error(
			err, size, "TLS 1.0 and 1.1", NULL, "the local OpenSSL policy has no MD5");
	EVP_MD_free(md);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_clear_options(
		ctx, SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
	return true;
}

static bool below_1_2(enum tls_version v)
{
	return v != TLS_VERSION_ANY && v < TLS_VERSION_1_2;
}

static bool set_versions(SSL_CTX *ctx, const struct tls_settings *s, char *err, size_t size)
{
	int min = protocol(s->min), max = protocol(s->max);

	if (min && max && min > max)
		return tls_config_error(
			err, size, "TLS versions", NULL, "the lowest is above the highest");
	if ((below_1_2(s->min) || below_1_2(s->max)) && !allow_legacy(ctx, err, size))
		return false;
	/* "At most 1.1" asks for old versions, which the library's own minimum leaves out. */
	if (!min && below_1_2(s->max))
		min = TLS1_VERSION;
	if ((min && !SSL_CTX_set_min_proto_version(ctx, min)) ||
		(max && !SSL_CTX_set_max_proto_version(ctx, max)))
		return tls_config_error(
			err, size, "TLS versions", NULL, "not supported by the local OpenSSL");
	if (max && SSL_CTX_get_min_proto_version(ctx) > max)
		return tls_config_error(err, size, "TLS versions", NULL,
			"the local OpenSSL policy (MinProtocol in openssl.cnf) forbids them");
	if (min && SSL_CTX_get_max_proto_version(ctx) && SSL_CTX_get_max_proto_version(ctx) < min)
		return tls_config_error(err, size, "TLS versions", NULL,
			"the local OpenSSL policy (MaxProtocol in openssl.cnf) forbids them");
	return true;
}

/* Never asks on the terminal: a monitor has none. *arg, when there is one,
 * becomes true. */
static int refuse_passphrase(char *p, int size, int writing, void *arg)
{
	(void)p;
	(void)size;
	(void)writing;
	if (arg)
		*(bool *)arg = true;
	return -1;
}

/* As SSL_CTX_use_certificate_chain_file() does it. */
static bool use_chain(SSL_CTX *ctx, BIO *pem)
{
	X509 *x = PEM_read_bio_X509_AUX(pem, NULL, refuse_passphrase, NULL);
	bool ok = x && SSL_CTX_use_certificate(ctx, x) == 1;

	X509_free(x);
	if (!ok || SSL_CTX_clear_chain_certs(ctx) != 1)
		return false;
	while ((x = PEM_read_bio_X509(pem, NULL, refuse_passphrase, NULL))) {
		if (SSL_CTX_add0_chain_cert(ctx, x) == 1)
			continue;
		X509_free(x);
		return false;
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return false;
	ERR_clear_error();
	return true;
}

static bool use_key(SSL_CTX *ctx, BIO *pem, bool *asked)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, refuse_passphrase, asked);
	bool ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1;

	EVP_PKEY_free(key);
	return ok;
}

static bool use_certificate(SSL_CTX *ctx, const char *path, char *err, size_t size)
{
	struct buf file;
	const char *why = tls_file_read(&file, path);
	BIO *pem;
	bool ok;

	if (why)
		return tls_config_error(err, size, "client certificate", path, why);
	pem = BIO_new_mem_buf(file.p, (int)file.n);
	ERR_clear_error();
	ok = (pem && use_chain(ctx, pem)) ||
	     tls_config_error(err, size, "client certificate", path, NULL);
	BIO_free(pem);
	buf_fini(&file);
	return ok;
}

static bool use_private_key(SSL_CTX *ctx, const char *path, char *err, size_t size)
{
	bool asked = false, ok;
	struct buf file;
	const char *why = tls_file_read(&file, path);
	BIO *pem;

	if (why)
		return tls_config_error(err, size, "client key", path, why);
	pem = BIO_new_mem_buf(file.p, (int)file.n);
	ERR_clear_error();
	ok = pem && use_key(ctx, pem, &asked);
	if (ok && SSL_CTX_check_private_key(ctx) != 1)
		ok = tls_config_error(
			err, size, "client key", path, "does not match the certificate");
	else if (!ok)
		(void)tls_config_error(err, size, "client key", path,
			asked ? "protected by a passphrase; give one without" : NULL);
	BIO_free(pem);
	buf_fini(&file);
	return ok;
}

static bool set_identity(SSL_CTX *ctx, const struct tls_settings *s, char *err, size_t size)
{
	if (!s->cert_file)
		return !s->key_file || tls_config_error(err, size, "client key", s->key_file,
					       "given without a certificate");
	return use_certificate(ctx, s->cert_file, err, size) &&
	       use_private_key(ctx, s->key_file ? s->key_file : s->cert_file, err, size);
}

static bool copy_list(
	struct tls_sha256 **to, size_t *to_count, const unsigned char (*from)[32], size_t count)
{
	if (count == 0)
		return true;
	*to = calloc(count, sizeof(**to));
	if (!*to)
		return false;
	memcpy(*to, from, count * sizeof(**to));
	*to_count = count;
	return true;
}

static bool set_all(struct tls_config *c, const struct tls_settings *s, char *err, size_t size)
{
	c->verify = s->verify;
	c->bio = tls_bio_method_new();
	if (!c->bio || !copy_list(&c->pins, &c->pin_count, s->pins, s->pin_count) ||
		!copy_list(&c->fingerprints, &c->fingerprint_count, s->fingerprints,
			s->fingerprint_count))
		return tls_config_error(err, size, "TLS", NULL, "out of memory");
	c->ctx = SSL_CTX_new(TLS_client_method());
	if (!c->ctx)
		return tls_config_error(err, size, "TLS", NULL, NULL);
	set_behaviour(c->ctx);
	return set_versions(c->ctx, s, err, size) && set_identity(c->ctx, s, err, size) &&
	       (s->verify == TLS_VERIFY_OFF || tls_store_init(c, s, err, size));
}

struct tls_config *tls_config_new(const struct tls_settings *s, char *err, size_t err_size)
{
	struct tls_config *c;

	if (!start(s->one_shot)) {
		tls_config_error(
			err, err_size, "TLS", NULL, "OpenSSL or its openssl.cnf is broken");
		return NULL;
	}
	ERR_clear_error();
	c = calloc(1, sizeof(*c));
	if (!c) {
		tls_config_error(err, err_size, "TLS", NULL, "out of memory");
		return NULL;
	}
	atomic_init(&c->refs, 1);
	if (set_all(c, s, err, err_size))
		return c;
	tls_config_unref(c);
	ERR_clear_error();
	return NULL;
}

void tls_config_ref(struct tls_config *c)
{
	atomic_fetch_add(&c->refs, 1);
}

void tls_config_unref(struct tls_config *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	SSL_CTX_free(c->ctx);
	BIO_meth_free(c->bio);
	tls_bundle_free(c->bundle);
	free(c->pins);
	free(c->fingerprints);
	free(c);
}
