#include "test_sasl.h"

#include "base/base64.h"
#include "tls/saslprep.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string.h>

static unsigned pbkdf2_runs;

static const EVP_MD *md(enum crypto_digest alg)
{
	return alg == CRYPTO_MD5 ? EVP_md5() : alg == CRYPTO_SHA1 ? EVP_sha1() : EVP_sha256();
}

static size_t size(enum crypto_digest alg)
{
	return (size_t)EVP_MD_get_size(md(alg));
}

static bool digest(enum crypto_digest alg, struct slice data, unsigned char *out)
{
	return EVP_Digest(data.p, data.n, out, NULL, md(alg), NULL) == 1;
}

static bool hmac(enum crypto_digest alg, struct slice key, struct slice data, unsigned char *out)
{
	return HMAC(md(alg), key.p, (int)key.n, data.p, data.n, out, NULL) != NULL;
}

static bool pbkdf2(enum crypto_digest alg, struct slice password, struct slice salt,
	unsigned iterations, unsigned char *out)
{
	pbkdf2_runs++;
	return PKCS5_PBKDF2_HMAC((const char *)password.p, (int)password.n, salt.p, (int)salt.n,
		       (int)iterations, md(alg), (int)size(alg), out) == 1;
}

static bool fixed_random(unsigned char *out, size_t n)
{
	struct buf octets;

	buf_init(&octets, 100);
	ck_assert(base64_decode(&octets, SLICE_LIT(TEST_NONCE)));
	ck_assert_uint_eq(octets.n, n);
	memcpy(out, octets.p, n);
	buf_fini(&octets);
	return true;
}

static bool refuse_hmac(
	enum crypto_digest alg, struct slice key, struct slice data, unsigned char *out)
{
	return alg != CRYPTO_MD5 && hmac(alg, key, data, out);
}

static bool refuse_digest(enum crypto_digest alg, struct slice data, unsigned char *out)
{
	return alg != CRYPTO_MD5 && digest(alg, data, out);
}

static bool refuse_random(unsigned char *out, size_t n)
{
	(void)out;
	(void)n;
	return false;
}

const struct crypto_ops test_crypto = {
	.size = size,
	.digest = digest,
	.hmac = hmac,
	.pbkdf2 = pbkdf2,
	.random = fixed_random,
	.saslprep = tls_saslprep,
};

const struct crypto_ops refusing_crypto = {
	.size = size,
	.digest = refuse_digest,
	.hmac = refuse_hmac,
	.pbkdf2 = pbkdf2,
	.random = refuse_random,
};

unsigned test_pbkdf2_runs(void)
{
	return pbkdf2_runs;
}

void exchange_begin(struct exchange *x, enum auth_mech mech, const char *user, const char *password)
{
	memset(x, 0, sizeof(*x));
	x->secret = password ? secret_new(password, strlen(password)) : NULL;
	x->creds.user = user;
	x->creds.secret = x->secret;
	x->sasl = sasl_new(mech, &x->creds, &test_crypto);
	ck_assert_ptr_nonnull(x->sasl);
	ck_assert_str_eq(sasl_problem(x->sasl), "");
	buf_init(&x->out, 100000);
}

/* What every outcome has in common. */
static enum sasl_status checked(struct exchange *x, enum sasl_status status)
{
	bool says = status == SASL_OK || status == SASL_TOKEN_ERROR || status == SASL_REJECTED;

	if (!says)
		ck_assert_uint_eq(x->out.n, 0);
	ck_assert_int_eq(status == SASL_OK, sasl_problem(x->sasl)[0] == '\0');
	if (x->creds.secret && secret_slice(x->creds.secret).n > 3)
		ck_assert_ptr_null(
			strstr(sasl_problem(x->sasl), (const char *)secret_slice(x->secret).p));
	return status;
}

enum sasl_status exchange_initial(struct exchange *x)
{
	buf_clear(&x->out);
	return checked(x, sasl_initial(x->sasl, &x->out));
}

enum sasl_status exchange_step(struct exchange *x, struct slice challenge)
{
	buf_clear(&x->out);
	return checked(x, sasl_step(x->sasl, challenge, &x->out));
}

void exchange_end(struct exchange *x)
{
	sasl_free(x->sasl);
	secret_free(x->secret);
	buf_fini(&x->out);
}
