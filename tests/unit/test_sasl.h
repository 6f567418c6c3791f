/* The SASL tests, in parts, and what they share. */
#ifndef TEST_SASL_H
#define TEST_SASL_H

#include "base/buf.h"
#include "pop3/sasl.h"

#include <check.h>

Suite *suite_sasl(void);
TCase *tcase_scram(void);
TCase *tcase_scram_hostile(void);
TCase *tcase_apop(void);

/* Digests by OpenSSL, random octets from the text below, so that vectors come out. */
extern const struct crypto_ops test_crypto;
/* The same, refusing MD5, PBKDF2 and random octets. */
extern const struct crypto_ops refusing_crypto;
/* The nonce of RFC 5802 section 5, which test_crypto always draws. */
#define TEST_NONCE "fyko+d2lbbFgONRv9qkxdawL"
/* How often test_crypto has run PBKDF2. */
unsigned test_pbkdf2_runs(void);

/* An exchange under test with all that it borrows. */
struct exchange {
	struct auth_credentials creds;
	struct secret *secret;
	struct sasl *sasl;
	struct buf out;
};

void exchange_begin(
	struct exchange *x, enum auth_mech mech, const char *user, const char *password);
/* As sasl_initial and sasl_step, with what they wrote alone in x->out. */
enum sasl_status exchange_initial(struct exchange *x);
enum sasl_status exchange_step(struct exchange *x, struct slice challenge);
void exchange_end(struct exchange *x);

#define ck_out(x, text) ck_assert(slice_eq(buf_slice(&(x)->out), SLICE_LIT(text)))

#endif
