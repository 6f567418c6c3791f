/* PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login) and EXTERNAL (RFC 4422 appendix A). */
#include "pop3/sasl_internal.h"

/* One message was all there is to say. */
static enum sasl_status no_more(struct sasl *s, struct slice challenge, struct buf *out)
{
	(void)challenge;
	(void)out;
	return sasl_fail(s, SASL_UNEXPECTED, "a challenge after the whole response was sent");
}

/* RFC 4616 section 2: message = [authzid] UTF8NUL authcid UTF8NUL passwd */
static enum sasl_status plain_initial(struct sasl *s, struct buf *out)
{
	enum sasl_status status = sasl_check_authzid(s);

	if (status != SASL_OK)
		return status;
	buf_add_str(out, s->creds->authzid);
	buf_add_char(out, '\0');
	status = sasl_prepare_user(s, out);
	if (status != SASL_OK)
		return status;
	buf_add_char(out, '\0');
	return sasl_prepare_password(s, out);
}

const struct sasl_mechanism sasl_plain = {
	.initial = plain_initial,
	.step = no_more,
	.finish = sasl_finish_initial,
};

static enum sasl_status external_initial(struct sasl *s, struct buf *out)
{
	enum sasl_status status = sasl_check_authzid(s);

	if (status == SASL_OK)
		buf_add_str(out, s->creds->authzid);
	return status;
}

const struct sasl_mechanism sasl_external = {
	.initial = external_initial,
	.step = no_more,
	.finish = sasl_finish_initial,
};

enum { LOGIN_RESPONSES = 2 };

/* The challenges are prompts for people ("Username:", "User Name", nothing): only their number
 * counts. There is no specification to ask for SASLprep, so the octets go as they are. */
static enum sasl_status login_step(struct sasl *s, struct slice challenge, struct buf *out)
{
	struct slice text =
		s->responses == 0 ? slice_str(s->creds->user) : secret_slice(s->creds->secret);

	if (s->responses >= LOGIN_RESPONSES)
		return no_more(s, challenge, out);
	if (text.n == 0 || sasl_has_control(text))
		return sasl_fail(s, SASL_BAD_CREDENTIALS,
			s->responses == 0 ? "the user name is empty or has control characters"
					  : "the password is empty or has control characters");
	buf_add_slice(out, text);
	return SASL_OK;
}

static enum sasl_status login_finish(struct sasl *s)
{
	if (s->responses < LOGIN_RESPONSES)
		return sasl_fail(
			s, SASL_BAD_SERVER, "+OK before the user name and password were sent");
	return SASL_OK;
}

const struct sasl_mechanism sasl_login = {
	.step = login_step,
	.finish = login_finish,
};
