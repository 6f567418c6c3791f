/* How long a probe may take: one pure function. */
#ifndef PROMETHEUS_TIMEOUT_H
#define PROMETHEUS_TIMEOUT_H

#include <stdbool.h>

/* The scrape timeout out of X-Prometheus-Scrape-Timeout-Seconds. *seconds is 0 where the header
 * counts as none: NULL, non-finite, or <= 0. False: no number. */
bool timeout_header(const char *text, double *seconds);
/* The timeout in force, in seconds: min(module, max(T - offset, T/2)). module: 0 for none; scrape:
 * 0 for none, which is taken as 120 s. */
double timeout_in_force(double module, double scrape, double offset);

#endif
