/* Numbers as text and back: always with a decimal point, whatever the locale. */
#ifndef REPORT_NUMBER_H
#define REPORT_NUMBER_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum { REPORT_NUMBER_MAX = 340 }; /* room for any double at up to 9 decimals, and a NUL */

/* decimals behind the point, or with -1 the fewest digits that read back as the same value. A value
 * that is not finite becomes "NaN", "+Inf", "-Inf". Returns out. */
const char *report_number(double value, int decimals, char *out, size_t size);
/* All of s: [sign] digits [. digits] [exponent]; no blanks, hex, "inf" or "nan". False when it is
 * something else or too large. */
bool report_number_parse(struct slice s, double *out);

#endif
