/* Content negotiation: which of our forms a client wants most (RFC 9110 section 12.5). */
#ifndef PROMETHEUS_ACCEPT_H
#define PROMETHEUS_ACCEPT_H

#include <stdbool.h>

enum accept_format { ACCEPT_TEXT, ACCEPT_OPENMETRICS, ACCEPT_JSON, ACCEPT_FORMAT_COUNT };

/* By the header Accept (NULL: none). json: whether JSON is to be had. Text where nothing fits. */
enum accept_format accept_format(const char *header, bool json);
/* By Accept-Encoding. */
bool accept_gzip(const char *header);

#endif
