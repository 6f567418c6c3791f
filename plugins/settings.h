/* The command line, understood: what to check, how, and what it means. */
#ifndef PLUGINS_SETTINGS_H
#define PLUGINS_SETTINGS_H

#include "base/buf.h"
#include "base/secret.h"
#include "net/address.h"
#include "options.h"
#include "pop3/sasl.h"
#include "report/verdict.h"
#include "service.h"
#include "tls/tls.h"
#include "words.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	SETTINGS_PATTERNS_MAX = 32,
	SETTINGS_PINS_MAX = 16,
	SETTINGS_NAMES_MAX = 64, /* capabilities of --capa, and of --capa-forbid */
	SETTINGS_REPORTS_MAX = 8,
	SETTINGS_SECONDS_MAX = 86400,
	SETTINGS_PROBLEM_MAX = 320,
};

enum output_format {
	FORMAT_CLASSIC,
	FORMAT_MULTI_LINE,
	FORMAT_MP_TEST_JSON,
	FORMAT_JSON,
	FORMAT_PROMETHEUS,
	FORMAT_TAP,
	FORMAT_JUNIT,
	FORMAT_COUNT,
};

enum verify_choice { VERIFY_BY_NAME, VERIFY_YES, VERIFY_NO };

enum auth_choice { AUTH_CHOICE_AUTO, AUTH_CHOICE_EACH, AUTH_CHOICE_ONE };

struct report_target {
	enum output_format format;
	const char *path;
};

struct name_list {
	const char *v[SETTINGS_NAMES_MAX];
	size_t n;
};

/* Texts are borrowed from the argument list that was parsed, unless said otherwise. */
struct settings {
	struct service service;

	const char *host;	/* -H; NULL: not given */
	const char *positional; /* the first argument that is no option */
	uint16_t port;		/* 0: not given */
	enum net_family family;
	unsigned long timeout_s, wait_s; /* wait_s 0: no --wait */

	bool escape;
	struct buf send, quit; /* owned */
	bool has_send, has_quit;
	struct slice patterns[SETTINGS_PATTERNS_MAX];
	size_t pattern_count;
	bool all, jail;
	unsigned long max_octets, delay_s;

	bool stls, ssl, certificate; /* certificate: -D was given */
	const char *sni;
	enum verify_choice verify;
	const char *ca, *crl, *cert, *key;
	enum tls_version tls_min, tls_max;
	unsigned char pins[SETTINGS_PINS_MAX][32];
	unsigned char fingerprints[SETTINGS_PINS_MAX][32];
	size_t pin_count, fingerprint_count;

	const char *user, *authz;
	const char *pass_file, *pass_env, *pass_command;
	struct secret *pass; /* owned; -P */
	enum auth_choice auth;
	enum auth_mech mech; /* AUTH_CHOICE_ONE */
	bool auth_given, expect_reject, allow_plaintext, two_line;

	struct name_list capa, capa_forbid;
	struct words owned; /* the names of both lists */

	struct report_policy policy; /* its lists point into capa and capa_forbid */
	enum probe_severity fail_on;

	enum output_format format;
	struct report_target reports[SETTINGS_REPORTS_MAX];
	size_t report_count;
	unsigned verbose;

	bool help, version;
	bool new_option;       /* one was used that check_pop does not have */
	struct words extra;    /* words of --extra-opts that texts point into */
	struct words warnings; /* to be told on further lines */
	/* What is wrong with the command line, "" when nothing; the first fault found. */
	char problem[SETTINGS_PROBLEM_MAX];
};

/* Parses the n words of a command line (without the program's name). Options of --extra-opts come
 * first, whatever their place. Goes on behind a fault, so that --report is known even then.
 * Everything is kept in s; settings_fini frees it. -P is copied and overwritten where it stood. */
void settings_parse(struct settings *s, const char *argv0, char *const *argv, size_t n);
void settings_fini(struct settings *s);

/* What follows from the options together. */
enum probe_tls_mode settings_tls_mode(const struct settings *s);
uint16_t settings_port(const struct settings *s);
const char *settings_dial_host(const struct settings *s); /* never NULL */
bool settings_is_socket(const struct settings *s);
/* A dialogue of POP3 commands, rather than check_pop's raw matching. */
bool settings_dialogue(const struct settings *s);
/* The short line of check_pop, without reasons and with `time` alone. */
bool settings_classic_only(const struct settings *s);
enum tls_verify_mode settings_verify(const struct settings *s);
/* A login is asked for and its mechanism is known not to need a secret. */
bool settings_needs_secret(const struct settings *s);
/* Does the run need OpenSSL? */
bool settings_needs_tls(const struct settings *s);

#endif
