/* A YAML document as a tree whose nodes know where they stand. Aliases share the node they name. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include "base/slice.h"
#include "config/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	TREE_NODES_MAX = 500000, /* aliases counted as what they stand for */
	TREE_DEPTH_MAX = 32,
	TREE_MERGED_MAX = 1000, /* keys that "<<" brings */
	TREE_ERROR_MAX = 512,
};

enum tree_kind { TREE_SCALAR, TREE_SEQUENCE, TREE_MAPPING };

struct tree_pair;

struct tree_node {
	enum tree_kind kind;
	unsigned line, column; /* from 1 */
	const char *file;
	size_t weight; /* nodes in it, itself included */

	const char *text; /* scalar: n octets and a NUL; none is NUL */
	size_t n;
	bool plain; /* not quoted, no block */

	const struct tree_pair *pairs; /* sequence (key NULL), mapping (keys are scalars, unique) */
	size_t count;
};

struct tree_pair {
	const struct tree_node *key;
	const struct tree_node *value;
};

/* Where a text cannot be read, and why. */
struct tree_error {
	unsigned line, column; /* 0: nowhere in particular */
	char words[TREE_ERROR_MAX];
};

/* The only document of text, from a; *root is NULL when there is none (comments alone). False with
 * *error. file is kept by reference. */
bool tree_parse(struct arena *a, const char *file, struct slice text, const struct tree_node **root,
	struct tree_error *error);
/* The value of a key, or NULL. */
const struct tree_node *tree_get(const struct tree_node *mapping, const char *key);
/* NULL in YAML's sense: absent, empty, ~, null. */
bool tree_is_null(const struct tree_node *n);

#endif
