/* From a pattern to a snapshot: all files are read first, then every auth, then every module, so
 * that a module may name an auth of another file. */
#include "config/load.h"
#include "base/secret.h"
#include "base/text.h"
#include "config/file.h"
#include "config/snapshot.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	NAME_MAX_OCTETS = 128,
	FILES_OCTETS_MAX = 4 * CONFIG_FILE_OCTETS_MAX,
	STACK_OCTETS = 65536,
};

/* --- files ----------------------------------------------------------------------------------- */

static bool fail_file(struct loader *l, const char *path, const char *words)
{
	return load_fail(l, NULL, "%s: %s", path, words);
}

static bool parse(struct loader *l, struct config_file *f, struct slice text)
{
	struct tree_error e;

	if (text.n == 0)
		return fail_file(l, f->path, "is empty");
	if (tree_parse(&l->trees, f->path, text, &f->root, &e))
		return true;
	if (e.line == 0)
		return fail_file(l, f->path, e.words);
	return load_fail(l, NULL, "%s:%u:%u: %s", f->path, e.line, e.column, e.words);
}

static bool read_file(struct loader *l, struct config_file *f, const char *path, size_t *left)
{
	const char *slash = strrchr(path, '/'), *words;
	struct buf content;
	struct stat st;
	bool ok;

	f->path = arena_copy(l->keep, path, strlen(path));
	f->folder = arena_copy(&l->trees, path, slash ? (size_t)(slash - path) + 1 : 0);
	if (!f->path || !f->folder)
		return load_no_memory(l);
	words = file_read(path, CONFIG_FILE_OCTETS_MAX, &content, &st);
	if (!words && content.n > *left)
		words = "the files are too large together";
	if (words) {
		buf_fini(&content);
		return fail_file(l, path, words);
	}
	*left -= content.n;
	f->mode = st.st_mode;
	l->config->checksum = file_checksum(l->config->checksum, path, buf_slice(&content));
	ok = parse(l, f, buf_slice(&content));
	buf_fini(&content);
	return ok;
}

static struct config_file *read_files(struct loader *l, const struct file_list *list)
{
	struct config_file *files = arena_alloc(&l->trees, list->count, sizeof(*files));
	size_t left = FILES_OCTETS_MAX;

	if (!files)
		load_no_memory(l);
	for (size_t i = 0; files && i < list->count; i++)
		if (!read_file(l, &files[i], list->paths[i], &left))
			return NULL;
	return files;
}

/* --- entries --------------------------------------------------------------------------------- */

typedef bool load_entry(struct loader *l, const struct tree_pair *p, struct config_entry *e);

static bool entry_auth(struct loader *l, const struct tree_pair *p, struct config_entry *e)
{
	e->auth = load_auth(l, p->value, e->name, false);
	return e->auth != NULL;
}

static bool entry_module(struct loader *l, const struct tree_pair *p, struct config_entry *e)
{
	return load_module(l, p->value, e->name, e);
}

static bool load_name(struct loader *l, const struct tree_node *key, const char **out)
{
	if (!load_text(l, key, out))
		return false;
	return key->n <= NAME_MAX_OCTETS ||
	       load_fail(l, key, "the name is longer than %d octets", NAME_MAX_OCTETS);
}

static bool load_entries(struct loader *l, const struct tree_node *mapping, const char *what,
	struct config_list *list, load_entry *one)
{
	if (mapping && !load_is_mapping(l, mapping, what))
		return false;
	for (size_t i = 0; mapping && i < mapping->count; i++) {
		const struct tree_pair *p = &mapping->pairs[i];
		struct config_entry *e = config_list_add(list);
		char owner[NAME_MAX_OCTETS + 16];

		if (!e)
			return load_no_memory(l);
		if (!load_name(l, p->key, &e->name))
			return false;
		e->file = l->file->path;
		e->line = p->key->line;
		e->column = p->key->column;
		snprintf(owner, sizeof(owner), "%s %s", one == entry_auth ? "auth" : "module",
			e->name);
		l->owner = owner;
		if (!one(l, p, e))
			return false;
		l->owner = NULL;
	}
	return true;
}

static bool sort(struct loader *l, struct config_list *list, const char *what)
{
	const struct config_entry *first, *second;
	bool failed;

	second = config_list_sort(list, &failed, &first);
	if (failed)
		return load_no_memory(l);
	if (!second)
		return true;
	return load_fail(l, NULL, "%s:%u:%u: %s \"%s\" is also in %s:%u:%u", second->file,
		second->line, second->column, what, second->name, first->file, first->line,
		first->column);
}

static const struct load_key top_keys[] = {{"modules", NULL}, {"auths", NULL}};

static bool load_files(struct loader *l, struct config_file *files, size_t count)
{
	struct config *c = l->config;
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++) {
		l->file = &files[i];
		ok = load_keys(l, files[i].root, top_keys, 2, "the file", NULL) &&
		     load_entries(
			     l, tree_get(files[i].root, "auths"), "auths", &c->auths, entry_auth);
	}
	ok = ok && sort(l, &c->auths, "auth");
	for (size_t i = 0; ok && i < count; i++) {
		l->file = &files[i];
		ok = load_entries(l, tree_get(files[i].root, "modules"), "modules", &c->modules,
			entry_module);
	}
	return ok;
}

/* --- built-in -------------------------------------------------------------------------------- */

static bool add_built_in(struct loader *l, const char *name, enum probe_tls_mode mode)
{
	struct config_entry *e = config_list_add(&l->config->modules);
	struct config_module *m = arena_alloc(l->keep, 1, sizeof(*m));

	if (!e || !m)
		return load_no_memory(l);
	load_module_defaults(m, name);
	m->built_in = true;
	m->tls_mode = mode;
	e->name = name;
	e->module = m;
	return true;
}

static bool add_built_ins(struct loader *l)
{
	return add_built_in(l, "pop3", PROBE_TLS_NONE) &&
	       add_built_in(l, "pop3s", PROBE_TLS_IMPLICIT) &&
	       add_built_in(l, "pop3_stls", PROBE_TLS_STLS);
}

/* --- the load -------------------------------------------------------------------------------- */

static bool run(struct loader *l, const char *pattern)
{
	struct config_file *files = NULL;
	struct file_list list = {0};
	const char *words = pattern ? file_list_init(&list, pattern) : NULL;
	bool ok = !words;

	if (words)
		fail_file(l, pattern, words);
	else
		files = read_files(l, &list);
	ok = ok && files && add_built_ins(l) && load_files(l, files, list.count);
	file_list_fini(&list);
	if (!ok)
		return false;
	config_list_override(&l->config->modules);
	return sort(l, &l->config->modules, "module");
}

/* What was called, the YAML library above all, left pieces of the files on the stack below us. */
__attribute__((noinline)) static void wipe_stack(void)
{
	unsigned char below[STACK_OCTETS];

	secret_wipe(below, sizeof(below));
}

struct config *config_load(const struct config_source *s, char err[CONFIG_ERROR_MAX])
{
	struct loader l = {.source = s};
	struct buf safe;

	l.config = config_new();
	if (!l.config) {
		snprintf(err, CONFIG_ERROR_MAX, "out of memory");
		return NULL;
	}
	l.keep = &l.config->arena;
	buf_init(&l.error, 2 * CONFIG_ERROR_MAX);
	if (!run(&l, s->pattern)) {
		load_no_memory(&l);
		buf_init(&safe, 2 * CONFIG_ERROR_MAX);
		(void)text_printable(&safe, buf_slice(&l.error), CONFIG_ERROR_MAX - 4, TEXT_PLAIN);
		snprintf(err, CONFIG_ERROR_MAX, "%s", buf_str(&safe));
		buf_fini(&safe);
		config_unref(l.config);
		l.config = NULL;
	}
	buf_fini(&l.error);
	arena_fini(&l.trees);
	wipe_stack();
	return l.config;
}

static bool add_to_checksum(const char *path, uint64_t *sum, char err[CONFIG_ERROR_MAX])
{
	struct buf content;
	struct stat st;
	const char *words = file_read(path, CONFIG_FILE_OCTETS_MAX, &content, &st);

	if (!words)
		*sum = file_checksum(*sum, path, buf_slice(&content));
	else
		snprintf(err, CONFIG_ERROR_MAX, "%s: %s", path, words);
	buf_fini(&content);
	return !words;
}

bool config_checksum(const char *pattern, uint64_t *out, char err[CONFIG_ERROR_MAX])
{
	struct file_list list;
	const char *words = file_list_init(&list, pattern);
	bool ok = !words;

	*out = 0;
	if (words)
		snprintf(err, CONFIG_ERROR_MAX, "%s: %s", pattern, words);
	for (size_t i = 0; ok && i < list.count; i++)
		ok = add_to_checksum(list.paths[i], out, err);
	file_list_fini(&list);
	return ok;
}
