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
/* A problem with its "[phase/reason]" (unless brief), the server's words behind it unless -j hides
 * them. */
void line_problem(
	struct buf *out, const struct settings *s, const struct report_problem *p, bool brief);
/* Octets of the server made printable, at most max of them; several lines become one. */
void line_server_text(struct buf *out, struct slice text, size_t max);
/* '<' and '>' become parentheses, but for the plain timestamp of an APOP greeting. */
void line_defuse_tags(char *text);

#endif
