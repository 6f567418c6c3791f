/* Where trust comes from: the system's CA certificates, a file or a directory of them, and CRLs. */
#include "tls/internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	/* A file smaller than this is decoded at once: an error in it is then told at the start. */
	LAZY_OCTETS_MIN = 64 << 10,
	HASH_DIGITS = 8, /* of a link's name, "5ad8a5d6.0" */
};

/* Where errors go. */
struct report {
	char *err;
	size_t size;
};

static bool fail(const struct report *r, const char *what, const char *file, const char *why)
{
	return tls_config_error(r->err, r->size, what, file, why);
}

/* A PEM block may claim to be encrypted; nobody is asked for its passphrase. */
static int refuse_passphrase(char *p, int size, int writing, void *arg)
{
	(void)p;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* Whether reading stopped at the end of the file, not at a broken block. */
static bool at_pem_end(void)
{
	unsigned long e = ERR_peek_last_error();
	bool end = ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;

	ERR_clear_error();
	return end;
}

/* Both return how many were added, or -1 for a broken block. */
static int add_certificates(X509_STORE *store, BIO *pem)
{
	int count = 0;
	X509 *x;

	while ((x = PEM_read_bio_X509_AUX(pem, NULL, refuse_passphrase, NULL))) {
		int added = X509_STORE_add_cert(store, x);

		X509_free(x);
		if (!added)
			return -1;
		count++;
	}
	return at_pem_end() ? count : -1;
}

static int add_crls(X509_STORE *store, BIO *pem)
{
	int count = 0;
	X509_CRL *crl;

	while ((crl = PEM_read_bio_X509_CRL(pem, NULL, refuse_passphrase, NULL))) {
		int added = X509_STORE_add_crl(store, crl);

		X509_CRL_free(crl);
		if (!added)
			return -1;
		count++;
	}
	return at_pem_end() ? count : -1;
}

static int add_text(
	X509_STORE *store, const char *text, size_t n, int (*add)(X509_STORE *store, BIO *pem))
{
	BIO *pem = BIO_new_mem_buf(text, (int)n);
	int count;

	if (!pem)
		return -1;
	ERR_clear_error();
	count = add(store, pem);
	BIO_free(pem);
	return count;
}

static bool use_bundle(struct tls_config *c, X509_STORE *store, char *text, size_t n, bool indexed)
{
	c->bundle = tls_bundle_new(text, n, indexed);
	if (!c->bundle)
		return false;
	X509_STORE_set_get_issuer(store, tls_verify_get_issuer);
	X509_STORE_set_lookup_certs(store, tls_verify_lookup_certs);
	return true;
}

static bool use_file(struct tls_config *c, X509_STORE *store, const char *path, bool indexed,
	const struct report *r)
{
	struct buf file;
	const char *why = tls_file_read(&file, path);
	const char *text = (const char *)file.p;
	int count;

	if (why)
		return fail(r, "CA file", path, why);
	/* Certificates with trust settings have another label, which the search does not know. */
	if (file.n >= LAZY_OCTETS_MIN && !memmem(text, file.n, "-----BEGIN TRUSTED ", 19)) {
		if (use_bundle(c, store, (char *)file.p, file.n, indexed))
			return true;
		return fail(r, "CA file", path, "no PEM certificate in it that can be read");
	}
	count = add_text(store, text, file.n, add_certificates);
	buf_fini(&file);
	if (count < 0)
		return fail(r, "CA file", path, "a certificate in it cannot be read");
	return count > 0 || fail(r, "CA file", path, "no PEM certificate in it");
}

/* "5ad8a5d6.0", as openssl rehash names its links. */
static bool is_hash_link(const char *name)
{
	for (int i = 0; i < HASH_DIGITS; i++)
		if (!isxdigit((unsigned char)name[i]))
			return false;
	return name[HASH_DIGITS] == '.' && isdigit((unsigned char)name[HASH_DIGITS + 1]);
}

static bool has_hash_links(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (!d)
		return false;
	while (!found && (entry = readdir(d)))
		found = is_hash_link(entry->d_name);
	closedir(d);
	return found;
}

/* A list as SSL_CERT_DIR may hold: one directory with links is enough. */
static bool any_has_hash_links(const char *list)
{
	char *copy = strdup(list), *rest = copy, *path;
	bool found = false;

	while (!found && (path = strsep(&rest, ":")))
		found = has_hash_links(path);
	free(copy);
	return found;
}

static bool use_directory(X509_STORE *store, const char *path)
{
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());

	return lookup && X509_LOOKUP_add_dir(lookup, path, X509_FILETYPE_PEM) == 1;
}

static const char *environment(const char *name)
{
	const char *value = secure_getenv(name);

	return value && *value ? value : NULL;
}

/* As OpenSSL's own default, but for the file, which is read only when it is named in the
 * environment or the directory has nothing. A system without CAs is no error: then nothing is
 * trusted. */
static bool use_system(struct tls_config *c, X509_STORE *store, bool indexed)
{
	const char *dir = environment(X509_get_default_cert_dir_env());
	const char *file = environment(X509_get_default_cert_file_env());
	char ignored[TLS_ERROR_OCTETS_MAX];
	struct report quiet = {ignored, sizeof(ignored)};
	bool have_dir, have_file;

	if (!dir)
		dir = X509_get_default_cert_dir();
	have_dir = any_has_hash_links(dir);
	if (have_dir && !use_directory(store, dir))
		return false;
	if (!file && !have_dir)
		file = X509_get_default_cert_file();
	have_file = file && use_file(c, store, file, indexed, &quiet);
	c->no_ca = !have_dir && !have_file;
	return true;
}

static bool use_path(struct tls_config *c, X509_STORE *store, const struct tls_settings *s,
	const struct report *r)
{
	struct stat st;

	if (stat(s->ca_path, &st) != 0)
		return fail(r, "CA file", s->ca_path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return use_file(c, store, s->ca_path, !s->one_shot, r);
	if (!has_hash_links(s->ca_path))
		return fail(r, "CA directory", s->ca_path,
			"no hash links in it; run `openssl rehash` on it");
	return use_directory(store, s->ca_path) || fail(r, "CA directory", s->ca_path, NULL);
}

static bool use_crls(X509_STORE *store, const char *path, const struct report *r)
{
	struct buf file;
	const char *why = tls_file_read(&file, path);
	int count;

	if (why)
		return fail(r, "CRL file", path, why);
	count = add_text(store, (const char *)file.p, file.n, add_crls);
	buf_fini(&file);
	if (count < 0)
		return fail(r, "CRL file", path, "a CRL in it cannot be read");
	if (count == 0)
		return fail(r, "CRL file", path, "no PEM CRL in it");
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return true;
}

bool tls_store_init(struct tls_config *c, const struct tls_settings *s, char *err, size_t err_size)
{
	X509_STORE *store = SSL_CTX_get_cert_store(c->ctx);
	struct report r = {err, err_size};

	/* Whoever gives an intermediate as a CA trusts it, as in Go and curl. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	if (s->ca_path && !use_path(c, store, s, &r))
		return false;
	if (!s->ca_path && !use_system(c, store, !s->one_shot))
		return fail(&r, "system's CA directory", NULL, NULL);
	return !s->crl_file || use_crls(store, s->crl_file, &r);
}
