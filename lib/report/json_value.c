#include "report/json_value.h"

#include "base/text.h"
#include "report/number.h"

#include <json-c/printbuf.h>
#include <limits.h>
#include <math.h>
#include <string.h>

enum {
	TEXT_MAX = 1024 * 1024,
	VALUE_MAX = 32, /* octets of a number, of null, of brackets; with quotes, colon and comma */
};

void json_maker_init(struct json_maker *m)
{
	m->failed = false;
	m->octets = VALUE_MAX;
	buf_init(&m->text, TEXT_MAX);
}

void json_maker_fini(struct json_maker *m)
{
	buf_fini(&m->text);
}

static struct json_object *made(struct json_maker *m, struct json_object *value)
{
	if (!value)
		m->failed = true;
	return value;
}

struct json_object *json_make_object(struct json_maker *m)
{
	return made(m, json_object_new_object());
}

struct json_object *json_make_array(struct json_maker *m)
{
	return made(m, json_object_new_array());
}

void json_put(
	struct json_maker *m, struct json_object *to, const char *name, struct json_object *value)
{
	/* Member names are literals of this program, no two the same. */
	const unsigned flags = JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;

	m->octets += strlen(name) + VALUE_MAX;
	if (to && json_object_object_add_ex(to, name, value, flags) == 0)
		return;
	m->failed = true;
	json_object_put(value);
}

void json_append(struct json_maker *m, struct json_object *to, struct json_object *value)
{
	m->octets += VALUE_MAX;
	if (to && json_object_array_add(to, value) == 0)
		return;
	m->failed = true;
	json_object_put(value);
}

struct json_object *json_text(struct json_maker *m, struct slice text)
{
	buf_clear(&m->text);
	if (!text_printable(&m->text, text, 0, TEXT_PLAIN))
		m->failed = true;
	/* No controls are left, so an escape has two octets. */
	m->octets += m->text.n * 2;
	return made(m, json_object_new_string_len(buf_str(&m->text), (int)m->text.n));
}

void json_put_text(struct json_maker *m, struct json_object *to, const char *name, struct slice s)
{
	json_put(m, to, name, json_text(m, s));
}

void json_put_str(struct json_maker *m, struct json_object *to, const char *name, const char *text)
{
	json_put(m, to, name, text && text[0] ? json_text(m, slice_str(text)) : NULL);
}

void json_put_bool(struct json_maker *m, struct json_object *to, const char *name, bool value)
{
	json_put(m, to, name, made(m, json_object_new_boolean(value)));
}

void json_put_u64(struct json_maker *m, struct json_object *to, const char *name, uint64_t value)
{
	json_put(m, to, name, made(m, json_object_new_uint64(value)));
}

void json_put_number(
	struct json_maker *m, struct json_object *to, const char *name, double value, int decimals)
{
	char digits[REPORT_NUMBER_MAX];
	struct json_object *number;

	if (!isfinite(value)) {
		json_put(m, to, name, NULL);
		return;
	}
	report_number(value, decimals, digits, sizeof(digits));
	m->octets += strlen(digits);
	if (strpbrk(digits, ".e"))
		number = json_object_new_double_s(value, digits);
	else
		number = json_object_new_int64((int64_t)value);
	json_put(m, to, name, made(m, number));
}

void json_put_seconds(struct json_maker *m, struct json_object *to, const char *name, uint64_t ns)
{
	json_put_number(m, to, name, ns == UINT64_MAX ? (double)NAN : (double)ns / 1e9, 6);
}

static int reserve(struct json_object *o, struct printbuf *pb, int level, int flags)
{
	const struct json_maker *m = json_object_get_userdata(o);

	(void)level;
	(void)flags;
	return m->octets > INT_MAX ? -1 : printbuf_memset(pb, -1, ' ', (int)m->octets);
}

/* json-c's printer goes on after an allocation that failed, with a gap in the text that nobody
 * sees. The buffer stays with the document: one that is large enough from the start never has to
 * grow. */
bool json_print(struct json_maker *m, struct json_object *document, struct buf *out)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = NULL;

	if (document && !m->failed) {
		json_object_set_serializer(document, reserve, m, NULL);
		text = json_object_to_json_string_ext(document, flags);
		json_object_set_serializer(document, NULL, NULL, NULL);
	}
	if (text)
		text = json_object_to_json_string_ext(document, flags);
	if (!text) {
		out->failed = true;
		return false;
	}
	buf_add_str(out, text);
	return buf_add_char(out, '\n');
}
