/* What the tests of lib/config share. */
#ifndef TEST_CONFIG_H
#define TEST_CONFIG_H

#include "config/config.h"

#include <check.h>
#include <sys/types.h>

/* A folder of its own for each test; gone after it. */
void config_folder_make(void);
void config_folder_remove(void);
extern char config_folder[64];

/* Writes folder/name; the path, valid until the next call. */
const char *config_write(const char *name, mode_t mode, const char *content);
/* Loads "m.yml" with this content; NULL with the error in config_error. Notes add up in
 * config_notes, one a line. */
struct config *config_try(const char *content);
struct config *config_try_pattern(const char *pattern);
extern char config_error[CONFIG_ERROR_MAX], config_notes[4096];
extern struct config_secrets *config_store;

void test_config_add_bad(Suite *s);
void test_config_add_targets(Suite *s);
void test_config_add_secrets(Suite *s);
void test_config_add_good(Suite *s);

#endif
