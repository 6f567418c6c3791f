/* -h, -V, and the short usage behind a fault. */
#ifndef PLUGINS_HELP_H
#define PLUGINS_HELP_H

#include "base/buf.h"

void help_version(struct buf *out, const char *program);
void help_usage(struct buf *out, const char *program);
void help_full(struct buf *out, const char *program);

#endif
