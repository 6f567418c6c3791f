/* What must hold of a result: for every row, and what the row itself asks for. */
#ifndef REAL_VERDICT_H
#define REAL_VERDICT_H

#include "command.h"

#include <stdio.h>

/* Writes one line for each violation; returns how many there were. */
int verdict(FILE *to, const struct row *row, const struct result *result);

/* What the row says of the JSON on standard output. */
int verdict_json(FILE *to, const struct row *row, const char *text);

#endif
