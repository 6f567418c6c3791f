/* The server's messages of SCRAM (RFC 5802 section 7). */
#include "base/num.h"
#include "pop3/sasl_internal.h"
#include "pop3/sasl_scram.h"

#include <string.h>

static enum scram_kind malformed(const char **problem, const char *text)
{
	*problem = text;
	return SCRAM_MALFORMED;
}

/* attr-val = ALPHA "=" value; value = 1*value-char (no comma) */
static bool is_attribute(struct slice part)
{
	unsigned char lower = part.n ? part.p[0] | 0x20 : 0;

	return part.n >= 3 && lower >= 'a' && lower <= 'z' && part.p[1] == '=';
}

/* Cuts the next attribute from *rest; false unless it has this name. */
static bool take(struct slice *rest, unsigned char name, struct slice *value)
{
	struct slice part = slice_cut(rest, ',');

	if (!is_attribute(part) || part.p[0] != name)
		return false;
	*value = (struct slice){part.p + 2, part.n - 2};
	return true;
}

/* Whatever follows must have the form of extensions, whose meaning may be ignored, and must not be
 * a second one of the attributes that were already read, nor a mandatory extension ("m"). */
static bool extensions_ok(struct slice rest, const char *taken)
{
	while (rest.n > 0) {
		struct slice part = slice_cut(&rest, ',');

		if (!is_attribute(part) || strchr(taken, part.p[0]))
			return false;
	}
	return true;
}

/* RFC 5802 allows any octet but NUL, "=" and "," in values of extensions; controls have no business
 * in any of them. A comma at the end would pass for "no more attributes". */
static bool text_ok(struct slice text)
{
	return text.n > 0 && !sasl_has_control(text) && text.p[text.n - 1] != ',';
}

/* r = c-nonce s-nonce, printable without comma; the server's part must not be empty, or whoever
 * recorded an earlier exchange could play it back. */
static bool nonce_ok(struct slice nonce, struct slice client)
{
	for (size_t i = 0; i < nonce.n; i++)
		if (nonce.p[i] <= 0x20 || nonce.p[i] >= 0x7f)
			return false;
	return nonce.n > client.n && slice_prefix(nonce, client);
}

/* posit-number = %x31-39 *DIGIT. The bounds come before any hashing: the server chooses how long
 * that takes (RFC 7677 section 4 for the lower one). */
static const char *iterations_problem(struct slice digits, unsigned *out)
{
	uint64_t count = 0;

	switch (num_parse_u64(digits, &count)) {
	case NUM_OK:
		break;
	case NUM_SYNTAX:
		return "the iteration count is no number";
	case NUM_RANGE:
		return "the iteration count is above 100000";
	}
	if (count > SASL_SCRAM_ITERATIONS_MAX)
		return "the iteration count is above 100000";
	if (count < SASL_SCRAM_ITERATIONS_MIN)
		return "the iteration count is below 4096";
	if (digits.p[0] == '0')
		return "the iteration count is no number";
	*out = (unsigned)count;
	return NULL;
}

static bool server_error(struct slice text, struct slice *words)
{
	if (!slice_prefix(text, SLICE_LIT("e=")))
		return false;
	*words = (struct slice){text.p + 2, text.n - 2};
	return true;
}

enum scram_kind scram_parse_first(struct slice text, struct slice client_nonce,
	struct scram_first *out, struct slice *words, const char **problem)
{
	struct slice rest = text, iterations;

	if (!text_ok(text))
		return malformed(problem, "the first message of the server is no SCRAM message");
	if (server_error(text, words))
		return SCRAM_SERVER_ERROR;
	if (slice_prefix(text, SLICE_LIT("m=")))
		return malformed(problem, "the server demands an unknown extension of SCRAM");
	if (!take(&rest, 'r', &out->nonce) || !nonce_ok(out->nonce, client_nonce))
		return malformed(problem, "the nonce is missing or does not continue ours");
	if (!take(&rest, 's', &out->salt64))
		return malformed(problem, "the salt is missing");
	if (!take(&rest, 'i', &iterations))
		return malformed(problem, "the iteration count is missing");
	*problem = iterations_problem(iterations, &out->iterations);
	if (*problem)
		return SCRAM_MALFORMED;
	if (!extensions_ok(rest, "mrsie"))
		return malformed(problem, "what follows the iteration count is no extension");
	return SCRAM_MESSAGE;
}

enum scram_kind scram_parse_final(
	struct slice text, struct slice *verifier64, struct slice *words, const char **problem)
{
	struct slice rest = text;

	if (!text_ok(text))
		return malformed(problem, "the last message of the server is no SCRAM message");
	if (server_error(text, words))
		return SCRAM_SERVER_ERROR;
	if (!take(&rest, 'v', verifier64))
		return malformed(problem, "the server's signature is missing");
	if (!extensions_ok(rest, "mve"))
		return malformed(problem, "what follows the server's signature is no extension");
	return SCRAM_MESSAGE;
}
