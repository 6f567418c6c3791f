/* A load under way; internal to lib/config. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/arena.h"
#include "config/config.h"
#include "config/tree.h"

/* A name in force: a module, a foreign module or an auth. */
struct config_entry {
	const char *name;
	const char *file; /* NULL: built in */
	unsigned line, column;
	const struct config_module *module;
	const char *foreign;
	const struct config_auth *auth;
};

struct config_ref {
	const struct config_entry *entry;
};

struct config_list {
	struct config_entry *v; /* in order */
	size_t n, cap;
	struct config_ref *sorted; /* by name */
};

struct config_file {
	const char *path, *folder;
	const struct tree_node *root;
	unsigned mode;
};

/* Secrets of inline passwords, to be freed with the snapshot. */
struct config_secret_node {
	struct config_secret_node *next;
	struct secret *secret;
};

struct config_regex_node {
	struct config_regex_node *next;
	struct pcre2_real_code_8 *re;
};

struct loader {
	const struct config_source *source;
	struct config *config;
	struct arena *keep;	  /* the snapshot's */
	struct arena trees;	  /* until the load is over */
	struct config_file *file; /* whose nodes are read */
	struct buf error;
	const char *owner; /* the module or auth at work, for messages */
};

/* Writes "file:line:column: message" unless there is a message already; always false. */
bool load_fail(struct loader *l, const struct tree_node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool load_no_memory(struct loader *l);
void load_note(struct loader *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Keeps secret for as long as the snapshot lives; NULL (and it is freed) when memory is short. */
const struct secret *load_keep_secret(struct loader *l, struct secret *secret);
bool load_keep_regex(struct loader *l, struct pcre2_real_code_8 *re);

/* --- keys of a mapping ----------------------------------------------------------------------- */

struct load_key {
	const char *name;
	bool (*set)(struct loader *l, const struct tree_node *value, void *into);
};

/* Calls set for each key; refuses one that is not among keys. what: "tls_config". */
bool load_keys(struct loader *l, const struct tree_node *mapping, const struct load_key *keys,
	size_t count, const char *what, void *into);
/* Refuses a node that is no mapping; null passes. */
bool load_is_mapping(struct loader *l, const struct tree_node *n, const char *what);
/* The nearest of count words (the first member of structures of size octets); NULL: none is near.
 */
const char *load_nearest(const char *word, const void *table, size_t count, size_t size);

/* --- values ---------------------------------------------------------------------------------- */

/* A text that is not empty and has no control characters. */
bool load_text(struct loader *l, const struct tree_node *n, const char **out);
/* Any text, also empty, with line ends. */
bool load_any_text(struct loader *l, const struct tree_node *n, const char **out);
bool load_bool(struct loader *l, const struct tree_node *n, bool *out);
/* "10s", "1m30s", "1.5s", "14d"; "0". */
bool load_duration(struct loader *l, const struct tree_node *n, uint64_t *out_ns);
/* One of count words; its place. */
bool load_word(struct loader *l, const struct tree_node *n, const char *const *words, size_t count,
	size_t *out);
/* A sequence of texts, or one. */
bool load_texts(
	struct loader *l, const struct tree_node *n, const char *const **out, size_t *count);
/* A name relative to the folder of the file. */
const char *load_path(struct loader *l, const char *name);

/* --- parts ----------------------------------------------------------------------------------- */

bool load_targets(struct loader *l, const struct tree_node *n, const struct config_targets **out);
const struct config_auth *load_auth(
	struct loader *l, const struct tree_node *n, const char *name, bool inline_mapping);
bool load_module(
	struct loader *l, const struct tree_node *n, const char *name, struct config_entry *out);
bool load_pop3(struct loader *l, const struct tree_node *n, struct config_module *m);
bool load_tcp(struct loader *l, const struct tree_node *n, struct config_module *m);
/* limits:, states:, capabilities; into the policy of a struct config_module. */
bool load_limits(struct loader *l, const struct tree_node *n, void *module);
bool load_states(struct loader *l, const struct tree_node *n, void *module);
bool load_cert_days(struct loader *l, const struct tree_node *n, void *module);
/* Keys that both probers have; void * is a struct config_module. */
bool load_tls_config(struct loader *l, const struct tree_node *n, void *module);
bool load_preferred(struct loader *l, const struct tree_node *n, void *module);
bool load_fallback(struct loader *l, const struct tree_node *n, void *module);
bool load_source(struct loader *l, const struct tree_node *n, void *module);
void load_module_defaults(struct config_module *m, const char *name);

/* --- lists ----------------------------------------------------------------------------------- */

struct config_entry *config_list_add(struct config_list *list);
/* Fills sorted. The second of two entries of one name, or NULL; *failed: no memory. */
const struct config_entry *config_list_sort(
	struct config_list *list, bool *failed, const struct config_entry **first);
const struct config_entry *config_list_find(const struct config_list *list, const char *name);
/* Drops the built-in entries (those without a file) whose name comes again. */
void config_list_override(struct config_list *list);

/* --- secrets --------------------------------------------------------------------------------- */

/* The first line of a secret file, by the rules on modes; NULL with words in err. *readable_by_all
 * may be NULL. */
struct secret *secret_file_read(const char *path, bool *readable_by_all, char *err, size_t size);
/* The absolute or resolved name of a secret file. */
const char *secret_file_path(struct loader *l, const char *name);
/* Whether path was not warned about before; it is, from now on. */
bool secrets_first_warning(struct config_secrets *s, const char *path);
/* The variable's secret, taken out of the environment when it is first asked for; NULL: none. */
const struct secret *secrets_env(struct config_secrets *s, const char *name);

/* --- targets --------------------------------------------------------------------------------- */

bool targets_any(const struct config_targets *t);
const char *const *targets_texts(const struct config_targets *t, size_t *count);
/* As config_auth_allows_server_name. */
bool targets_allow_server_name(
	const struct config_targets *t, const char *host, const char *server_name);

#endif
