/* Base64 (RFC 4648 section 4): padded, no line breaks, strict when read. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"
#include "base/slice.h"

bool base64_encode(struct buf *out, struct slice in);
/* False when in is not canonical base64 (a foreign octet, missing padding, non-zero spare bits) or
 * out is full; out is then as before. */
bool base64_decode(struct buf *out, struct slice in);

#endif
