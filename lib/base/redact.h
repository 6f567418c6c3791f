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

/* Appends in with every occurrence of secret, in any of the encodings, as "***". A secret shorter
 * than REDACT_MIN_OCTETS (but not empty) makes the whole text "***". False when out is full. */
bool redact_text(struct buf *out, struct slice in, struct slice secret);
/* True when redact_text would change the text. */
bool redact_finds(struct slice in, struct slice secret);

#endif
