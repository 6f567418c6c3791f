/* The module file: what to probe, how, and with which credentials (YAML, CONTRACT section 3).
 *
 * A struct config is an immutable snapshot of one or several files, counted by references. All it
 * hands out is owned by it and lives as long as it does. No printing, no globals; files are read
 * while it is loaded, secret files each time they are used. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/buf.h"
#include "base/secret.h"
#include "net/address.h"
#include "probe/program.h"
#include "report/verdict.h"
#include "tls/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	CONFIG_ERROR_MAX = 1024,	  /* room for any message of this layer */
	CONFIG_FILE_OCTETS_MAX = 4194304, /* of one file */
	CONFIG_SECRET_OCTETS_MAX = 65536, /* of one secret file */
	CONFIG_PORT_PLAIN = 110,	  /* RFC 1939 section 3 */
	CONFIG_PORT_IMPLICIT_TLS = 995,	  /* RFC 8314 section 7 */
};

/* --- what a module says ------------------------------------------------------------------- */

enum config_prober { CONFIG_PROBER_POP3, CONFIG_PROBER_TCP };

/* Where credentials may be used: names, host patterns, addresses, ranges. */
struct config_targets;

enum config_password {
	CONFIG_PASSWORD_NONE, /* mechanism external */
	CONFIG_PASSWORD_TEXT,
	CONFIG_PASSWORD_FILE,
	CONFIG_PASSWORD_ENV,
	CONFIG_PASSWORD_COMMAND,
};

struct config_auth {
	const char *name;     /* in auths:; of a mapping within a module: the module's name */
	bool inline_mapping;  /* stands in a module, cannot be asked for by name */
	const char *username; /* NULL only with AUTH_EXTERNAL */
	const char *authzid;  /* or NULL */
	enum config_password password;
	const char *password_from;   /* file (absolute or as resolved), variable or command; NULL
					with TEXT and NONE */
	const struct secret *secret; /* TEXT alone */
	bool automatic;		     /* mechanism: auto */
	enum auth_mech mech;	     /* when not automatic */
	bool expect_reject;
	bool allow_plaintext;
	uint64_t min_login_interval_ns; /* 0: none */
	const struct config_targets *targets;
};

struct config_label {
	const char *name;
	const char *value; /* with ${1}, ${name} */
};

/* One entry of a blackbox module's query_response. */
struct config_query {
	const char *expect;	      /* NULL: none; unanchored, line by line, as there */
	struct pcre2_real_code_8 *re; /* expect, compiled; a pcre2_code of 8-bit units */
	const char *expect_bytes;     /* NULL: none */
	const char *send;	      /* NULL: none; LF is added; ${1}, ${name} are replaced */
	bool starttls;
	const struct config_label *labels;
	size_t label_count;
	bool secret; /* what is sent holds a credential (PASS, APOP, AUTH and what follows it) */
};

struct config_module {
	const char *name;
	enum config_prober prober;
	bool built_in;
	uint64_t timeout_ns; /* 0: none of its own */

	enum probe_tls_mode tls_mode; /* tcp: IMPLICIT with `tls: true`, else NONE; an upgrade
					 there is a query with starttls */
	struct tls_settings tls;      /* verify, ca_path, cert_file, key_file, min, max */
	const char *server_name;      /* NULL: hostname= or the target's */

	enum net_family preferred; /* default NET_FAMILY_6, as blackbox */
	bool family_fallback; /* default true: the other family when there is no such address */
	const char *source;   /* literal to bind to; NULL: none */
	int proxy_protocol;   /* 0 none, 1, 2 */

	/* pop3 */
	const struct config_auth *auth; /* NULL: none */
	struct report_policy policy; /* limits, states, require and forbid; cert_critical_days from
					fail_if_cert_expires_within */
	bool stat;
	bool greeting_metric, capability_metric;

	/* tcp */
	const struct config_query *queries;
	size_t query_count;
	const struct config_targets *targets; /* NULL: any; set when a query sends credentials */
	bool allow_plaintext;
};

/* 110 or 995 by the TLS mode; 0 for a tcp module, whose targets must name one. */
uint16_t config_module_port(const struct config_module *m);

/* --- secrets ------------------------------------------------------------------------------ */

/* What outlives a snapshot: variables taken out of the environment (they are overwritten there,
 * since /proc shows it), and which files were warned about. One a process. */
struct config_secrets;

/* credentials_directory: where relative names of secret files are looked up; NULL: in the folder of
 * the module file that names them. Copied. NULL: no memory. */
struct config_secrets *config_secrets_new(const char *credentials_directory);
void config_secrets_free(struct config_secrets *s); /* NULL allowed; wipes */

/* The password of auth as it is now, to be freed by the caller; files are read anew. NULL with one
 * line in err: the file is missing, unreadable, world-writable, no regular file, empty or too
 * large, or memory is short. Not for CONFIG_PASSWORD_NONE and CONFIG_PASSWORD_COMMAND (whoever has
 * a loop runs password_from with net_command_argv and net_command_start). */
struct secret *config_auth_secret(
	struct config_secrets *s, const struct config_auth *auth, char *err, size_t err_size);

/* --- where credentials may go ------------------------------------------------------------- */

enum config_allow {
	CONFIG_ALLOW_NO,
	CONFIG_ALLOW_YES,
	CONFIG_ALLOW_BY_ADDRESS, /* no name fits: each address must pass *_allows_address */
};

/* Before DNS: host is what the probe dials, a name or a literal (brackets allowed). A literal is
 * judged at once, by the ranges. */
enum config_allow config_auth_allows(const struct config_auth *auth, const char *host);
/* After DNS, for CONFIG_ALLOW_BY_ADDRESS: whether a range holds this address. */
bool config_auth_allows_address(const struct config_auth *auth, const struct sockaddr *sa);
/* The name that is verified instead of the host (server_name, hostname=) must fit, too: a
 * certificate of another host's is worth nothing. NULL or the host itself: true. */
bool config_auth_allows_server_name(
	const struct config_auth *auth, const char *host, const char *server_name);
/* The same for the targets of a tcp module; NULL allows all. */
enum config_allow config_targets_allow(const struct config_targets *t, const char *host);
bool config_targets_allow_address(const struct config_targets *t, const struct sockaddr *sa);

/* --- snapshots ---------------------------------------------------------------------------- */

struct config_source {
	const char *pattern;		/* a file or a glob; NULL: the built-in modules alone */
	struct config_secrets *secrets; /* borrowed during the load */
	const struct tls_ops *tls; /* CA, certificate and key files are tried as a probe would use
				      them; NULL: they are only opened */
	/* One line each: a skipped module, a world-readable secret file. NULL allowed. */
	void (*note)(void *arg, const char *line);
	void *note_arg;
};

struct config;

/* A snapshot with one reference, or NULL with one line in err (CONFIG_ERROR_MAX octets):
 * "file:line:column: message", or "file: message" when the file cannot be read. */
struct config *config_load(const struct config_source *s, char err[CONFIG_ERROR_MAX]);
struct config *config_ref(struct config *c); /* returns c */
void config_unref(struct config *c);	     /* NULL allowed */

/* NULL when there is none of that name. Built-in: pop3, pop3s, pop3_stls; a file may redefine
 * them. */
const struct config_module *config_module(const struct config *c, const char *name);
const struct config_auth *config_auth(const struct config *c, const char *name);
/* The prober ("http", "icmp", "dns", "grpc", "unix", "websocket") of a module that was skipped, or
 * NULL. */
const char *config_foreign_prober(const struct config *c, const char *name);

/* In the order of the files, the built-in ones that no file redefines first. */
size_t config_module_count(const struct config *c);
const struct config_module *config_module_at(const struct config *c, size_t i);
size_t config_auth_count(const struct config *c);
const struct config_auth *config_auth_at(const struct config *c, size_t i);

/* The module nearest in spelling to name, for "did you mean"; NULL when none is near. */
const char *config_nearest_module(const struct config *c, const char *name);
const char *config_nearest_auth(const struct config *c, const char *name);

/* All that is in force as YAML, defaults included, secrets as "<secret>". False: out is full. */
bool config_dump(const struct config *c, struct buf *out);
/* One module in the same way; server_name (hostname=) replaces its own when not NULL. */
bool config_dump_module(const struct config_module *m, const char *server_name, struct buf *out);

/* --- changes ------------------------------------------------------------------------------ */

/* A checksum over names and content of the files that pattern stands for: it differs when one was
 * changed, added, removed or renamed. False with a line in err: no file, a directory, unreadable.
 */
bool config_checksum(const char *pattern, uint64_t *out, char err[CONFIG_ERROR_MAX]);
/* Of the files as they were when loaded; 0 with no file. */
uint64_t config_loaded_checksum(const struct config *c);

#endif
