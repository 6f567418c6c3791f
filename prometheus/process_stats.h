/* The metrics process_*, as client libraries have them. */
#ifndef PROMETHEUS_PROCESS_STATS_H
#define PROMETHEUS_PROCESS_STATS_H

#include "report/exposition.h"

#include <stdint.h>

/* start_seconds: of the process, Unix time. */
void process_stats_write(struct exposition *e, int64_t start_seconds);

#endif
