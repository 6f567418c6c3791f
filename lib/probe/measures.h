/* The measures of a result by name: one table for thresholds and for every output. */
#ifndef PROBE_MEASURES_H
#define PROBE_MEASURES_H

#include "probe/result.h"

enum probe_measure {
#define MEASURE(id, name, unit, help) MEASURE_##id,
#include "probe/measures.def"
	MEASURE_COUNT
};

const char *probe_measure_name(enum probe_measure m);
const char *probe_measure_unit(enum probe_measure m);
const char *probe_measure_help(enum probe_measure m);
bool probe_measure_parse(const char *name, enum probe_measure *out);
/* The value; false when it was not measured. Times in seconds; cert_days in whole days, truncated
 * (judged at the probe's start). */
bool probe_measure_value(const struct probe_result *r, enum probe_measure m, double *value);
/* The end of validity that cert_days counts to: earliest on the verified path, else the leaf's;
 * false when no certificate was seen. *subject (may be NULL) is its name. */
bool probe_result_cert_end(const struct probe_result *r, int64_t *not_after, const char **subject);

#endif
