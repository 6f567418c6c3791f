/* Performance data: 'label'=value[UOM];warn;crit;min;max, blanks between. */
#ifndef PLUGINS_PERFDATA_H
#define PLUGINS_PERFDATA_H

#include "outcome.h"

/* Appends all of it, without the bar; labels in '...' when quoted. */
void perfdata_add(struct buf *out, const struct settings *s, const struct outcome *o, bool quoted);

#endif
