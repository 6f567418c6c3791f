/* JSON values over json-c; internal to lib/report.
 *
 * For json-c NULL is both JSON's null and "no memory", so every value is made and put through
 * these: the maker remembers when memory ran out. Text is sanitised on its way in (json-c passes
 * DEL, C1, bidi controls and invalid UTF-8), numbers get their digits here (json-c's own show 17).
 */
#ifndef REPORT_JSON_VALUE_H
#define REPORT_JSON_VALUE_H

#include "base/buf.h"
#include "base/slice.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct json_maker {
	struct buf text; /* scratch */
	size_t octets;	 /* no document of these values is longer in print */
	bool failed;
};

void json_maker_init(struct json_maker *m);
void json_maker_fini(struct json_maker *m);

struct json_object *json_make_object(struct json_maker *m);
struct json_object *json_make_array(struct json_maker *m);
/* Takes value over, also when it fails; NULL is JSON's null. */
void json_put(
	struct json_maker *m, struct json_object *to, const char *name, struct json_object *value);
void json_append(struct json_maker *m, struct json_object *to, struct json_object *value);

struct json_object *json_text(struct json_maker *m, struct slice text);
void json_put_text(struct json_maker *m, struct json_object *to, const char *name, struct slice s);
/* NULL and "" become null. */
void json_put_str(struct json_maker *m, struct json_object *to, const char *name, const char *text);
void json_put_bool(struct json_maker *m, struct json_object *to, const char *name, bool value);
void json_put_u64(struct json_maker *m, struct json_object *to, const char *name, uint64_t value);
/* decimals as report_number; what is not finite becomes null. */
void json_put_number(
	struct json_maker *m, struct json_object *to, const char *name, double value, int decimals);
/* Prints the document; false when out is full or memory is short. */
bool json_print(struct json_maker *m, struct json_object *document, struct buf *out);
/* Six decimals; UINT64_MAX becomes null. */
void json_put_seconds(struct json_maker *m, struct json_object *to, const char *name, uint64_t ns);

#endif
