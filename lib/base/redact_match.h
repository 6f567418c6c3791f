/* Finds one secret in a text, in all encodings at once, in time proportional to the text whatever
 * the text holds. Internal to redact.c. */
#ifndef BASE_REDACT_MATCH_H
#define BASE_REDACT_MATCH_H

#include "base/slice.h"

enum {
	REDACT_PIECE_OCTETS = 64, /* the longest secret one matcher takes */
};

/* What a matcher says of an octet of the text. */
enum {
	REDACT_COVERED = 1, /* part of an occurrence */
	REDACT_BASE64 = 2,  /* of one in base64: its neighbours hold bits of the secret, too */
};

struct redact_matcher;

/* piece: 1 to REDACT_PIECE_OCTETS octets. NULL when memory is short. */
struct redact_matcher *redact_matcher_new(struct slice piece);
/* Wipes it. NULL allowed. */
void redact_matcher_free(struct redact_matcher *m);
/* Adds the flags above to cover[0 .. text.n - 1] and returns whether there was an occurrence. ends:
 * room for text.n + 1 octets. */
bool redact_matcher_run(
	struct redact_matcher *m, struct slice text, unsigned char *ends, unsigned char *cover);

#endif
