/* The report layer's tests, in parts, and the made-up results they work on. */
#ifndef TEST_REPORT_H
#define TEST_REPORT_H

#include "report/output.h"

#include <check.h>

enum { NOW = 1795500000, /* 2026-11-24 06:00:00 UTC */ DAY = 86400 };

Suite *suite_report(void);
TCase *tcase_report_range(void);
TCase *tcase_report_words(void);
TCase *tcase_report_verdict(void);
TCase *tcase_report_json(void);
TCase *tcase_report_metrics(void);
TCase *tcase_report_cases(void);

/* A probe with everything in it, to be changed by a test. */
struct sample {
	struct probe_result r;
	struct report_policy policy;
	struct report_context ctx;
	struct report_verdict v;
	struct report_item item;
	struct step_result steps[8];
	struct probe_login login;
};

/* A login over STLS that went well: 8 steps, 2 messages, a chain of two. */
void sample_init(struct sample *s);
/* Ends the dialogue in a phase: later steps are not reached. text NULL: no words of the server. */
void sample_fail(struct sample *s, enum probe_phase phase, enum probe_reason reason,
	const char *detail, const char *text);
/* Before the connection, nothing known. */
void sample_empty(struct sample *s);
void sample_capa(struct sample *s, enum capa_stage stage, const char *lines);
void sample_judge(struct sample *s);
void sample_fini(struct sample *s);
/* The sample as one text of a format; static, until the next call. */
const char *sample_print(
	struct sample *s, bool (*print)(struct buf *, const struct report_item *, size_t));

#endif
