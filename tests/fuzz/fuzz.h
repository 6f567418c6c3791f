/* What the fuzzers share: checks that end the run, pieces of input, what text must be. */
#ifndef FUZZ_H
#define FUZZ_H

#include "base/buf.h"
#include "base/crypto.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The secret that must never come out; printable, so that no escape hides it from a search. */
#define FUZZ_SECRET "Zu9-geheim_7q"

/* Says why and aborts, so that the fuzzer keeps the input. */
void fuzz_fail(const char *file, int line, const char *why) __attribute__((noreturn));
#define FUZZ_CHECK(ok)                                                                             \
	do {                                                                                       \
		if (!(ok))                                                                         \
			fuzz_fail(__FILE__, __LINE__, #ok);                                        \
	} while (0)

/* How many octets come next: all, one, or a few by chance. */
enum { FUZZ_WHOLE, FUZZ_OCTETS, FUZZ_RANDOM };
size_t fuzz_piece(unsigned cut, unsigned *random, size_t n);

/* Valid UTF-8 without C0 (LF aside where lines are allowed), DEL, C1 and bidi controls. */
bool fuzz_is_clean(struct slice text, bool lines);
/* Searches for the secret raw, in base64 at each offset, in hex and percent-encoded, with none of
 * the code under test. */
bool fuzz_has_secret(struct slice text, struct slice secret);

/* Takes the first octet off *in; 0 when there is none. */
unsigned fuzz_octet(struct slice *in);

/* Digests that cost nothing and random octets that are always the same. */
extern const struct crypto_ops fuzz_crypto;

#endif
