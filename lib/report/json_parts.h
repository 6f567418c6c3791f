/* The larger members of the JSON form; internal to lib/report. NULL is JSON's null. */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include "report/json_value.h"
#include "report/output.h"

struct json_object *json_tls(struct json_maker *m, const struct probe_result *r);

#endif
