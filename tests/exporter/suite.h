/* The suites of the exporter's tests. */
#ifndef TESTS_EXPORTER_SUITE_H
#define TESTS_EXPORTER_SUITE_H

#include <check.h>

Suite *parts_suite(void);      /* functions by themselves */
Suite *http_suite(void);       /* requests, bad ones too */
Suite *probe_suite(void);      /* what /probe answers */
Suite *manners_suite(void);    /* sharing, turns, limits, reload, drain */
Suite *exposition_suite(void); /* the strict checker, held against bad and good text */

#endif
