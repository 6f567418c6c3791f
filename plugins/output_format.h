/* Names of the output formats. */
#ifndef PLUGINS_OUTPUT_FORMAT_H
#define PLUGINS_OUTPUT_FORMAT_H

#include "settings.h"

const char *output_format_name(enum output_format f);
bool output_format_parse(const char *text, size_t n, enum output_format *out);

#endif
