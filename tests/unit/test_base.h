/* The base layer's tests, in parts. */
#ifndef TEST_BASE_H
#define TEST_BASE_H

#include <check.h>

Suite *suite_base(void);
TCase *tcase_redact(void);
TCase *tcase_text(void);

#endif
