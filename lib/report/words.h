/* Pieces of text that the report's files share; internal to lib/report. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "base/buf.h"
#include "base/slice.h"
#include "report/verdict.h"

#include <stdint.h>

enum {
	WORDS_SERVER_MAX = 160, /* octets shown of a server's line in a message */
	WORDS_NAME_MAX = 80,	/* octets shown of one name out of a certificate or a list */
	WORDS_NAMES_MAX = 4,	/* names shown of a list */
	WORDS_MESSAGE_MAX = 2048,
	WORDS_DATE_MAX = 48,
};

/* A foreign text on one line without '|', cut at max octets. */
bool words_safe(struct buf *out, struct slice text, size_t max);
bool words_safe_str(struct buf *out, const char *text, size_t max);
/* Without the line end behind it. */
struct slice words_chomp(struct slice line);
/* The host as given, or the default. */
const char *words_host(const struct report_context *ctx);
/* "Thu Dec  3 16:02:09 2026 +0000", as strftime("%c %z") in the C locale; "2026-12-03T16:02:09Z".
 * Years that struct tm cannot hold become "an unknown date" and "". */
const char *words_date_classic(int64_t t, char out[WORDS_DATE_MAX]);
const char *words_date_rfc3339(int64_t t, char out[WORDS_DATE_MAX]);
/* Lower-case hex digits of n octets, and a NUL. */
void words_hex(const unsigned char *p, size_t n, char *out);
/* "pop3.HOST:PORT.MODULE", sanitised. */
bool words_class_name(struct buf *out, const struct report_context *ctx);
/* True for the reasons of probe_defect_reason(). */
bool words_is_defect(enum probe_reason reason);
/* "offered: A, B and 3 more", the tags of a capability list. */
bool words_offered(struct buf *out, const struct pop3_capa *c);

#endif
