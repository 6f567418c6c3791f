#include "config/tree_build.h"

#include "base/secret.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANCHORS_MAX = 1000 };

bool pair_list_add(struct pair_list *l, const struct tree_node *k, const struct tree_node *v)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 16;
		struct tree_pair *v2 = realloc(l->v, cap * sizeof(*v2));

		if (!v2)
			return false;
		l->v = v2;
		l->cap = cap;
	}
	l->v[l->n++] = (struct tree_pair){k, v};
	return true;
}

static bool count(struct tree_builder *b, const struct fy_mark *m, size_t weight)
{
	b->nodes += weight;
	if (b->nodes <= TREE_NODES_MAX)
		return true;
	return tree_fail(b, m, "too much in one file, or aliases that stand for too much");
}

/* The library's marks lie behind the opening quote, and behind the "*" of an alias. */
static struct fy_mark place(struct fy_event *e)
{
	const struct fy_mark *m = fy_event_start_mark(e);
	struct fy_mark at = m ? *m : (struct fy_mark){.line = -1};
	enum fy_scalar_style style = FYSS_PLAIN;

	if (e->type == FYET_SCALAR && e->scalar.value)
		style = fy_token_scalar_style(e->scalar.value);
	if (e->type == FYET_ALIAS || style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
		at.column -= at.column > 0;
	return at;
}

static struct tree_node *node_new(struct tree_builder *b, struct fy_event *e, enum tree_kind kind)
{
	struct fy_mark m = place(e);
	struct tree_node *n;

	if (!count(b, &m, 1) || !(n = arena_alloc(b->arena, 1, sizeof(*n))))
		return NULL;
	*n = (struct tree_node){.kind = kind, .file = b->file, .weight = 1, .text = ""};
	if (m.line >= 0) {
		n->line = (unsigned)m.line + 1;
		n->column = (unsigned)m.column + 1;
	}
	return n;
}

static bool tag_allowed(struct tree_builder *b, struct fy_event *e)
{
	struct fy_token *tag = fy_event_get_tag_token(e);
	static const char str[] = "tag:yaml.org,2002:str";
	const char *text;
	size_t n = 0;

	if (!tag)
		return true;
	text = fy_token_get_text(tag, &n);
	if (text && n == sizeof(str) - 1 && memcmp(text, str, n) == 0)
		return true;
	return tree_fail(b, fy_event_start_mark(e), "tags are not supported");
}

static bool octets_inside(const struct tree_builder *b, const char *p)
{
	uintptr_t at = (uintptr_t)p, from = (uintptr_t)b->text.p;

	return at >= from && at < from + b->text.n;
}

static const struct tree_node *scalar(struct tree_builder *b, struct fy_event *e)
{
	struct tree_node *n = node_new(b, e, TREE_SCALAR);
	struct fy_token *t = e->scalar.value;
	const char *text;

	if (!n)
		return NULL;
	n->plain = !t || fy_token_scalar_style(t) == FYSS_PLAIN;
	if (!t || !(text = fy_token_get_text(t, &n->n)))
		return n;
	n->text = arena_copy(b->arena, text, n->n);
	if (n->n && !octets_inside(b, text))
		secret_wipe((void *)(uintptr_t)text, n->n);
	if (!n->text)
		return NULL;
	if (strlen(n->text) != n->n) {
		struct fy_mark m = place(e);

		tree_fail(b, &m, "NUL in a text");
		return NULL;
	}
	return n;
}

static struct tree_anchor *anchor_find(struct tree_builder *b, struct fy_token *t)
{
	size_t n = 0;
	const char *name = fy_token_get_text(t, &n);

	for (size_t i = b->anchor_count; name && i-- > 0;)
		if (strlen(b->anchors[i].name) == n && memcmp(b->anchors[i].name, name, n) == 0)
			return &b->anchors[i];
	return NULL;
}

static const struct tree_node *alias(struct tree_builder *b, struct fy_event *e)
{
	const struct tree_anchor *a = anchor_find(b, e->alias.anchor);
	struct fy_mark m = place(e);

	if (!a)
		tree_fail(b, &m, "alias of an anchor that is not defined above it");
	else if (!a->node)
		tree_fail(b, &m, "alias of what it stands in");
	else if (count(b, &m, a->node->weight))
		return a->node;
	return NULL;
}

/* Its place in the list, plus one; 0: there is no anchor; SIZE_MAX: no memory or too many. */
static size_t anchor_add(struct tree_builder *b, struct fy_event *e)
{
	struct fy_token *t = fy_event_get_anchor_token(e);
	size_t n = 0;
	const char *name = t ? fy_token_get_text(t, &n) : NULL;

	if (!name)
		return 0;
	if (b->anchor_count == ANCHORS_MAX) {
		tree_fail(b, fy_event_start_mark(e), "too many anchors");
		return SIZE_MAX;
	}
	if (!b->anchors && !(b->anchors = calloc(ANCHORS_MAX, sizeof(*b->anchors))))
		return SIZE_MAX;
	name = arena_copy(b->arena, name, n);
	if (!name)
		return SIZE_MAX;
	b->anchors[b->anchor_count++] = (struct tree_anchor){name, NULL};
	return b->anchor_count;
}

/* The next node of a collection: false at its end or with an error. */
static bool next(struct tree_builder *b, enum fy_event_type end, unsigned depth,
	const struct tree_node **out, bool *failed)
{
	struct fy_event *e = fy_parser_parse(b->parser);

	*failed = !e;
	*out = NULL;
	if (e && e->type != end) {
		*out = tree_build(b, e, depth + 1);
		*failed = !*out;
	}
	fy_parser_event_free(b->parser, e);
	return *out != NULL;
}

static bool key_checked(struct tree_builder *b, const struct tree_node *k)
{
	struct fy_mark m = {.line = (int)k->line - 1, .column = (int)k->column - 1};

	return k->kind == TREE_SCALAR || tree_fail(b, &m, "a key must be a word");
}

/* What is left out ("key:") stands where its key stands. */
static const struct tree_node *placed(
	struct tree_builder *b, const struct tree_node *key, const struct tree_node *value)
{
	struct tree_node *n;

	if (!key || value->line > 0)
		return value;
	n = arena_alloc(b->arena, 1, sizeof(*n));
	if (!n)
		return NULL;
	*n = *value;
	n->line = key->line;
	n->column = key->column;
	return n;
}

static bool fill(struct tree_builder *b, struct tree_node *n, struct pair_list *l, unsigned depth)
{
	bool mapping = n->kind == TREE_MAPPING, failed;
	enum fy_event_type end = mapping ? FYET_MAPPING_END : FYET_SEQUENCE_END;
	const struct tree_node *key = NULL, *value;

	while (next(b, end, depth, mapping ? &key : &value, &failed)) {
		if (mapping && !key_checked(b, key))
			return false;
		if (mapping && !next(b, FYET_NONE, depth, &value, &failed))
			return false;
		value = placed(b, key, value);
		if (!value || !pair_list_add(l, key, value))
			return false;
	}
	return !failed && (!mapping || tree_mapping_finish(b, l));
}

static const struct tree_node *collection(
	struct tree_builder *b, struct fy_event *e, enum tree_kind kind, unsigned depth)
{
	struct tree_node *n = node_new(b, e, kind);
	struct pair_list l = {0};
	struct tree_pair *pairs = NULL;

	if (n && depth >= TREE_DEPTH_MAX)
		tree_fail(b, fy_event_start_mark(e), "nested too deep");
	else if (n && fill(b, n, &l, depth))
		pairs = arena_alloc(b->arena, l.n, sizeof(*pairs));
	if (!pairs) {
		free(l.v);
		return NULL;
	}
	if (l.n)
		memcpy(pairs, l.v, l.n * sizeof(*pairs));
	n->pairs = pairs;
	n->count = l.n;
	for (size_t i = 0; i < l.n; i++)
		n->weight += l.v[i].value->weight + (l.v[i].key ? 1 : 0);
	free(l.v);
	return n;
}

const struct tree_node *tree_build(struct tree_builder *b, struct fy_event *e, unsigned depth)
{
	const struct tree_node *n = NULL;
	size_t anchor;

	if (e->type == FYET_ALIAS)
		return alias(b, e);
	if (!tag_allowed(b, e) || (anchor = anchor_add(b, e)) == SIZE_MAX)
		return NULL;
	if (e->type == FYET_SCALAR)
		n = scalar(b, e);
	else if (e->type == FYET_MAPPING_START || e->type == FYET_SEQUENCE_START)
		n = collection(
			b, e, e->type == FYET_MAPPING_START ? TREE_MAPPING : TREE_SEQUENCE, depth);
	if (n && anchor > 0)
		b->anchors[anchor - 1].node = n;
	return n;
}
