/* The human line: "POP3 OK - ...", without its performance data. */
#ifndef PLUGINS_LINE_H
#define PLUGINS_LINE_H

#include "outcome.h"

/* Appends the whole line up to the performance data, harmless for terminals and web pages. */
void line_message(struct buf *out, const struct settings *s, const struct outcome *o);

/* Pieces, for the other forms. */

/* "HOST port N", "port N", "socket PATH". */
void line_where(struct buf *out, const struct settings *s);
/* ", TLSv1.3, certificate 62 days, login PLAIN, 2 messages": what was learned. */
void line_tail(struct buf *out, const struct settings *s, const struct outcome *o);
/* What happened in the dialogue: "Socket timeout after 10 seconds", "login rejected (PLAIN)". */
void line_failure(struct buf *out, const struct settings *s, const struct outcome *o);
/* Octets of the server made printable, at most max of them; trailing line ends go. */
void line_server_text(struct buf *out, struct slice text, size_t max);
/* '<' and '>' become brackets, but for the plain timestamp of an APOP greeting. */
void line_defuse_tags(char *text);
/* "Certificate 'CN' expires in 10 day(s) (DATE)" and its kin; false when none is known. */
bool line_certificate(struct buf *out, const struct probe_result *r);
/* "Certificate 'CN' will expire on DATE". */
bool line_certificate_good(struct buf *out, const struct probe_result *r);
/* "Certificate 'CN' is not yet valid (not before DATE)"; false when all are. */
bool line_certificate_early(struct buf *out, const struct probe_result *r);

#endif
