/* SASLprep (RFC 4013) by libidn, in the module that also has the digests: a plain check with an
 * ASCII password loads neither. */
#include "tls/saslprep.h"
#include "base/crypto.h"
#include "base/secret.h"

#include <dlfcn.h>
#include <string.h>
#include <stringprep.h>

enum {
	/* NFKC makes up to 18 characters of one (U+FDFA): that of a password that people type fits.
	 */
	SASLPREP_GROWTH = 18,
	SASLPREP_OCTETS_MAX = 1024,
};

typedef int prepare(
	char *in, size_t max, Stringprep_profile_flags flags, const Stringprep_profile *profile);

/* Opened for the rare password beyond ASCII: linked in, it would cost every TLS check 170 KiB. */
static int run_libidn(char *text, size_t room)
{
	void *lib = dlopen("libidn.so.12", RTLD_LAZY | RTLD_LOCAL);
	const Stringprep_profile *profile = lib ? dlsym(lib, "stringprep_saslprep") : NULL;
	union {
		void *symbol; /* ISO C has no conversion from an object's address to a function's */
		prepare *call;
	} prep = {.symbol = lib ? dlsym(lib, "stringprep") : NULL};
	int rc = profile && prep.symbol
			 ? prep.call(text, room, (Stringprep_profile_flags)0, profile)
			 : STRINGPREP_MALLOC_ERROR;

	if (lib)
		dlclose(lib);
	return rc;
}

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
	result = verdict(run_libidn(text, room));
	if (result == CRYPTO_PREP_OK && !buf_add_str(out, text))
		result = CRYPTO_PREP_NO_MEMORY;
	buf_fini(&work);
	return result;
}
