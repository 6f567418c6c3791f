/* What must hold of an outcome: for every case, and what the case itself asks for. */
#ifndef CASES_JUDGE_H
#define CASES_JUDGE_H

#include "run.h"

#include <stdio.h>

/* Writes one line for each violation; returns how many there were. */
int judge(FILE *to, const struct test_case *t, const struct outcome *o, const struct settings *s);

/* output.c: NULL where all is well, else what is wrong */
const char *output_characters(const struct blob *b);
const char *output_classic(const char *first_line, int exit_code, const char *state);
const char *output_perfdata(const char *perfdata);

/* leak.c: the encoding in which `secret` stands in `text`, or NULL */
const char *leak_find(const char *text, size_t len, const char *secret);

#endif
