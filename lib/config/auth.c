/* auths: and auth: — an account, its password's source, and where it may be used. */
#include "base/secret.h"
#include "config/load.h"
#include "net/command.h"

#include <string.h>
#include <sys/stat.h>

static bool set_username(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;

	return load_text(l, n, &a->username);
}

static bool set_authzid(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;

	return load_text(l, n, &a->authzid);
}

static bool source(struct loader *l, const struct tree_node *n, struct config_auth *a,
	enum config_password password)
{
	if (a->password != CONFIG_PASSWORD_NONE)
		return load_fail(l, n,
			"only one of password, password_file, password_env and password_command");
	a->password = password;
	return true;
}

/* A module file with a password in it is a secret file itself. */
static bool check_own_mode(struct loader *l, const struct tree_node *n)
{
	struct config_file *f = l->file;

	if (f->mode & S_IWOTH)
		return load_fail(l, n, "a password in a file that is world-writable");
	if ((f->mode & S_IROTH) && l->source->secrets &&
		secrets_first_warning(l->source->secrets, f->path))
		load_note(l, "%s has a password in it and is world-readable", f->path);
	return true;
}

static bool set_password(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;

	if (!source(l, n, a, CONFIG_PASSWORD_TEXT) || !check_own_mode(l, n))
		return false;
	if (n->kind != TREE_SCALAR)
		return load_fail(l, n, "password needs a text");
	if (n->n == 0 || tree_is_null(n))
		return load_fail(l, n, "password is empty");
	if (strpbrk(n->text, "\r\n"))
		return load_fail(l, n, "password has a line end");
	a->secret = load_keep_secret(l, secret_new(n->text, n->n));
	return a->secret || load_no_memory(l);
}

static bool set_password_file(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;
	char words[CONFIG_ERROR_MAX];
	bool readable_by_all;
	struct secret *secret;
	const char *name;

	if (!source(l, n, a, CONFIG_PASSWORD_FILE) || !load_text(l, n, &name))
		return false;
	a->password_from = secret_file_path(l, name);
	if (!a->password_from)
		return load_no_memory(l);
	secret = secret_file_read(a->password_from, &readable_by_all, words, sizeof(words));
	if (!secret)
		return load_fail(l, n, "%s", words);
	secret_free(secret);
	if (readable_by_all && l->source->secrets &&
		secrets_first_warning(l->source->secrets, a->password_from))
		load_note(l, "password file %s is world-readable", a->password_from);
	return true;
}

static bool set_password_env(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;

	if (!source(l, n, a, CONFIG_PASSWORD_ENV) || !load_text(l, n, &a->password_from))
		return false;
	if (l->source->secrets && secrets_env(l->source->secrets, a->password_from))
		return true;
	return load_fail(l, n, "no password in the environment variable %s", a->password_from);
}

/* Words of a list, quoted so that net_command_argv gives them back. */
static bool quote(struct loader *l, const struct tree_node *n, struct buf *out)
{
	bool ok = true;

	for (size_t i = 0; i < n->count; i++) {
		const struct tree_node *word = n->pairs[i].value;

		if (word->kind != TREE_SCALAR)
			return load_fail(l, word, "needs a text");
		ok = ok && buf_add_str(out, i ? " '" : "'");
		for (const char *p = word->text; *p; p++)
			ok = ok && (*p == '\'' ? buf_add_str(out, "'\\''") : buf_add_char(out, *p));
		ok = ok && buf_add_char(out, '\'');
	}
	return ok || load_fail(l, n, "the command is too long");
}

static bool set_password_command(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;
	const char *why = NULL;
	struct buf text;
	char **argv;

	if (!source(l, n, a, CONFIG_PASSWORD_COMMAND))
		return false;
	buf_init(&text, CONFIG_SECRET_OCTETS_MAX);
	if (n->kind != TREE_SEQUENCE)
		(void)load_text(l, n, &a->password_from);
	else if (quote(l, n, &text))
		a->password_from = arena_copy(l->keep, buf_str(&text), text.n);
	buf_fini(&text);
	if (!a->password_from)
		return load_no_memory(l);
	argv = net_command_argv(a->password_from, &why);
	if (!argv)
		return load_fail(l, n, "password_command: %s", why ? why : "out of memory");
	net_command_argv_free(argv);
	return true;
}

static bool set_mechanism(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;
	const char *text, *near, *names[AUTH_MECH_COUNT + 1] = {"auto"};

	if (!load_text(l, n, &text))
		return false;
	a->automatic = strcmp(text, "auto") == 0;
	if (a->automatic || auth_mech_parse(text, &a->mech))
		return true;
	for (size_t i = 0; i < AUTH_MECH_COUNT; i++)
		names[i + 1] = auth_mech_info((enum auth_mech)i)->option;
	near = load_nearest(text, names, AUTH_MECH_COUNT + 1, sizeof(names[0]));
	return load_fail(l, n, "unknown mechanism \"%.80s\"%s%s%s", text,
		near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static bool set_expect(struct loader *l, const struct tree_node *n, void *into)
{
	static const char *const words[] = {"accept", "reject"};
	struct config_auth *a = into;
	size_t i;

	if (!load_word(l, n, words, 2, &i))
		return false;
	a->expect_reject = i == 1;
	return true;
}

static bool set_allow_plaintext(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;

	return load_bool(l, n, &a->allow_plaintext);
}

static bool set_targets(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;

	return load_targets(l, n, &a->targets);
}

static bool set_interval(struct loader *l, const struct tree_node *n, void *into)
{
	struct config_auth *a = into;

	return load_duration(l, n, &a->min_login_interval_ns);
}

static const struct load_key keys[] = {
	{"username", set_username},
	{"password", set_password},
	{"password_file", set_password_file},
	{"password_env", set_password_env},
	{"password_command", set_password_command},
	{"mechanism", set_mechanism},
	{"authzid", set_authzid},
	{"expect", set_expect},
	{"allow_plaintext", set_allow_plaintext},
	{"targets", set_targets},
	{"min_login_interval", set_interval},
};

static bool check(struct loader *l, const struct tree_node *n, const struct config_auth *a)
{
	const struct auth_mech_info *mech = a->automatic ? NULL : auth_mech_info(a->mech);
	bool secret = !mech || mech->needs_secret;

	if (!a->username && secret)
		return load_fail(l, n, "username is missing");
	if (secret && a->password == CONFIG_PASSWORD_NONE)
		return load_fail(l, n,
			"no password: one of password, password_file, password_env and "
			"password_command");
	if (!secret && a->password != CONFIG_PASSWORD_NONE)
		return load_fail(l, n, "mechanism %s takes no password", mech->option);
	if (a->authzid && mech && !mech->carries_authzid)
		return load_fail(l, tree_get(n, "authzid"), "mechanism %s cannot carry authzid",
			mech->option);
	if (!a->targets)
		return load_fail(l, n,
			"targets are missing: the hosts that these credentials may be used on, or "
			"\"any\"");
	return true;
}

const struct config_auth *load_auth(
	struct loader *l, const struct tree_node *n, const char *name, bool inline_mapping)
{
	struct config_auth *a = arena_alloc(l->keep, 1, sizeof(*a));

	if (!a) {
		load_no_memory(l);
		return NULL;
	}
	*a = (struct config_auth){
		.name = name, .inline_mapping = inline_mapping, .automatic = true};
	if (!load_keys(l, n, keys, sizeof(keys) / sizeof(keys[0]),
		    inline_mapping ? "auth" : "an auth", a) ||
		!check(l, n, a))
		return NULL;
	return a;
}
