/* The plugin's tests, in parts. */
#ifndef TEST_PLUGIN_H
#define TEST_PLUGIN_H

#include <check.h>

Suite *suite_plugin(void);
TCase *tcase_plugin_line(void);
TCase *tcase_plugin_docs(void);

#endif
