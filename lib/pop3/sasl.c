/* One exchange: which function of which mechanism is due, and what holds for all of them. */
#include "pop3/sasl_internal.h"

#include <stdlib.h>

static const struct sasl_mechanism *const mechanisms[AUTH_MECH_COUNT] = {
	[AUTH_SCRAM_SHA_256] = &sasl_scram_sha_256,
	[AUTH_SCRAM_SHA_1] = &sasl_scram_sha_1,
	[AUTH_CRAM_MD5] = &sasl_cram_md5,
	[AUTH_PLAIN] = &sasl_plain,
	[AUTH_LOGIN] = &sasl_login,
	[AUTH_XOAUTH2] = &sasl_xoauth2,
	[AUTH_OAUTHBEARER] = &sasl_oauthbearer,
	[AUTH_EXTERNAL] = &sasl_external,
};

struct sasl *sasl_new(
	enum auth_mech mech, const struct auth_credentials *creds, const struct crypto_ops *crypto)
{
	struct sasl *s;

	if ((unsigned)mech >= AUTH_MECH_COUNT || !mechanisms[mech])
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->mechanism = mechanisms[mech];
	s->creds = creds;
	s->crypto = crypto;
	s->status = SASL_OK;
	s->problem = "";
	buf_init_secret(&s->server_error, SASL_SERVER_ERROR_MAX);
	if (!crypto && auth_mech_info(mech)->needs_crypto)
		s->status = sasl_fail(s, SASL_NO_CRYPTO, "no cryptographic library");
	return s;
}

void sasl_free(struct sasl *s)
{
	if (!s)
		return;
	if (s->mechanism->free)
		s->mechanism->free(s);
	buf_fini(&s->server_error);
	free(s);
}

enum sasl_status sasl_fail(struct sasl *s, enum sasl_status status, const char *problem)
{
	s->problem = problem;
	return status;
}

enum sasl_status sasl_written(struct sasl *s, const struct buf *b)
{
	return b->failed ? sasl_fail(s, SASL_NO_MEMORY, "out of memory") : SASL_OK;
}

void sasl_keep_server_error(struct sasl *s, struct slice words)
{
	if (words.n > SASL_SERVER_ERROR_MAX)
		words.n = SASL_SERVER_ERROR_MAX;
	buf_clear(&s->server_error);
	buf_add_slice(&s->server_error, words);
}

/* Makes the outcome sticky, and takes half a response back. */
static enum sasl_status settle(
	struct sasl *s, enum sasl_status status, struct buf *out, size_t before)
{
	if (status == SASL_OK || status == SASL_TOKEN_ERROR || status == SASL_REJECTED) {
		enum sasl_status written = sasl_written(s, out);

		status = written == SASL_OK ? status : written;
	}
	if (status != SASL_OK && status != SASL_TOKEN_ERROR && status != SASL_REJECTED)
		buf_truncate(out, before);
	s->status = status;
	return status;
}

enum sasl_status sasl_initial(struct sasl *s, struct buf *out)
{
	size_t before = out->n;

	if (s->status != SASL_OK)
		return s->status;
	out->secret = true;
	if (!s->mechanism->initial || s->begun)
		return settle(s, sasl_fail(s, SASL_UNEXPECTED, "no initial response is due"), out,
			before);
	s->begun = true;
	return settle(s, s->mechanism->initial(s, out), out, before);
}

static enum sasl_status answer(struct sasl *s, struct slice challenge, struct buf *out)
{
	enum sasl_status status;

	if (challenge.n > SASL_CHALLENGE_MAX)
		return sasl_fail(s, SASL_BAD_CHALLENGE, "the challenge is too long");
	if (s->mechanism->initial && !s->begun) {
		s->begun = true;
		if (challenge.n != 0)
			return sasl_fail(s, SASL_BAD_CHALLENGE, "the first challenge is not empty");
		return s->mechanism->initial(s, out);
	}
	status = s->mechanism->step(s, challenge, out);
	s->responses++;
	return status;
}

enum sasl_status sasl_step(struct sasl *s, struct slice challenge, struct buf *out)
{
	size_t before = out->n;

	/* After the server has said why it refuses, nothing but the -ERR may follow. */
	if (s->status == SASL_TOKEN_ERROR || s->status == SASL_REJECTED)
		return settle(s,
			sasl_fail(s, SASL_UNEXPECTED, "a challenge after the server's error"), out,
			before);
	if (s->status != SASL_OK)
		return s->status;
	out->secret = true;
	return settle(s, answer(s, challenge, out), out, before);
}

enum sasl_status sasl_finish(struct sasl *s)
{
	if (s->status == SASL_OK)
		s->status = s->mechanism->finish(s);
	return s->status;
}

enum sasl_status sasl_finish_initial(struct sasl *s)
{
	if (!s->begun)
		return sasl_fail(s, SASL_BAD_SERVER, "+OK before anything was sent");
	return SASL_OK;
}

const char *sasl_problem(const struct sasl *s)
{
	return s->problem;
}

struct slice sasl_server_error(const struct sasl *s)
{
	return buf_slice(&s->server_error);
}
