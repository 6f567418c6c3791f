/* Events of libfyaml made into a tree. The text is checked first, as the library ends silently at a
 * NUL or at an octet that is no UTF-8. It borrows our text; the copies it makes are wiped. */
#include "config/tree.h"

#include "base/secret.h"
#include "config/tree_build.h"
#include "config/utf8.h"

#include <libfyaml.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool tree_fail(struct tree_builder *b, const struct fy_mark *m, const char *words)
{
	if (b->error->words[0])
		return false;
	if (m) {
		b->error->line = (unsigned)m->line + 1;
		b->error->column = (unsigned)m->column + 1;
	}
	snprintf(b->error->words, sizeof(b->error->words), "%s", words);
	return false;
}

/* What the parser itself has to say. */
static bool parser_failed(struct tree_builder *b)
{
	struct fy_diag_error *e;
	void *i = NULL;

	if (!fy_parser_get_stream_error(b->parser))
		return false;
	while (!b->error->words[0] && (e = fy_diag_errors_iterate(b->diag, &i))) {
		b->error->line = e->line > 0 ? (unsigned)e->line : 0;
		b->error->column = e->column > 0 ? (unsigned)e->column : 0;
		snprintf(b->error->words, sizeof(b->error->words), "%s", e->msg);
	}
	tree_fail(b, NULL, "cannot be read as YAML");
	return true;
}

static bool checked_text(struct tree_builder *b)
{
	size_t bad = utf8_check(b->text);
	struct fy_mark m = {0};

	if (bad == (size_t)-1)
		return true;
	for (size_t i = 0; i < bad; i++) {
		m.column = b->text.p[i] == '\n' ? 0 : m.column + 1;
		m.line += b->text.p[i] == '\n';
	}
	return tree_fail(b, &m, "invalid UTF-8 or a control character");
}

static bool start(struct tree_builder *b)
{
	struct fy_diag_cfg diag;
	struct fy_parse_cfg parse = {.flags = FYPCF_QUIET};

	fy_diag_cfg_default(&diag);
	diag.fp = NULL;
	diag.level = FYET_ERROR;
	b->diag = fy_diag_create(&diag);
	if (!b->diag)
		return false;
	fy_diag_set_collect_errors(b->diag, true);
	parse.diag = b->diag;
	b->parser = fy_parser_create(&parse);
	return b->parser &&
	       fy_parser_set_string(b->parser, (const char *)b->text.p, b->text.n) == 0;
}

/* The document, then nothing more. */
static bool run(struct tree_builder *b, const struct tree_node **root)
{
	struct fy_event *e;
	bool ok = true;

	while (ok && (e = fy_parser_parse(b->parser))) {
		if (e->type == FYET_DOCUMENT_START && *root)
			ok = tree_fail(b, fy_event_start_mark(e), "a second document in one file");
		else if (e->type != FYET_STREAM_START && e->type != FYET_STREAM_END &&
			 e->type != FYET_DOCUMENT_START && e->type != FYET_DOCUMENT_END)
			ok = (*root = tree_build(b, e, 0)) != NULL;
		fy_parser_event_free(b->parser, e);
	}
	return !parser_failed(b) && ok;
}

bool tree_parse(struct arena *a, const char *file, struct slice text, const struct tree_node **root,
	struct tree_error *error)
{
	struct tree_builder b = {.arena = a, .file = file, .text = text, .error = error};
	bool ok;

	*root = NULL;
	*error = (struct tree_error){0};
	if (!checked_text(&b))
		return false;
	if (text.n == 0)
		return true;
	ok = start(&b) ? run(&b, root) : tree_fail(&b, NULL, "out of memory");
	fy_parser_destroy(b.parser);
	fy_diag_destroy(b.diag);
	free(b.anchors);
	if (!ok)
		tree_fail(&b, NULL, "out of memory");
	return ok;
}

const struct tree_node *tree_get(const struct tree_node *mapping, const char *key)
{
	if (!mapping || mapping->kind != TREE_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->count; i++)
		if (strcmp(mapping->pairs[i].key->text, key) == 0)
			return mapping->pairs[i].value;
	return NULL;
}

bool tree_is_null(const struct tree_node *n)
{
	return !n ||
	       (n->kind == TREE_SCALAR && n->plain &&
		       (n->n == 0 || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0));
}
