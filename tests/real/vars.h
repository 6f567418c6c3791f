/* What the servers' env files say: {NAME} in a row. */
#ifndef REAL_VARS_H
#define REAL_VARS_H

#include <stdbool.h>
#include <stddef.h>

void var_set(const char *name, const char *value);
const char *var_get(const char *name);

/* Takes the NAME=VALUE lines of a file that a shell could read. */
bool vars_load(const char *path);

/* Takes the first line of the file whose path is in the variable FILE_NAME. */
bool var_from_file(const char *name, const char *file_name);

/* All values of variables whose name ends in ENDING are wrong from now on. */
void vars_spoil(const char *ending);

/* Calls TAKE with each value of a variable whose name ends in ENDING. */
void vars_each(const char *ending, void (*take)(const char *value, void *arg), void *arg);

/*
 * A fresh copy of TEXT with each {NAME} replaced, {tmp} by TMP. What is put in is not looked at
 * again. An unknown name stays, and goes to *unknown unless that is NULL.
 */
char *vars_fill(const char *text, const char *tmp, char *unknown, size_t size);

#endif
