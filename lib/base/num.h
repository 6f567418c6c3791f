/* Numbers on the wire and in arguments: decimal digits, nothing else (RFC 1939: no sign, no blank).
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include "base/slice.h"

#include <stdint.h>

enum num_status {
	NUM_OK,
	NUM_SYNTAX, /* empty, or an octet that is no decimal digit */
	NUM_RANGE,  /* does not fit 64 bits */
};

enum num_status num_parse_u64(struct slice s, uint64_t *out);

#endif
