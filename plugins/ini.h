/* --extra-opts: options from an ini file. */
#ifndef PLUGINS_INI_H
#define PLUGINS_INI_H

#include "base/slice.h"
#include "words.h"

#include <stdint.h>

enum { INI_OCTETS_MAX = 1024 * 1024, INI_PROBLEM_MAX = 320 };

/* Appends the options of every section named `section` in text to out, as words of a command line.
 * False when a line is malformed (*bad_line says which, from 1) or memory is short (*bad_line 0).
 * *found says whether the section holds any option. */
bool ini_section(
	struct slice text, const char *section, struct words *out, bool *found, size_t *bad_line);

/* As --extra-opts=locator does ("[section][@file]", NULL: neither): finds, reads and parses the
 * file. False with one line in problem. A warning about the file's mode goes to warning (else "").
 * It is read until deadline_ns (net_now_ns clock). */
bool ini_extra_opts(const char *locator, const char *default_section, uint64_t deadline_ns,
	struct words *out, char problem[INI_PROBLEM_MAX], char warning[INI_PROBLEM_MAX]);

#endif
