/* Threshold ranges of the monitoring plugin guidelines: [@]start:end, ends inclusive = no alert. */
#ifndef REPORT_RANGE_H
#define REPORT_RANGE_H

#include <stdbool.h>
#include <stddef.h>

struct report_range {
	double start, end; /* -INFINITY, INFINITY when open */
	bool inside;	   /* '@': alert inside instead of outside */
};

enum { REPORT_RANGE_TEXT_MAX = 700 }; /* any range as text, with its NUL */

/* NULL on success, else what is wrong, in static words; *out is then untouched. "10" is 0:10, "10:"
 * up from 10, "~:10" up to 10, "@10:20" inside, ":5" is 0:5; a '%' behind a number and blanks
 * around the whole are ignored; start > end is refused; no locale, no hex, no "inf"/"nan". */
const char *report_range_parse(const char *text, struct report_range *out);
bool report_range_alert(const struct report_range *r, double value);
/* As performance data carries it: the plain number where the range is 0:N or ~:N, else range text.
 * decimals: digits behind the point; -1: the fewest that read back the same. */
void report_range_text(const struct report_range *r, int decimals, char *out, size_t size);
/* Range text that report_range_parse reads back as the same range; what size cannot hold is cut. */
void report_range_exact(const struct report_range *r, int decimals, char *out, size_t size);

#endif
