/* OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's and Microsoft's forerunner of it). */
#include "pop3/sasl_internal.h"

/* RFC 7628 section 3.1: key-value pairs end with this. */
#define KV_SEPARATOR "\x01"

/* RFC 6750 section 2.1 has a still smaller set; what matters is that nothing ends the pair. */
static bool token_ok(struct slice token)
{
	for (size_t i = 0; i < token.n; i++)
		if (token.p[i] <= 0x20 || token.p[i] >= 0x7f)
			return false;
	return token.n > 0;
}

static enum sasl_status oauth_check(struct sasl *s)
{
	struct slice user = slice_str(s->creds->user);

	if (user.n == 0 || sasl_has_control(user))
		return sasl_fail(s, SASL_BAD_CREDENTIALS,
			"the user name is empty or has control characters");
	if (!token_ok(secret_slice(s->creds->secret)))
		return sasl_fail(s, SASL_BAD_CREDENTIALS,
			"the token is empty or has characters that no bearer token has");
	if (sasl_has_control(slice_str(s->creds->host)))
		return sasl_fail(s, SASL_BAD_CREDENTIALS, "the host name has control characters");
	return sasl_check_authzid(s);
}

static void add_token(struct sasl *s, struct buf *out)
{
	buf_add_str(out, "auth=Bearer ");
	buf_add_slice(out, secret_slice(s->creds->secret));
	buf_add_str(out, KV_SEPARATOR KV_SEPARATOR);
}

/* client-resp = (gs2-header kvsep *kvpair kvsep) */
static enum sasl_status oauthbearer_initial(struct sasl *s, struct buf *out)
{
	const struct auth_credentials *creds = s->creds;
	enum sasl_status status = oauth_check(s);

	if (status != SASL_OK)
		return status;
	buf_add_str(out, "n,a=");
	sasl_add_saslname(out, slice_str(creds->authzid ? creds->authzid : creds->user));
	buf_add_str(out, "," KV_SEPARATOR);
	if (creds->host)
		buf_addf(out, "host=%s" KV_SEPARATOR, creds->host);
	if (creds->port)
		buf_addf(out, "port=%u" KV_SEPARATOR, (unsigned)creds->port);
	add_token(s, out);
	return SASL_OK;
}

static enum sasl_status xoauth2_initial(struct sasl *s, struct buf *out)
{
	enum sasl_status status = oauth_check(s);

	if (status != SASL_OK)
		return status;
	buf_add_str(out, "user=");
	buf_add_str(out, s->creds->user);
	buf_add_str(out, KV_SEPARATOR);
	add_token(s, out);
	return SASL_OK;
}

/* RFC 7628 section 3.2.3: the error comes as a challenge, and only after a dummy response to it
 * does the server give its status. */
static enum sasl_status take_error(
	struct sasl *s, struct slice challenge, struct buf *out, const char *dummy)
{
	if (challenge.n == 0)
		return sasl_fail(s, SASL_BAD_CHALLENGE, "an empty challenge after the token");
	sasl_keep_server_error(s, challenge);
	buf_add_str(out, dummy);
	return sasl_fail(s, SASL_TOKEN_ERROR, "the server refused the token");
}

static enum sasl_status oauthbearer_step(struct sasl *s, struct slice challenge, struct buf *out)
{
	return take_error(s, challenge, out, KV_SEPARATOR);
}

static enum sasl_status xoauth2_step(struct sasl *s, struct slice challenge, struct buf *out)
{
	return take_error(s, challenge, out, "");
}

const struct sasl_mechanism sasl_oauthbearer = {
	.initial = oauthbearer_initial,
	.step = oauthbearer_step,
	.finish = sasl_finish_initial,
};

const struct sasl_mechanism sasl_xoauth2 = {
	.initial = xoauth2_initial,
	.step = xoauth2_step,
	.finish = sasl_finish_initial,
};
