/* The protocol engine's tests, in parts. */
#ifndef TEST_POP3_H
#define TEST_POP3_H

#include <check.h>

Suite *suite_pop3(void);
TCase *tcase_pop3_reader(void);
TCase *tcase_pop3_limits(void);
TCase *tcase_pop3_session(void);

#endif
