/* Server text on its way to people: redaction never lets a secret through, whatever surrounds it;
 * what is printable is valid UTF-8 without controls, and stays as it is when it is made so again.
 * First octet: which secret; second: how it is quoted; third: where. */
#include "base/base64.h"
#include "base/redact.h"
#include "base/text.h"
#include "fuzz.h"

#include <ctype.h>
#include <string.h>

static const struct slice secrets[] = {SLICE_INIT(FUZZ_SECRET), SLICE_INIT("aaaa"),
	SLICE_INIT("p\xc3\xa4ssword"), SLICE_INIT("+/=%41\\x41"), SLICE_INIT("====="),
	SLICE_INIT("abababababababab")};

static void quote(struct buf *b, struct slice secret, unsigned how)
{
	static const char *const formats[] = {
		"%02x", "%02X", "%%%02x", "%%%02X", "=%02X", "\\x%02x"};

	if (how % 8 == 0)
		buf_add_slice(b, secret);
	else if (how % 8 == 1)
		base64_encode(b, secret);
	else
		for (size_t i = 0; i < secret.n; i++)
			buf_addf(b, formats[how % 8 - 2], secret.p[i]);
}

/* The input with the secret in the middle, in base64 together with what stands before it when how
 * says so. */
static void compose(struct buf *b, struct slice in, struct slice secret, unsigned how, size_t at)
{
	struct slice before = {in.p, at}, behind = {in.p + at, in.n - at};
	struct buf inner;

	buf_init(&inner, 1 << 20);
	buf_add_slice(&inner, before);
	if (how < 128) {
		quote(&inner, secret, how);
		buf_add_slice(&inner, behind);
		buf_add_slice(b, buf_slice(&inner));
	} else {
		buf_add_slice(&inner, secret);
		buf_add_slice(&inner, behind);
		base64_encode(b, buf_slice(&inner));
	}
	buf_fini(&inner);
}

static void check_redacted(struct slice text, struct slice secret)
{
	struct buf out, again;

	buf_init(&out, 1 << 20);
	buf_init(&again, 1 << 20);
	FUZZ_CHECK(redact_text(&out, text, secret));
	FUZZ_CHECK(!fuzz_has_secret(buf_slice(&out), secret));
	FUZZ_CHECK(redact_finds(text, secret) == !slice_eq(text, buf_slice(&out)));
	FUZZ_CHECK(text_printable(&again, buf_slice(&out), 0, TEXT_NO_PIPE));
	/* Raw text alone: an escape ends in a digit that may be all that lacked. */
	FUZZ_CHECK(isxdigit(secret.p[0]) || slice_find(buf_slice(&again), secret, 0) == (size_t)-1);
	buf_fini(&out);
	buf_fini(&again);
}

static void check_printable(struct slice text, size_t max)
{
	struct buf out, again;

	buf_init(&out, 1 << 20);
	buf_init(&again, 1 << 20);
	FUZZ_CHECK(text_printable(&out, text, max, TEXT_NO_PIPE));
	FUZZ_CHECK(fuzz_is_clean(buf_slice(&out), false));
	FUZZ_CHECK(memchr(out.n > 0 ? (const void *)out.p : "", '|', out.n) == NULL);
	FUZZ_CHECK(max == 0 || out.n <= max + strlen("..."));
	FUZZ_CHECK(text_printable(&again, buf_slice(&out), 0, TEXT_NO_PIPE));
	FUZZ_CHECK(slice_eq(buf_slice(&out), buf_slice(&again)));
	buf_fini(&out);
	buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = {data, size};
	struct slice secret = secrets[fuzz_octet(&in) % (sizeof(secrets) / sizeof(secrets[0]))];
	unsigned how = fuzz_octet(&in), place = fuzz_octet(&in);
	struct buf text;

	if (in.n > 4096)
		return 0;
	buf_init(&text, 1 << 20);
	compose(&text, in, secret, how, in.n > 0 ? place % (in.n + 1) : 0);
	check_redacted(buf_slice(&text), secret);
	check_redacted(in, secret);
	check_printable(in, 0);
	check_printable(in, 3 + place);
	buf_fini(&text);
	return 0;
}
