/* Shared by the files of lib/tls only. */
#ifndef TLS_INTERNAL_H
#define TLS_INTERNAL_H

#include "base/buf.h"
#include "tls/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <stdatomic.h>

enum {
	/* Two full feeds: one that the engine has not finished and one more. */
	TLS_INPUT_MAX = 2 * TLS_FEED_MAX,
	/* A client of POP3 never has this much unsent; a peer that makes us answer (KeyUpdate, no
	 * renegotiation) and never reads comes up against it. */
	TLS_OUTPUT_MAX = 65536,
	/* Handshake messages and alerts after the handshake: a server sends a few tickets (RFC 8446
	 * section 4.6), a flood of them is a way to keep us busy. */
	TLS_AFTER_HANDSHAKE_MAX = 64,
	/* RFC 5280 sets no limit; public chains have three. Each step costs a signature. */
	TLS_DEPTH_MAX = 16,
	TLS_ERROR_OCTETS_MAX = 128,
	TLS_ADDRESS_OCTETS_MAX = 16
};

struct tls_bundle;

/* An array by itself cannot be passed as const without a warning (C11 6.7.6.1). */
struct tls_sha256 {
	unsigned char octets[32];
};

struct tls_config {
	atomic_uint refs;
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	struct tls_bundle *bundle; /* NULL: the store has all it will get */
	enum tls_verify_mode verify;
	struct tls_sha256 *pins;
	size_t pin_count;
	struct tls_sha256 *fingerprints;
	size_t fingerprint_count;
	bool no_ca; /* the system has no CA certificates */
};

enum tls_name_kind {
	TLS_NAME_NONE,	  /* nothing to verify */
	TLS_NAME_HOST,	  /* a DNS name, without a trailing dot */
	TLS_NAME_ADDRESS, /* IPv4 or IPv6 */
	TLS_NAME_INVALID, /* neither: matches no certificate */
};

struct tls_channel {
	struct tls_config *config;
	SSL *ssl;	    /* NULL until the first handshake call */
	struct buf in, out; /* ciphertext */
	char *name;
	enum tls_name_kind name_kind;
	unsigned char address[TLS_ADDRESS_OCTETS_MAX];
	size_t address_size;
	bool send_sni;
	int64_t verify_time;
	enum tls_status status;	  /* sticky once it is neither TLS_OK nor TLS_WANT_INPUT */
	bool established;	  /* the handshake is over; what the certificate is like is another
				   * matter */
	bool ended;		  /* the stream is over */
	bool no_memory;		  /* noted inside a callback */
	unsigned after_handshake; /* messages, see TLS_AFTER_HANDSHAKE_MAX */
	unsigned char header[3];  /* of the first record: type and version */
	size_t header_size;
	bool not_tls;
	struct tls_facts facts; /* those known and not yet taken */
	const X509 *orphan;	/* its issuer was searched for in vain; never dereferenced */
	char error[TLS_ERROR_OCTETS_MAX];
};

/* bundle.c: a PEM file of many certificates of which only those wanted are decoded. */

/* Takes text (from malloc) over in every case. NULL when it holds no certificate, the first cannot
 * be decoded, or memory is short. indexed: worth hashing all subjects now, since many lookups will
 * follow. */
struct tls_bundle *tls_bundle_new(char *text, size_t n, bool indexed);
void tls_bundle_free(struct tls_bundle *b);
/* Adds the certificates with exactly this subject to the store; returns how many. */
size_t tls_bundle_find(const struct tls_bundle *b, X509_STORE *store, const X509_NAME *name);
/* The same for subjects that differ in case, blanks or character set alone; dearer, unless the
 * bundle is indexed. */
size_t tls_bundle_find_alike(const struct tls_bundle *b, X509_STORE *store, const X509_NAME *name);

enum { TLS_FILE_OCTETS_MAX = 16 << 20 };

/* file.c: the whole of a regular file into out (wiped by the caller's buf_fini), which it
 * initializes. NULL, or why not: then out is empty. */
const char *tls_file_read(struct buf *out, const char *path);

/* store.c: fills the configuration's store; false with a line in err. */
bool tls_store_init(struct tls_config *c, const struct tls_settings *s, char *err, size_t err_size);

/* errors.c: OpenSSL's error queue in words. */

/* The reason of the newest error, or "" when the queue is empty. */
void tls_error_words(char *out, size_t size);
/* Whether the queue says that no protocol version is in common. */
bool tls_error_is_version(void);
/* "WHAT FILE: REASON", the reason from why or, where that is NULL, from the queue. Returns false.
 */
bool tls_config_error(char *err, size_t size, const char *what, const char *file, const char *why);

/* bio.c: the seam between OpenSSL and a channel's two buffers. */
BIO_METHOD *tls_bio_method_new(void);
BIO *tls_bio_new(const BIO_METHOD *m, struct tls_channel *ch);

/* name.c: what the peer is expected to be called. False when memory is short. */
bool tls_name_init(struct tls_channel *ch, const char *server_name);
bool tls_name_matches(const struct tls_channel *ch, X509 *leaf);

/* peer.c: certificates as facts. */

/* False when memory is short. */
bool tls_peer_describe(struct tls_facts *f, STACK_OF(X509) * served);
/* CN or subject, sanitised; the caller frees; NULL when memory is short. */
char *tls_peer_label(const X509 *x);
/* Seconds since 1970; 0 for a date that cannot be read, which is thus long past. */
int64_t tls_peer_time(const ASN1_TIME *t);

/* verify.c */

/* For SSL_CTX_set_cert_verify_callback: describes and judges, never ends the handshake. */
int tls_verify_callback(X509_STORE_CTX *ctx, void *arg);
/* The status of a handshake that has ended, by the configuration's mode. */
enum tls_status tls_verify_status(const struct tls_channel *ch);
/* X509_STORE hooks that look into the configuration's bundle first. */
int tls_verify_get_issuer(X509 **issuer, X509_STORE_CTX *ctx, X509 *x);
STACK_OF(X509) * tls_verify_lookup_certs(X509_STORE_CTX *ctx, const X509_NAME *name);
/* The channel a verification is made for. */
struct tls_channel *tls_verify_channel(X509_STORE_CTX *ctx);

/* weak.c: why key or signature is below today's minimum, into out; false when they are not. */
bool tls_weak_key(X509 *x, char *out, size_t size);
bool tls_weak_signature(X509 *x, char *out, size_t size);

/* config.c, channel.c, digest.c: what the table in ops.c points to. */
struct tls_config *tls_config_new(const struct tls_settings *s, char *err, size_t err_size);
void tls_config_ref(struct tls_config *c);
void tls_config_unref(struct tls_config *c);
struct tls_channel *tls_channel_new(
	struct tls_config *c, const char *server_name, bool send_sni, int64_t verify_time);
void tls_channel_free(struct tls_channel *ch);
bool tls_channel_feed(struct tls_channel *ch, const void *p, size_t n);
void tls_channel_feed_end(struct tls_channel *ch);
enum tls_status tls_channel_handshake(struct tls_channel *ch);
enum tls_status tls_channel_read(struct tls_channel *ch, void *p, size_t max, size_t *got);
enum tls_status tls_channel_write(struct tls_channel *ch, const void *p, size_t n);
void tls_channel_close(struct tls_channel *ch);
struct slice tls_channel_output(struct tls_channel *ch);
void tls_channel_output_ack(struct tls_channel *ch, size_t n);
bool tls_channel_peer_not_tls(const struct tls_channel *ch, unsigned char *first);
const char *tls_channel_error(const struct tls_channel *ch);
const struct tls_facts *tls_channel_facts(const struct tls_channel *ch);
void tls_channel_facts_take(struct tls_channel *ch, struct tls_facts *out);

size_t tls_digest_size(enum crypto_digest alg);
bool tls_digest(enum crypto_digest alg, struct slice data, unsigned char *out);
bool tls_hmac(enum crypto_digest alg, struct slice key, struct slice data, unsigned char *out);
bool tls_pbkdf2(enum crypto_digest alg, struct slice password, struct slice salt,
	unsigned iterations, unsigned char *out);
bool tls_random(unsigned char *out, size_t n);

#endif
