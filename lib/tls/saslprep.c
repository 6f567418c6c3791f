/* SASLprep (RFC 4013) by libidn, in the module that also has the digests: a plain check with an
 * ASCII password loads neither. */
#include "tls/saslprep.h"
#include "base/crypto.h"
#include "base/secret.h"

#include <stringprep.h>

#include <string.h>

enum {
	/* NFKC makes up to 18 characters of one (U+FDFA): that of a password that people type fits.
	 */
	SASLPREP_GROWTH = 18,
	SASLPREP_OCTETS_MAX = 1024,
};

static enum crypto_prep verdict(int rc)
{
	if (rc == STRINGPREP_MALLOC_ERROR)
		return CRYPTO_PREP_NO_MEMORY;
	return rc == STRINGPREP_OK ? CRYPTO_PREP_OK : CRYPTO_PREP_PROHIBITED;
}

/* libidn reads C strings and works in place. Unassigned code points of Unicode 3.2 are let through
 * (RFC 4013 section 2.5, "query"): whether a password may have a newer character in it is for the
 * server to say. */
enum crypto_prep tls_saslprep(struct slice in, struct buf *out)
{
	size_t room = in.n * SASLPREP_GROWTH + 1;
	enum crypto_prep result;
	struct buf work;
	char *text;

	if (in.n > SASLPREP_OCTETS_MAX || (in.n && memchr(in.p, '\0', in.n)))
		return CRYPTO_PREP_PROHIBITED;
	buf_init_secret(&work, room);
	text = (char *)buf_extend(&work, room);
	if (!text)
		return CRYPTO_PREP_NO_MEMORY;
	memset(text, 0, room);
	if (in.n)
		memcpy(text, in.p, in.n);
	result = verdict(stringprep(text, room, 0, stringprep_saslprep));
	if (result == CRYPTO_PREP_OK && !buf_add_str(out, text))
		result = CRYPTO_PREP_NO_MEMORY;
	buf_fini(&work);
	return result;
}
