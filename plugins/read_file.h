/* A whole file in memory that is wiped. */
#ifndef PLUGINS_READ_FILE_H
#define PLUGINS_READ_FILE_H

#include "base/buf.h"

#include <stdbool.h>
#include <sys/types.h>

struct read_file {
	struct buf content; /* secret; the caller calls buf_fini unless read_file failed */
	mode_t mode;
	int sys_errno; /* of the failure */
};

/* Reads path (NULL: standard input), at most max octets (more: EFBIG). Pipes are
 * waited for a little, never for long. */
bool read_file(struct read_file *f, const char *path, size_t max);

#endif
