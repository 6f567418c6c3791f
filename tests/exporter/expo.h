/* A strict checker of exposition text: what the formats demand, and what promtool misses. */
#ifndef TESTS_EXPORTER_EXPO_H
#define TESTS_EXPORTER_EXPO_H

#include <stdbool.h>
#include <stddef.h>

enum { EXPO_WHY_MAX = 512 };

/* NULL when the text is good, else what is wrong with which line, in why. */
const char *expo_check(const char *text, size_t n, bool openmetrics, char why[EXPO_WHY_MAX]);

#endif
