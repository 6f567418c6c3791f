/* A SASL mechanism, server side. */
#ifndef POPD_SASL_H
#define POPD_SASL_H

#include "conn.h"

enum verdict { VERDICT_MORE, VERDICT_OK, VERDICT_NO, VERDICT_BAD };

/* `in` is NULL only at the start of a mechanism in which the server speaks first. */
typedef enum verdict (*mech_step)(struct conn *c, const struct octets *in, struct octets *out);

struct mech {
	const char *name;
	bool client_first;
	mech_step step;
};

/* OK where `proved` holds and `user` may act as `authzid` ("" is himself). */
enum verdict sasl_verdict(struct conn *c, struct user *user, bool proved, const char *authzid);

enum verdict sasl_cram_md5(struct conn *c, const struct octets *in, struct octets *out);
enum verdict sasl_scram_sha_1(struct conn *c, const struct octets *in, struct octets *out);
enum verdict sasl_scram_sha_256(struct conn *c, const struct octets *in, struct octets *out);

#endif
