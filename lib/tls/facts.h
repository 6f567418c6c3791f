/* What is known of a TLS connection and its certificates; plain data without OpenSSL's headers.
 * Filled as far as the handshake came, also when verification failed. */
#ifndef TLS_FACTS_H
#define TLS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TLS_CHAIN_MAX = 12,	    /* certificates kept; more are counted */
	TLS_NAMES_MAX = 32,	    /* subject alternative names kept of one certificate */
	TLS_NAME_OCTETS_MAX = 512,  /* octets kept of one name */
	TLS_NAMES_OCTETS_MAX = 8192 /* octets kept of all alternative names of one chain */
};

/* What is wrong with the certificate, worst first in the order in which one is reported (CONTRACT:
 * rulings). Several may be set. */
enum tls_defect {
	TLS_DEFECT_SELF_SIGNED,	     /* the leaf signed itself and is not trusted */
	TLS_DEFECT_CHAIN_INCOMPLETE, /* an issuer between leaf and root was not served */
	TLS_DEFECT_UNTRUSTED, /* the chain ends in no trusted root; bad signature; bad purpose */
	TLS_DEFECT_REVOKED,
	TLS_DEFECT_NAME_MISMATCH,
	TLS_DEFECT_EXPIRED,
	TLS_DEFECT_NOT_YET_VALID,
	TLS_DEFECT_WEAK, /* key or signature digest below today's minimum */
	TLS_DEFECT_PIN,	 /* pin or fingerprint given and not matched */
	TLS_DEFECT_COUNT,
};

struct tls_cert {
	char *subject;	   /* RFC 2253, UTF-8, sanitised by text_printable */
	char *issuer;	   /* likewise */
	char *common_name; /* last CN of the subject, sanitised; NULL when it has none */
	char **names;	   /* dNSName as they stand, iPAddress in text form, sanitised */
	size_t name_count;
	int64_t not_before; /* seconds since 1970 UTC; 0 for a date that cannot be read */
	int64_t not_after;
	unsigned char sha256[32];      /* of the whole certificate (DER) */
	unsigned char spki_sha256[32]; /* of SubjectPublicKeyInfo, as curl's pinned public key */
	bool on_path;		       /* part of the path that was verified */
};

struct tls_facts {
	bool handshake_done;
	char version[16]; /* "TLS 1.3" */
	char cipher[64];  /* IANA name, "TLS_AES_256_GCM_SHA384" */
	bool verify_ran;  /* false: verification was off altogether */
	bool verified;	  /* verify_ran and no defect */
	uint32_t defects; /* bits 1u << enum tls_defect */
	/* A few words on the worst defect and the certificate it was found in ("certificate has
	 * expired: Example Intermediate CA"), sanitised; NULL when there is none. */
	char *verify_detail;
	struct tls_cert chain[TLS_CHAIN_MAX]; /* as served; 0 is the leaf */
	size_t chain_count;
	size_t served_count; /* certificates served, also those not kept */
	/* The earliest notAfter of what was served (certificates not kept included), and of the
	 * path to a trusted certificate, that one included even if it was not served. INT64_MAX
	 * when there is none: no certificate came, or verification was off or found no trusted
	 * path. */
	int64_t served_not_after;
	int64_t path_not_after;
	char *path_not_after_subject; /* common name or subject of that certificate; NULL if none */
	char *served_not_after_subject;
	/* The latest of the ends of all verified paths: with one path built this is path_not_after.
	 */
	int64_t last_chain_not_after;
};

/* Nothing known yet: the state before a handshake. */
void tls_facts_init(struct tls_facts *f);
/* The worst defect set, or TLS_DEFECT_COUNT when none is. */
enum tls_defect tls_facts_worst(const struct tls_facts *f);
/* The name to show for a certificate: its CN, else its first name, else "Unknown CN". */
const char *tls_cert_label(const struct tls_cert *c);
/* Frees what it points to; *f is then as after tls_facts_init. */
void tls_facts_fini(struct tls_facts *f);

#endif
