/* A whole file in memory that is wiped. */
#ifndef PLUGINS_READ_FILE_H
#define PLUGINS_READ_FILE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct read_file {
	struct buf content; /* secret; the caller calls buf_fini unless read_file failed */
	mode_t mode;
	int sys_errno; /* of the failure */
};

/* Reads path (NULL: standard input), at most max octets (more: EFBIG). Pipes are
 * waited for a little, never for long: at deadline_ns (net_now_ns clock) it is over (ETIMEDOUT). */
bool read_file_until(struct read_file *f, const char *path, size_t max, uint64_t deadline_ns);
/* The same with the usual time from now on. */
bool read_file(struct read_file *f, const char *path, size_t max);
/* Now and the usual time: for several files that share it. */
uint64_t read_file_deadline_ns(void);

#endif
