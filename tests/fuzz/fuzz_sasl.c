/* SASL exchanges against any challenges. First octet: mechanism; second: whether an initial
 * response goes with AUTH; then challenges, separated by octet 1. */
#include "base/secret.h"
#include "fuzz.h"
#include "pop3/limits.h"
#include "pop3/sasl.h"

#include <string.h>

static const char user[] = "user";
static struct secret *secret;

static bool goes_on(enum sasl_status status)
{
	return status == SASL_OK || status == SASL_TOKEN_ERROR || status == SASL_REJECTED;
}

/* Mechanisms that never send the secret. */
static bool hides(enum auth_mech mech)
{
	return !auth_mech_info(mech)->reusable_secret;
}

static void check(
	bool hidden, struct sasl *s, enum sasl_status status, const struct buf *out, size_t before)
{
	struct slice what = secret_slice(secret);

	FUZZ_CHECK(goes_on(status) || out->n == before);
	FUZZ_CHECK(out->secret);
	FUZZ_CHECK(!hidden || !fuzz_has_secret(buf_slice(out), what));
	FUZZ_CHECK(sasl_problem(s) != NULL);
	FUZZ_CHECK(goes_on(status) || *sasl_problem(s) != '\0' || status == SASL_NO_MEMORY);
	FUZZ_CHECK(fuzz_is_clean(slice_str(sasl_problem(s)), false));
	FUZZ_CHECK(!fuzz_has_secret(slice_str(sasl_problem(s)), what));
	FUZZ_CHECK(sasl_server_error(s).n <= SASL_SERVER_ERROR_MAX);
}

static void run(enum auth_mech mech, bool initial, struct slice in, struct buf *out)
{
	struct auth_credentials creds = {
		.user = user, .secret = secret, .host = "mail.example", .port = 110};
	struct sasl *s = sasl_new(mech, &creds, &fuzz_crypto);
	enum sasl_status status = SASL_OK;
	size_t responses = 0;
	/* A nonce of the server's comes back as it is. */
	bool hidden = hides(mech) && !fuzz_has_secret(in, secret_slice(secret));

	if (s == NULL)
		return;
	if (initial && auth_mech_info(mech)->client_first) {
		status = sasl_initial(s, out);
		check(hidden, s, status, out, 0);
	}
	while (in.n > 0 && responses < 8) {
		size_t before = out->n;
		bool failed = !goes_on(status);

		status = sasl_step(s, slice_cut(&in, 1), out);
		check(hidden, s, status, out, before);
		/* Once failed, for ever. */
		FUZZ_CHECK(!failed || !goes_on(status));
		responses++;
	}
	if (sasl_finish(s) == SASL_OK)
		FUZZ_CHECK(
			goes_on(status) && status != SASL_TOKEN_ERROR && status != SASL_REJECTED);
	sasl_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = {data, size}, stamp;
	enum auth_mech mech = (enum auth_mech)(fuzz_octet(&in) % AUTH_MECH_COUNT);
	bool initial = fuzz_octet(&in) % 2 == 0;
	struct buf out, again;

	if (secret == NULL)
		secret = secret_new(FUZZ_SECRET, strlen(FUZZ_SECRET));
	buf_init(&out, 1 << 20);
	buf_init(&again, 1 << 20);
	run(mech, initial, in, &out);
	run(mech, initial, in, &again);
	FUZZ_CHECK(slice_eq(buf_slice(&out), buf_slice(&again)));
	if (apop_timestamp(in, &stamp)) {
		FUZZ_CHECK(stamp.n >= 5 && stamp.p[0] == '<' && stamp.p[stamp.n - 1] == '>');
		FUZZ_CHECK(fuzz_is_clean(stamp, false));
		FUZZ_CHECK(memchr(stamp.p, '@', stamp.n) != NULL);
	}
	buf_fini(&out);
	buf_fini(&again);
	return 0;
}
