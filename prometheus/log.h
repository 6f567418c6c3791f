/* The daemon's log: one line an event on standard error. */
#ifndef PROMETHEUS_LOG_H
#define PROMETHEUS_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log {
	enum log_level level;
	bool json; /* else logfmt */
};

/* "debug", "info", "warn", "error". */
bool log_level_parse(const char *text, enum log_level *out);
/* msg, then pairs of key and value, then NULL. Values are made printable here; NULL values are left
 * out. A line that standard error does not take at once is dropped: a log that nobody reads must
 * not stop the probes. */
void log_write(const struct log *log, enum log_level level, const char *msg, ...)
	__attribute__((sentinel));

#endif
