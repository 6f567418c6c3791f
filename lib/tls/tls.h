/* TLS without I/O: ciphertext in, ciphertext out, plain text in, plain text out.
 *
 * Everything goes through a table of functions, so that a program may link lib/tls or load it when
 * the first run needs it (starting OpenSSL costs more than a whole plain check). The table's maker
 * is tls_ops_get(); it is the only symbol a loadable module exports. */
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include "base/crypto.h"
#include "base/slice.h"
#include "tls/facts.h"

#include <stdbool.h>
#include <stdint.h>

enum { TLS_OPS_VERSION = 1, TLS_FEED_MAX = 16384 };

enum tls_version {
	TLS_VERSION_ANY = 0,
	TLS_VERSION_1_0 = 10,
	TLS_VERSION_1_1 = 11,
	TLS_VERSION_1_2 = 12,
	TLS_VERSION_1_3 = 13,
};

enum tls_verify_mode {
	TLS_VERIFY_OFF,	   /* nothing checked, no CA loaded; certificates are still described */
	TLS_VERIFY_REPORT, /* checked and described, never a failure */
	TLS_VERIFY_REQUIRE /* a defect ends the handshake as TLS_CERTIFICATE */
};

/* All strings borrowed during config_new only. */
struct tls_settings {
	enum tls_verify_mode verify;
	const char *ca_path;		  /* PEM file or hashed directory; NULL: the system's */
	const char *crl_file;		  /* PEM; NULL: revocation is not checked */
	const char *cert_file, *key_file; /* client certificate, PEM; NULL: none */
	enum tls_version min, max; /* TLS_VERSION_ANY: the library's defaults. Below 1.2 lowers the
				    * security level for this configuration alone */
	/* Any one of them must match when the list is not empty. */
	const unsigned char (*pins)[32]; /* SHA-256 of SubjectPublicKeyInfo */
	size_t pin_count;
	const unsigned char (*fingerprints)[32]; /* SHA-256 of the leaf certificate */
	size_t fingerprint_count;
	/* The process makes one connection and ends by _exit(): OpenSSL starts without its tables
	 * of legacy names and error texts and cleans nothing up at exit. Only the first
	 * configuration of a process can choose this. */
	bool one_shot;
};

struct tls_config; /* shared by many channels; immutable */
struct tls_channel;

enum tls_status {
	TLS_OK,		 /* progress was made, or done */
	TLS_WANT_INPUT,	 /* cannot go on without more ciphertext (flush the output first) */
	TLS_CLOSED,	 /* the peer sent close_notify */
	TLS_CERTIFICATE, /* handshake complete, but the certificate has a defect (facts say which)
			  */
	TLS_VERSION,	 /* no protocol version in common */
	TLS_HANDSHAKE,	 /* any other failure before the handshake ended */
	TLS_FAILED,	 /* after the handshake: broken record, bad MAC, alert */
	TLS_NO_MEMORY,
};

struct tls_ops {
	unsigned version; /* TLS_OPS_VERSION */
	struct crypto_ops crypto;
	/* A configuration, or NULL with one line in err (what and which file; never a secret):
	 * an unreadable CA, a key that does not match, a version that local policy forbids. */
	struct tls_config *(*config_new)(const struct tls_settings *s, char *err, size_t err_size);
	void (*config_ref)(struct tls_config *c);
	void (*config_unref)(struct tls_config *c); /* NULL allowed */
	/* server_name: the name or address to verify; SNI is sent for names only (RFC 6066 section
	 * 3). NULL: no SNI, no name check. verify_time: seconds since 1970, the time dates are
	 * judged by. NULL when memory is short. */
	struct tls_channel *(*channel_new)(
		struct tls_config *c, const char *server_name, bool send_sni, int64_t verify_time);
	void (*channel_free)(struct tls_channel *ch); /* NULL allowed */
	/* Gives ciphertext to the channel, at most TLS_FEED_MAX octets; it takes all of it. Call
	 * handshake or read until TLS_WANT_INPUT before feeding again. False: no memory, or fed
	 * twice without that. */
	bool (*feed)(struct tls_channel *ch, const void *p, size_t n);
	/* Tells the channel that the stream ended: once all is read, an end without close_notify is
	 * TLS_FAILED ("truncated: ..."), during the handshake TLS_HANDSHAKE. */
	void (*feed_end)(struct tls_channel *ch);
	enum tls_status (*handshake)(struct tls_channel *ch);
	/* Plain text received: *got octets (0 with TLS_WANT_INPUT, TLS_CLOSED ...). */
	enum tls_status (*read)(struct tls_channel *ch, void *p, size_t max, size_t *got);
	/* Encrypts all n octets into the output; also after TLS_CLOSED, since the peer closes its
	 * own direction alone. TLS_WANT_INPUT before the handshake is over, TLS_CERTIFICATE when it
	 * ended so: nothing is written then. TLS_FAILED when more than 64 KiB of output wait. */
	enum tls_status (*write)(struct tls_channel *ch, const void *p, size_t n);
	/* Puts close_notify into the output. */
	void (*close)(struct tls_channel *ch);
	/* Ciphertext to send: a view, valid until the next call on the channel; output_ack drops
	 * what was sent. */
	struct slice (*output)(struct tls_channel *ch);
	void (*output_ack)(struct tls_channel *ch, size_t n);
	/* True once the first record header was judged no TLS; *first is its first octet. */
	bool (*peer_not_tls)(const struct tls_channel *ch, unsigned char *first);
	/* A few words on the last error ("tlsv1 alert protocol version"); "" when none. Static or
	 * owned by the channel. */
	const char *(*error)(const struct tls_channel *ch);
	/* What is known by now; owned by the channel. Complete after TLS_OK or TLS_CERTIFICATE. */
	const struct tls_facts *(*facts)(const struct tls_channel *ch);
	/* Moves the facts out (the channel's become empty); the caller calls facts_fini. */
	void (*facts_take)(struct tls_channel *ch, struct tls_facts *out);
};

const struct tls_ops *tls_ops_get(void);

#endif
