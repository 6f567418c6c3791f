/* The builder of a tree, internal to the tree's files. */
#ifndef CONFIG_TREE_BUILD_H
#define CONFIG_TREE_BUILD_H

#include "config/tree.h"

#include <libfyaml.h>

struct tree_anchor {
	const char *name;
	const struct tree_node *node; /* NULL while it is being built */
};

struct tree_builder {
	struct arena *arena;
	const char *file;
	struct slice text;
	struct tree_error *error;
	struct fy_parser *parser;
	struct fy_diag *diag;
	struct tree_anchor *anchors;
	size_t anchor_count;
	size_t nodes;
};

/* False, and the first failure is kept. */
bool tree_fail(struct tree_builder *b, const struct fy_mark *m, const char *words);
/* The node that begins with e; NULL with an error, or without one when the parser failed. */
const struct tree_node *tree_build(struct tree_builder *b, struct fy_event *e, unsigned depth);

/* Pairs while their number is not known. */
struct pair_list {
	struct tree_pair *v;
	size_t n, cap;
};

bool pair_list_add(struct pair_list *l, const struct tree_node *k, const struct tree_node *v);
/* Refuses a key that stands there twice, then adds what "<<" brings. */
bool tree_mapping_finish(struct tree_builder *b, struct pair_list *l);

#endif
