/* What the SASL mechanisms share with the dispatcher; for lib/pop3/sasl*.c only. */
#ifndef POP3_SASL_INTERNAL_H
#define POP3_SASL_INTERNAL_H

#include "pop3/sasl.h"

struct sasl_mechanism {
	/* The initial response; NULL: the server speaks first. Called once. */
	enum sasl_status (*initial)(struct sasl *s, struct buf *out);
	/* The response to a challenge; after the initial response where there is one. */
	enum sasl_status (*step)(struct sasl *s, struct slice challenge, struct buf *out);
	/* At +OK, when nothing has failed so far. */
	enum sasl_status (*finish)(struct sasl *s);
	/* Frees s->state; NULL where there is none. */
	void (*free)(struct sasl *s);
	enum crypto_digest alg;
};

struct sasl {
	const struct sasl_mechanism *mechanism;
	const struct auth_credentials *creds;
	const struct crypto_ops *crypto;
	bool begun;		 /* the initial response was given */
	unsigned responses;	 /* given to challenges */
	enum sasl_status status; /* sticky */
	const char *problem;
	struct buf server_error;
	void *state; /* the mechanism's own */
};

extern const struct sasl_mechanism sasl_plain;
extern const struct sasl_mechanism sasl_login;
extern const struct sasl_mechanism sasl_external;
extern const struct sasl_mechanism sasl_cram_md5;
extern const struct sasl_mechanism sasl_scram_sha_1;
extern const struct sasl_mechanism sasl_scram_sha_256;
extern const struct sasl_mechanism sasl_xoauth2;
extern const struct sasl_mechanism sasl_oauthbearer;

/* Keeps the problem and returns status, so that failing is one statement. */
enum sasl_status sasl_fail(struct sasl *s, enum sasl_status status, const char *problem);
/* SASL_OK, or SASL_NO_MEMORY when an append to b did not succeed. */
enum sasl_status sasl_written(struct sasl *s, const struct buf *b);
void sasl_keep_server_error(struct sasl *s, struct slice words);
/* The finish of mechanisms whose only message of their own is the initial response. */
enum sasl_status sasl_finish_initial(struct sasl *s);

/* C0 or DEL anywhere. */
bool sasl_has_control(struct slice text);
bool sasl_is_ascii(struct slice text);
/* Append the user name and the password prepared with SASLprep (RFC 4013); ASCII is unchanged. */
enum sasl_status sasl_prepare_user(struct sasl *s, struct buf *out);
enum sasl_status sasl_prepare_password(struct sasl *s, struct buf *out);
/* SASL_OK when the authorization identity, if any, has no control characters. */
enum sasl_status sasl_check_authzid(struct sasl *s);
/* Appends with "," and "=" as "=2C" and "=3D" (RFC 5802 section 5.1, saslname). */
void sasl_add_saslname(struct buf *out, struct slice name);

#endif
