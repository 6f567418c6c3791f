/* Values of keys: texts, switches, durations, words. */
#include "config/load.h"

#include <string.h>
#include <strings.h>

static bool scalar(struct loader *l, const struct tree_node *n, const char *what)
{
	if (n->kind != TREE_SCALAR)
		return load_fail(l, n, "needs %s, not a %s", what,
			n->kind == TREE_MAPPING ? "mapping" : "list");
	return true;
}

bool load_any_text(struct loader *l, const struct tree_node *n, const char **out)
{
	if (!scalar(l, n, "a text"))
		return false;
	*out = arena_copy(l->keep, n->text, n->n);
	return *out || load_no_memory(l);
}

bool load_text(struct loader *l, const struct tree_node *n, const char **out)
{
	if (!scalar(l, n, "a text"))
		return false;
	if (n->n == 0 || tree_is_null(n))
		return load_fail(l, n, "needs a text, but is empty");
	for (size_t i = 0; i < n->n; i++)
		if ((unsigned char)n->text[i] < ' ' || n->text[i] == 0x7f)
			return load_fail(l, n, "has a control character");
	return load_any_text(l, n, out);
}

bool load_bool(struct loader *l, const struct tree_node *n, bool *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true}, {"false", false}, {"yes", true}, {"no", false}, {"on", true},
		{"off", false}};

	if (!scalar(l, n, "true or false"))
		return false;
	for (size_t i = 0; n->plain && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(n->text, words[i].word) == 0) {
			*out = words[i].value;
			return true;
		}
	}
	return load_fail(l, n, "\"%.80s\" is neither true nor false", n->text);
}

/* Of one unit; 0: unknown. The longer names first: "ms" begins with "m". */
static uint64_t unit_ns(const char *text, size_t *length)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"ms", UINT64_C(1000000)}, {"s", UINT64_C(1000000000)},
		{"m", UINT64_C(60000000000)}, {"h", UINT64_C(3600000000000)},
		{"d", UINT64_C(86400000000000)}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		*length = strlen(units[i].name);
		if (strncmp(text, units[i].name, *length) == 0)
			return units[i].ns;
	}
	return 0;
}

/* Ten years are enough for anything, and keep sums within 64 bits. */
static const uint64_t duration_max_ns = UINT64_C(3650) * 86400 * 1000000000;

/* One number with its unit; false when it is none. *sum may then be too large, never wrong. */
static bool duration_part(const char **text, uint64_t *sum)
{
	const char *p = *text;
	uint64_t whole = 0, part = 0, scale = 1, ns;
	size_t digits = strspn(p, "0123456789"), length;

	if (digits == 0 || digits > 15)
		return false;
	for (; digits > 0; digits--)
		whole = whole * 10 + (uint64_t)(*p++ - '0');
	if (*p == '.') {
		digits = strspn(++p, "0123456789");
		if (digits == 0 || digits > 3)
			return false;
		for (; digits > 0; digits--, scale *= 10)
			part = part * 10 + (uint64_t)(*p++ - '0');
	}
	ns = unit_ns(p, &length);
	if (ns == 0)
		return false;
	*text = p + length;
	if (whole > duration_max_ns / ns)
		*sum = duration_max_ns + 1;
	else
		*sum += whole * ns + ns / scale * part;
	return true;
}

bool load_duration(struct loader *l, const struct tree_node *n, uint64_t *out_ns)
{
	const char *p = n->text;
	uint64_t sum = 0;
	bool ok = true;

	if (!scalar(l, n, "a duration"))
		return false;
	if (strcmp(p, "0") == 0)
		p = "0s";
	if (p[0] == '-')
		return load_fail(l, n, "duration \"%.80s\" is negative", n->text);
	if (*p && p[strspn(p, "0123456789.")] == '\0')
		return load_fail(
			l, n, "duration \"%.80s\" has no unit (ms, s, m, h or d)", n->text);
	do {
		ok = duration_part(&p, &sum);
	} while (ok && *p && sum <= duration_max_ns);
	if (!ok)
		return load_fail(l, n,
			"bad duration \"%.80s\": a number and ms, s, m, h or d are wanted",
			n->text);
	if (sum > duration_max_ns)
		return load_fail(l, n, "duration \"%.80s\" is longer than ten years", n->text);
	*out_ns = sum;
	return true;
}

static void word_list(struct buf *out, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)buf_addf(out, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
}

bool load_word(struct loader *l, const struct tree_node *n, const char *const *words, size_t count,
	size_t *out)
{
	struct buf list;

	if (!scalar(l, n, "a word"))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(n->text, words[i]) == 0) {
			*out = i;
			return true;
		}
	}
	buf_init(&list, CONFIG_ERROR_MAX);
	word_list(&list, words, count);
	load_fail(l, n, "\"%.80s\" must be %s", n->text, buf_str(&list));
	buf_fini(&list);
	return false;
}

bool load_texts(struct loader *l, const struct tree_node *n, const char *const **out, size_t *count)
{
	const char **v;
	size_t want = n->kind == TREE_SEQUENCE ? n->count : 1;

	if (n->kind == TREE_MAPPING)
		return load_fail(l, n, "needs a list, not a mapping");
	if (want == 0 || tree_is_null(n))
		return load_fail(l, n, "the list is empty");
	v = arena_alloc(l->keep, want, sizeof(*v));
	if (!v)
		return load_no_memory(l);
	for (size_t i = 0; i < want; i++)
		if (!load_text(l, n->kind == TREE_SEQUENCE ? n->pairs[i].value : n, &v[i]))
			return false;
	*out = v;
	*count = want;
	return true;
}

const char *load_path(struct loader *l, const char *name)
{
	if (name[0] == '/')
		return arena_copy(l->keep, name, strlen(name));
	return arena_format(l->keep, "%s%s", l->file->folder, name);
}
