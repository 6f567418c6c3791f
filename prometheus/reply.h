/* Pieces of a reply. */
#ifndef PROMETHEUS_REPLY_H
#define PROMETHEUS_REPLY_H

#include "base/buf.h"

enum { REPLY_PACKED_MAX = 4 * 1024 * 1024 };

const char *reply_words(int status);
/* Appends body in gzip's form when accept_encoding permits and it is worth it. */
bool reply_pack(struct buf *out, struct slice body, const char *accept_encoding);

#endif
