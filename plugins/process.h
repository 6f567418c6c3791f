/* The process itself: what it must not leak, and how it speaks and ends. */
#ifndef PLUGINS_PROCESS_H
#define PLUGINS_PROCESS_H

#include "base/slice.h"

#include <stdint.h>

/* Before anything else: no core file, no debugger, no SIGPIPE, descriptors 0 to 2 open. */
void process_harden(void);
/* Writes to standard output; gives up at deadline_ns (net_now_ns clock), as nobody may read. */
void process_write(struct slice text, uint64_t deadline_ns);

/* The line for when there is no memory for a line. */
struct slice process_last_words(void);

#endif
