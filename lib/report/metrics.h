/* The table of a probe's metric families; internal to lib/report. */
#ifndef REPORT_METRICS_H
#define REPORT_METRICS_H

#include "report/output.h"

#include <stdint.h>

enum {
	METRICS_LABEL_MAX = 512,  /* octets of a label value that is foreign text */
	METRICS_TEXT_MAX = 65536, /* for a buffer that label values are made in */
};

/* Adds the samples of one family; none where the value is not known. */
typedef void metrics_fn(struct exposition *e, const struct report_item *item);

/* Foreign text as a label value, in b; valid until b changes. Without memory e->out has failed. */
const char *metrics_label(struct exposition *e, struct buf *b, struct slice text);

/* metrics_server.c: what the server said and offers. */
metrics_fn metrics_capabilities, metrics_greeting, metrics_plaintext_login, metrics_stls_offered;
/* metrics_tls.c */
metrics_fn metrics_cert_not_after, metrics_cert_not_before, metrics_earliest_expiry;
metrics_fn metrics_last_chain_expiry, metrics_last_chain_info, metrics_verify, metrics_cipher;
metrics_fn metrics_tls_version;

#endif
