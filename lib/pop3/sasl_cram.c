/* CRAM-MD5 (RFC 2195). */
#include "pop3/sasl_internal.h"

enum { MD5_OCTETS = 16 };

/* RFC 2195 section 2: the challenge has the form of an RFC 822 msg-id. What a server makes us sign
 * must be text that it may well have made itself: no controls, nothing beyond ASCII. */
static bool cram_challenge_ok(struct slice challenge)
{
	return challenge.n > 2 && challenge.p[0] == '<' && challenge.p[challenge.n - 1] == '>' &&
	       !sasl_has_control(challenge) && sasl_is_ascii(challenge);
}

static enum sasl_status cram_digest(struct sasl *s, struct slice challenge, unsigned char *digest)
{
	enum sasl_status status;
	struct buf password;

	buf_init_secret(&password, SASL_CHALLENGE_MAX);
	status = sasl_prepare_password(s, &password);
	if (status == SASL_OK &&
		!s->crypto->hmac(CRYPTO_MD5, buf_slice(&password), challenge, digest))
		status = sasl_fail(s, SASL_NO_CRYPTO, "the cryptographic library refuses MD5");
	buf_fini(&password);
	return status;
}

static enum sasl_status cram_step(struct sasl *s, struct slice challenge, struct buf *out)
{
	unsigned char digest[MD5_OCTETS] = {0};
	enum sasl_status status;

	if (s->responses > 0)
		return sasl_fail(s, SASL_UNEXPECTED, "a second challenge");
	if (!cram_challenge_ok(challenge))
		return sasl_fail(s, SASL_BAD_CHALLENGE,
			"the challenge is no printable text in angle brackets");
	status = sasl_prepare_user(s, out);
	if (status == SASL_OK)
		status = cram_digest(s, challenge, digest);
	if (status != SASL_OK)
		return status;
	buf_add_char(out, ' ');
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_addf(out, "%02x", digest[i]);
	return SASL_OK;
}

static enum sasl_status cram_finish(struct sasl *s)
{
	if (s->responses == 0)
		return sasl_fail(s, SASL_BAD_SERVER, "+OK without a challenge");
	return SASL_OK;
}

const struct sasl_mechanism sasl_cram_md5 = {
	.step = cram_step,
	.finish = cram_finish,
	.alg = CRYPTO_MD5,
};
