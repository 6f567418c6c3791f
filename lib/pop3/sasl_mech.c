/* The mechanisms by name, with what a caller has to know before choosing one. */
#include "pop3/sasl_internal.h"

static const struct auth_mech_info mechs[AUTH_MECH_COUNT] = {
	[AUTH_SCRAM_SHA_256] = {.option = "scram-sha-256",
		.name = "SCRAM-SHA-256",
		.is_sasl = true,
		.carries_authzid = true,
		.needs_secret = true,
		.needs_crypto = true,
		.client_first = true,
		.in_auto = true},
	[AUTH_SCRAM_SHA_1] = {.option = "scram-sha-1",
		.name = "SCRAM-SHA-1",
		.is_sasl = true,
		.carries_authzid = true,
		.needs_secret = true,
		.needs_crypto = true,
		.client_first = true,
		.in_auto = true},
	[AUTH_CRAM_MD5] = {.option = "cram-md5",
		.name = "CRAM-MD5",
		.is_sasl = true,
		.needs_secret = true,
		.needs_crypto = true,
		.in_auto = true},
	[AUTH_APOP] = {.option = "apop",
		.name = "APOP",
		.needs_secret = true,
		.needs_crypto = true,
		.in_auto = true},
	[AUTH_PLAIN] = {.option = "plain",
		.name = "PLAIN",
		.is_sasl = true,
		.reusable_secret = true,
		.carries_authzid = true,
		.needs_secret = true,
		.client_first = true,
		.in_auto = true},
	[AUTH_LOGIN] = {.option = "login",
		.name = "LOGIN",
		.is_sasl = true,
		.reusable_secret = true,
		.needs_secret = true,
		.in_auto = true},
	[AUTH_USER] = {.option = "user",
		.name = "USER",
		.reusable_secret = true,
		.needs_secret = true,
		.in_auto = true},
	[AUTH_XOAUTH2] = {.option = "xoauth2",
		.name = "XOAUTH2",
		.is_sasl = true,
		.reusable_secret = true,
		.needs_secret = true,
		.client_first = true,
		.token = true},
	[AUTH_OAUTHBEARER] = {.option = "oauthbearer",
		.name = "OAUTHBEARER",
		.is_sasl = true,
		.reusable_secret = true,
		.carries_authzid = true,
		.needs_secret = true,
		.client_first = true,
		.token = true},
	[AUTH_EXTERNAL] = {.option = "external",
		.name = "EXTERNAL",
		.is_sasl = true,
		.carries_authzid = true,
		.client_first = true},
};

const struct auth_mech_info *auth_mech_info(enum auth_mech mech)
{
	return (unsigned)mech < AUTH_MECH_COUNT ? &mechs[mech] : NULL;
}

bool auth_mech_parse(const char *text, enum auth_mech *out)
{
	struct slice word = slice_str(text);

	for (size_t i = 0; i < AUTH_MECH_COUNT; i++) {
		if (slice_ieq(word, slice_str(mechs[i].option)) ||
			slice_ieq(word, slice_str(mechs[i].name))) {
			*out = (enum auth_mech)i;
			return true;
		}
	}
	return false;
}

bool auth_mech_from_sasl(struct slice word, enum auth_mech *out)
{
	for (size_t i = 0; i < AUTH_MECH_COUNT; i++) {
		if (mechs[i].is_sasl && slice_ieq(word, slice_str(mechs[i].name))) {
			*out = (enum auth_mech)i;
			return true;
		}
	}
	return false;
}

/* The mechanisms whose strings go through SASLprep: RFC 5802 section 5.1, RFC 4616 section 2 (where
 * the server prepares, too), and CRAM-MD5 as its successors do. */
static bool prepares(enum auth_mech mech)
{
	return mech == AUTH_SCRAM_SHA_256 || mech == AUTH_SCRAM_SHA_1 || mech == AUTH_CRAM_MD5 ||
	       mech == AUTH_PLAIN;
}

bool auth_needs_crypto(enum auth_mech mech, const struct auth_credentials *creds)
{
	if ((unsigned)mech >= AUTH_MECH_COUNT)
		return false;
	if (mechs[mech].needs_crypto)
		return true;
	return prepares(mech) && !(sasl_is_ascii(slice_str(creds->user)) &&
					 sasl_is_ascii(secret_slice(creds->secret)));
}
