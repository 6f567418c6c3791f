/* Server text made harmless for terminals, Nagios, Icinga, Prometheus, JSON and HTML alike. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"
#include "base/slice.h"

enum {
	TEXT_PLAIN = 0,
	TEXT_NO_PIPE = 1, /* '|' becomes '!': the bar begins performance data (Nagios guidelines) */
};

/* Appends in as valid UTF-8 without controls: C0, DEL, C1, bidi controls, line and paragraph
 * separators, invisible characters, noncharacters, surrogates and invalid octets are written \xHH
 * (a code point as the octets it came in); CR, LF and TAB as \r \n \t. Where more than max_octets
 * would be written, "..." takes the place of the rest (0: no limit of its own). Never splits a
 * character. False when out is full; it then holds the characters that fitted. Redact first: a
 * secret cut in two by the limit is not found any more. */
bool text_printable(struct buf *out, struct slice in, size_t max_octets, unsigned flags);

#endif
