/* Takes secrets out of text that a server sent: raw, base64 at any offset, hex, percent-encoded. */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include "base/buf.h"
#include "base/slice.h"

enum {
	/* A secret shorter than this cannot be searched for without hiding ordinary text: whole
	 * server lines are withheld instead. */
	REDACT_MIN_OCTETS = 4,
};

/* Appends in with every occurrence of secret, in any of the encodings, as "***": raw, base64 and
 * base64url at any offset (padded, unpadded or wrapped), hex in either case, and any mixture of raw
 * octets and escapes (%HH, =HH, \xHH as text_printable writes them, \u00HH, \r). Of a base64 string
 * with the secret in it nothing is left; a secret of more than 64 octets is hidden also where only
 * a part of it is quoted. A secret shorter than REDACT_MIN_OCTETS (but not empty) makes the whole
 * text
 * "***". Time is proportional to the text, whatever it holds. False when out is full or memory is
 * short; out is then as before. */
bool redact_text(struct buf *out, struct slice in, struct slice secret);
/* True when redact_text would change the text, or memory is short. */
bool redact_finds(struct slice in, struct slice secret);

#endif
