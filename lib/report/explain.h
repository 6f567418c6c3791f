/* Words for a person on one failure; internal to lib/report. */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "base/buf.h"
#include "report/verdict.h"

struct explain_case {
	const struct probe_result *r;
	const struct report_context *ctx;
	enum probe_phase phase;
	enum probe_reason reason;
	bool dialogue; /* it ended the dialogue: the result's detail and server_text are about it */
};

/* What happened, where, and the server's own words behind *head octets. */
bool explain_message(struct buf *out, const struct explain_case *c, size_t *head);
/* What would help; appends nothing when there is nothing to say. */
bool explain_hint(struct buf *out, const struct explain_case *c);
/* The message for a reason about the certificate; false: c->reason is none of those. */
bool explain_certificate(struct buf *out, const struct explain_case *c);
/* The server offers STLS, but no way to log in on the connection as it is. */
bool explain_login_needs_stls(const struct explain_case *c);

/* "Certificate 'LABEL' expires in D day(s) (DATE)." in check_pop's words. */
void explain_expiry(struct buf *out, const char *label, int64_t end, int64_t now);
/* " Also served: 'X' ends DATE" for certificates off the judged path that end before `end`. */
void explain_other_ends(struct buf *out, const struct probe_result *r, int64_t end);

#endif
