#include "tls_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES = 4 };

struct tls_cache_entry {
	struct tls_cache_entry *next;
	struct tls_config *config;
	enum tls_verify_mode verify;
	enum tls_version min, max;
	char *files[FILES]; /* owned; NULL: not given */
	struct timespec changed[FILES];
};

static void files_of(const struct tls_settings *s, const char *files[FILES])
{
	files[0] = s->ca_path;
	files[1] = s->crl_file;
	files[2] = s->cert_file;
	files[3] = s->key_file;
}

static struct timespec changed(const char *path)
{
	struct stat st;

	return path && stat(path, &st) == 0 ? st.st_mtim : (struct timespec){0};
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool matches(const struct tls_cache_entry *e, const struct tls_settings *s)
{
	const char *files[FILES];
	bool same = e->verify == s->verify && e->min == s->min && e->max == s->max;

	files_of(s, files);
	for (size_t i = 0; i < FILES; i++)
		same = same && same_text(e->files[i], files[i]);
	return same;
}

static bool is_current(const struct tls_cache_entry *e)
{
	bool current = true;

	for (size_t i = 0; i < FILES; i++) {
		struct timespec t = changed(e->files[i]);

		current = current && t.tv_sec == e->changed[i].tv_sec &&
			  t.tv_nsec == e->changed[i].tv_nsec;
	}
	return current;
}

static void entry_free(struct tls_cache_entry *e)
{
	for (size_t i = 0; i < FILES; i++)
		free(e->files[i]);
	tls_ops_get()->config_unref(e->config);
	free(e);
}

static struct tls_cache_entry *entry_new(const struct tls_settings *s, struct tls_config *config)
{
	struct tls_cache_entry *e = calloc(1, sizeof(*e));
	const char *files[FILES];

	if (!e)
		return NULL;
	*e = (struct tls_cache_entry){.verify = s->verify, .min = s->min, .max = s->max};
	tls_ops_get()->config_ref(config);
	e->config = config;
	files_of(s, files);
	for (size_t i = 0; i < FILES; i++) {
		e->files[i] = files[i] ? strdup(files[i]) : NULL;
		e->changed[i] = changed(files[i]);
		if (files[i] && !e->files[i]) {
			entry_free(e);
			return NULL;
		}
	}
	return e;
}

struct tls_config *tls_cache_get(
	struct tls_cache *c, const struct tls_settings *s, char *err, size_t err_size)
{
	struct tls_cache_entry **at = &c->entries, *e;
	struct tls_config *config;

	while ((e = *at) && !matches(e, s))
		at = &e->next;
	if (e && is_current(e)) {
		tls_ops_get()->config_ref(e->config);
		return e->config;
	}
	config = tls_ops_get()->config_new(s, err, err_size);
	if (!config)
		return NULL;
	if (e) {
		*at = e->next;
		entry_free(e);
	}
	/* Without memory for the entry it is made again next time. */
	e = entry_new(s, config);
	if (e) {
		e->next = c->entries;
		c->entries = e;
	}
	return config;
}

void tls_cache_clear(struct tls_cache *c)
{
	while (c->entries) {
		struct tls_cache_entry *e = c->entries;

		c->entries = e->next;
		entry_free(e);
	}
}
