/* User names and passwords on their way into a message. */
#include "pop3/sasl_internal.h"

bool sasl_has_control(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] == 0x7f)
			return true;
	return false;
}

bool sasl_is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 0x80)
			return false;
	return true;
}

/* What is said of a user name, and of a password. */
struct wording {
	const char *empty, *control, *prohibited, *no_library;
};

static const struct wording user_wording = {
	"the user name is empty",
	"the user name has control characters",
	"the user name has characters that SASLprep does not allow",
	"the user name has characters beyond ASCII, and libidn, which prepares them, is missing",
};

static const struct wording password_wording = {
	"the password is empty",
	"the password has control characters",
	"the password has characters that SASLprep does not allow",
	"the password has characters beyond ASCII, and libidn, which prepares them, is missing",
};

/* SASLprep of text that has more than ASCII in it. */
static enum sasl_status prepare_unicode(
	struct sasl *s, struct slice text, const struct wording *say, struct buf *out)
{
	size_t before = out->n;

	if (!s->crypto || !s->crypto->saslprep)
		return sasl_fail(s, SASL_BAD_CREDENTIALS, say->no_library);
	switch (s->crypto->saslprep(text, out)) {
	case CRYPTO_PREP_OK:
		break;
	case CRYPTO_PREP_PROHIBITED:
		return sasl_fail(s, SASL_BAD_CREDENTIALS, say->prohibited);
	case CRYPTO_PREP_NO_MEMORY:
		return sasl_fail(s, SASL_NO_MEMORY, "out of memory");
	}
	/* RFC 4616 section 2: characters that map to nothing must not leave nothing. */
	return out->n > before ? SASL_OK : sasl_fail(s, SASL_BAD_CREDENTIALS, say->empty);
}

static enum sasl_status prepare(
	struct sasl *s, struct slice text, const struct wording *say, struct buf *out)
{
	if (text.n == 0)
		return sasl_fail(s, SASL_BAD_CREDENTIALS, say->empty);
	if (sasl_has_control(text))
		return sasl_fail(s, SASL_BAD_CREDENTIALS, say->control);
	if (!sasl_is_ascii(text))
		return prepare_unicode(s, text, say, out);
	buf_add_slice(out, text);
	return sasl_written(s, out);
}

enum sasl_status sasl_prepare_user(struct sasl *s, struct buf *out)
{
	return prepare(s, slice_str(s->creds->user), &user_wording, out);
}

enum sasl_status sasl_prepare_password(struct sasl *s, struct buf *out)
{
	return prepare(s, secret_slice(s->creds->secret), &password_wording, out);
}

/* Its form is the server's business (RFC 4422 section 3.4.1), so it is not prepared here. */
enum sasl_status sasl_check_authzid(struct sasl *s)
{
	if (sasl_has_control(slice_str(s->creds->authzid)))
		return sasl_fail(s, SASL_BAD_CREDENTIALS,
			"the authorization identity has control characters");
	return SASL_OK;
}

void sasl_add_saslname(struct buf *out, struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == ',')
			buf_add_str(out, "=2C");
		else if (name.p[i] == '=')
			buf_add_str(out, "=3D");
		else
			buf_add_char(out, (char)name.p[i]);
	}
}
