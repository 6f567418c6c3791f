/* Tests of the judge itself: that a row can fail, and for which reasons. */
#ifndef PEERS_JUDGE_SUITE_H
#define PEERS_JUDGE_SUITE_H

#include <check.h>

Suite *judge_suite(void);

#endif
