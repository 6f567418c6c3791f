/* Listings: the text behind +OK of STAT and the lines of LIST (RFC 1939 section 5). */
#ifndef POP3_LISTING_H
#define POP3_LISTING_H

#include "base/num.h"
#include "base/slice.h"

#include <stdint.h>

/* "nn mm", one space between, then the end or a space and anything (discouraged, but allowed):
 * message count and octets of STAT, or number and octets of a scan listing. */
enum num_status pop3_listing_pair(struct slice text, uint64_t *first, uint64_t *second);

#endif
