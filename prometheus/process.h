/* The process itself. */
#ifndef PROMETHEUS_PROCESS_H
#define PROMETHEUS_PROCESS_H

#include <stddef.h>

struct process_limits {
	size_t probes, connections; /* that descriptors suffice for, together */
};

/* No core file, no debugger, no SIGPIPE, descriptors 0 to 2 open. */
void process_protect(void);
/* RLIMIT_NOFILE up to its hard limit. */
struct process_limits process_raise_limits(void);

#endif
