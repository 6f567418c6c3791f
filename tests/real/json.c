/*
 * `json: PATH OPERATOR VALUE`. PATH is members and indexes joined by dots; OPERATOR is = (VALUE is
 * JSON), ~ (a regular expression, on the text), has and lacks (a text among an array's), > (a
 * number), # (how many elements).
 */
#include "vars.h"
#include "verdict.h"

#include <json-c/json.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct claim {
	char path[200];
	char operator[8];
	const char *value;
};

static bool split(const char *text, struct claim *claim)
{
	int n = 0;

	if (sscanf(text, "%199s %7s %n", claim->path, claim->operator, & n) != 2 || n == 0)
		return false;
	claim->value = text + n;
	return true;
}

/* false where there is no such member; *at is NULL where it is null. */
static bool walk(struct json_object *from, const char *path, struct json_object **at)
{
	char *copy = string_copy(path, strlen(path));
	char *rest = copy;
	char *step;
	bool ok = true;

	*at = from;
	while (ok && (step = strsep(&rest, ".")) != NULL) {
		if (json_object_is_type(*at, json_type_array)) {
			const size_t index = strtoul(step, NULL, 10);

			ok = index < json_object_array_length(*at);
			*at = ok ? json_object_array_get_idx(*at, index) : NULL;
		} else {
			ok = json_object_object_get_ex(*at, step, at);
		}
	}
	free(copy);
	return ok;
}

static bool equal(struct json_object *at, const char *value)
{
	struct json_object *wanted = json_tokener_parse(value);
	const bool same = (wanted != NULL || strcmp(value, "null") == 0) &&
			  json_object_equal(at, wanted) != 0;

	json_object_put(wanted);
	return same;
}

static bool like(struct json_object *at, const char *value)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, value, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	found = at != NULL && regexec(&regex, json_object_get_string(at), 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static bool has(struct json_object *at, const char *value)
{
	for (size_t i = 0; i < json_object_array_length(at); i++) {
		struct json_object *one = json_object_array_get_idx(at, i);

		if (one != NULL && strcmp(json_object_get_string(one), value) == 0)
			return true;
	}
	return false;
}

static bool holds(struct json_object *at, const struct claim *c)
{
	const bool array = json_object_is_type(at, json_type_array);

	if (strcmp(c->operator, "=") == 0)
		return equal(at, c->value);
	if (strcmp(c->operator, "~") == 0)
		return like(at, c->value);
	if (strcmp(c->operator, ">") == 0)
		return json_object_get_double(at) > strtod(c->value, NULL);
	if (strcmp(c->operator, "has") == 0)
		return array && has(at, c->value);
	if (strcmp(c->operator, "lacks") == 0)
		return array && !has(at, c->value);
	return strcmp(c->operator, "#") == 0 && array &&
	       json_object_array_length(at) == strtoul(c->value, NULL, 10);
}

static int judge_claim(FILE *to, struct json_object *root, const char *text)
{
	struct json_object *at = NULL;
	struct claim claim;
	int wrong = 0;

	if (!split(text, &claim))
		return fprintf(to, "json: not understood: %s\n", text) > 0;
	if (!walk(root, claim.path, &at))
		wrong = fprintf(to, "json: there is no %s\n", claim.path) > 0;
	else if (!holds(at, &claim))
		wrong = fprintf(to, "json: %s does not hold, it is %s\n", text,
				at != NULL ? json_object_get_string(at) : "null") > 0;
	return wrong;
}

int verdict_json(FILE *to, const struct row *row, const char *text)
{
	enum json_tokener_error error = json_tokener_success;
	struct json_object *root;
	int wrong = 0;

	if (row->json.count == 0)
		return 0;
	root = json_tokener_parse_verbose(text, &error);
	if (root == NULL)
		return fprintf(to, "json: %s\n", json_tokener_error_desc(error)) > 0;
	for (size_t i = 0; i < row->json.count; i++) {
		char *claim = vars_fill(row->json.item[i], "", NULL, 0);

		wrong += judge_claim(to, root, claim);
		free(claim);
	}
	json_object_put(root);
	return wrong;
}
