/* Where passwords come from. Files are read each time they are used, so that a change counts at
 * once and nothing of them stays in memory. */
#include "base/secret.h"

#include "config/file.h"
#include "config/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct name_node {
	struct name_node *next;
	struct secret *secret; /* of a variable; NULL in the list of warnings */
	char name[];
};

struct config_secrets {
	char *folder; /* NULL: none */
	struct name_node *warned, *env;
};

struct config_secrets *config_secrets_new(const char *credentials_directory)
{
	struct config_secrets *s = calloc(1, sizeof(*s));

	if (!s || !credentials_directory || !*credentials_directory)
		return s;
	s->folder = strdup(credentials_directory);
	if (s->folder)
		return s;
	free(s);
	return NULL;
}

static void names_free(struct name_node *n)
{
	struct name_node *next;

	for (; n; n = next) {
		next = n->next;
		secret_free(n->secret);
		free(n);
	}
}

void config_secrets_free(struct config_secrets *s)
{
	if (!s)
		return;
	names_free(s->warned);
	names_free(s->env);
	free(s->folder);
	free(s);
}

static struct name_node *name_find(struct name_node *n, const char *name)
{
	while (n && strcmp(n->name, name) != 0)
		n = n->next;
	return n;
}

static struct name_node *name_add(struct name_node **list, const char *name)
{
	size_t octets = strlen(name) + 1;
	struct name_node *n = calloc(1, sizeof(*n) + octets);

	if (!n)
		return NULL;
	memcpy(n->name, name, octets);
	n->next = *list;
	*list = n;
	return n;
}

bool secrets_first_warning(struct config_secrets *s, const char *path)
{
	return !name_find(s->warned, path) && name_add(&s->warned, path);
}

const struct secret *secrets_env(struct config_secrets *s, const char *name)
{
	struct name_node *n = name_find(s->env, name);
	char *value;

	if (n)
		return n->secret;
	value = getenv(name);
	if (!value || !*value || !(n = name_add(&s->env, name)))
		return NULL;
	n->secret = secret_new(value, strlen(value));
	if (n->secret)
		secret_wipe(value, strlen(value));
	return n->secret;
}

const char *secret_file_path(struct loader *l, const char *name)
{
	const char *folder = l->source->secrets ? l->source->secrets->folder : NULL;

	if (name[0] != '/' && folder)
		return arena_format(l->keep, "%s/%s", folder, name);
	return load_path(l, name);
}

/* Its first line, without the end. */
static struct secret *first_line(struct slice text, const char **words)
{
	struct slice line = slice_cut(&text, '\n');
	struct secret *secret = NULL;

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n == 0)
		*words = "its first line is empty";
	else if (memchr(line.p, '\0', line.n))
		*words = "has a NUL";
	else if (!(secret = secret_new(line.p, line.n)))
		*words = "out of memory";
	return secret;
}

struct secret *secret_file_read(const char *path, bool *readable_by_all, char *err, size_t size)
{
	struct secret *secret = NULL;
	struct buf content;
	struct stat st;
	const char *words = file_read(path, CONFIG_SECRET_OCTETS_MAX, &content, &st);

	if (!words && (st.st_mode & S_IWOTH))
		words = "is world-writable";
	if (!words)
		secret = first_line(buf_slice(&content), &words);
	if (readable_by_all)
		*readable_by_all = secret && (st.st_mode & S_IROTH);
	if (!secret)
		snprintf(err, size, "password file %s: %s", path, words);
	buf_fini(&content);
	return secret;
}

static struct secret *copy(const struct secret *s, const char *from, char *err, size_t size)
{
	struct slice octets = secret_slice(s);
	struct secret *c = s ? secret_new(octets.p, octets.n) : NULL;

	if (!s)
		snprintf(err, size, "no password in the environment variable %s", from);
	else if (!c)
		snprintf(err, size, "out of memory");
	return c;
}

struct secret *config_auth_secret(
	struct config_secrets *s, const struct config_auth *auth, char *err, size_t err_size)
{
	switch (auth->password) {
	case CONFIG_PASSWORD_TEXT:
		return copy(auth->secret, "", err, err_size);
	case CONFIG_PASSWORD_FILE:
		return secret_file_read(auth->password_from, NULL, err, err_size);
	case CONFIG_PASSWORD_ENV:
		return copy(
			secrets_env(s, auth->password_from), auth->password_from, err, err_size);
	case CONFIG_PASSWORD_NONE:
	case CONFIG_PASSWORD_COMMAND:
		break;
	}
	snprintf(err, err_size, "no password that could be read at once");
	return NULL;
}
