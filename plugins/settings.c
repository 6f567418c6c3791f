#include "settings.h"
#include "report.h"

#include "argv.h"
#include "base/text.h"
#include "check_settings.h"
#include "ini.h"
#include "read_file.h"
#include "setters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum setter_kind {
	SET_NOTHING, /* accepted and ignored */
	SET_FLAG,    /* a bool at `offset` becomes true */
	SET_TEXT,    /* a const char * at `offset` */
	SET_CALL,
};

struct setter {
	enum setter_kind kind;
	size_t offset;
	const char *(*call)(struct settings *s, char *value);
};

#define FLAG(member)                                                                               \
	{                                                                                          \
		SET_FLAG, offsetof(struct settings, member), NULL                                  \
	}
#define TEXT(member)                                                                               \
	{                                                                                          \
		SET_TEXT, offsetof(struct settings, member), NULL                                  \
	}
#define CALL(function)                                                                             \
	{                                                                                          \
		SET_CALL, 0, function                                                              \
	}

static const struct setter setters[OPTION_COUNT] = {
	[OPTION_HELP] = FLAG(help),
	[OPTION_VERSION] = FLAG(version),
	[OPTION_VERBOSE] = CALL(set_verbose),
	[OPTION_HOSTNAME] = TEXT(host),
	[OPTION_PORT] = CALL(set_port),
	[OPTION_USE_IPV4] = CALL(set_ipv4),
	[OPTION_USE_IPV6] = CALL(set_ipv6),
	[OPTION_TIMEOUT] = CALL(set_timeout),
	[OPTION_WAIT] = CALL(set_wait),
	[OPTION_ESCAPE] = FLAG(escape),
	[OPTION_SEND] = CALL(set_send),
	[OPTION_EXPECT] = CALL(set_expect),
	[OPTION_ALL] = FLAG(all),
	[OPTION_QUIT] = CALL(set_quit),
	[OPTION_REFUSE] = CALL(set_refuse),
	[OPTION_MISMATCH] = CALL(set_mismatch),
	[OPTION_JAIL] = FLAG(jail),
	[OPTION_MAXBYTES] = CALL(set_maxbytes),
	[OPTION_DELAY] = CALL(set_delay),
	[OPTION_STLS] = FLAG(stls),
	[OPTION_SSL] = FLAG(ssl),
	[OPTION_CERTIFICATE] = CALL(set_certificate),
	[OPTION_SNI] = TEXT(sni),
	[OPTION_TLS_VERIFY] = CALL(set_tls_verify),
	[OPTION_TLS_CA] = TEXT(ca),
	[OPTION_TLS_CRL] = TEXT(crl),
	[OPTION_TLS_MIN] = CALL(set_tls_min),
	[OPTION_TLS_MAX] = CALL(set_tls_max),
	[OPTION_TLS_CERT] = TEXT(cert),
	[OPTION_TLS_KEY] = TEXT(key),
	[OPTION_TLS_PIN] = CALL(set_tls_pin),
	[OPTION_TLS_FINGERPRINT] = CALL(set_tls_fingerprint),
	[OPTION_USER] = TEXT(user),
	[OPTION_PASS_FILE] = TEXT(pass_file),
	[OPTION_PASS_ENV] = TEXT(pass_env),
	[OPTION_PASS_COMMAND] = TEXT(pass_command),
	[OPTION_PASS] = CALL(set_pass),
	[OPTION_AUTH] = CALL(set_auth),
	[OPTION_AUTHZ] = TEXT(authz),
	[OPTION_AUTH_EXPECT] = CALL(set_auth_expect),
	[OPTION_AUTH_TWO_LINE] = FLAG(two_line),
	[OPTION_ALLOW_PLAINTEXT] = FLAG(allow_plaintext),
	[OPTION_CAPA] = CALL(set_capa),
	[OPTION_CAPA_FORBID] = CALL(set_capa_forbid),
	[OPTION_WARNING] = CALL(set_warning),
	[OPTION_CRITICAL] = CALL(set_critical),
	[OPTION_LIMIT] = CALL(set_limit),
	[OPTION_STATE] = CALL(set_state),
	[OPTION_FAIL_ON] = CALL(set_fail_on),
	[OPTION_OUTPUT_FORMAT] = CALL(set_output_format),
	[OPTION_REPORT] = CALL(set_report),
};

/* The first fault counts: check_pop stops there. */
static void fault(struct settings *s, const char *words, const char *what)
{
	struct buf shown;

	if (*s->problem)
		return;
	buf_init(&shown, 1024);
	/* The words, too, may hold what a file or an argument says. */
	(void)text_printable(&shown, slice_str(words), 400, TEXT_NO_PIPE);
	if (what)
		(void)buf_add_str(&shown, " - ");
	(void)text_printable(&shown, slice_str(what), 100, TEXT_NO_PIPE);
	snprintf(s->problem, sizeof(s->problem), "%s", buf_str(&shown));
	buf_fini(&shown);
}

static void apply(struct settings *s, enum option_id id, char *value)
{
	const struct setter *setter = &setters[id];
	char *member = (char *)s + setter->offset;
	const char *words = NULL;

	if (!option_info(id)->compat)
		s->new_option = true;
	switch (setter->kind) {
	case SET_NOTHING:
		break;
	case SET_FLAG:
		*(bool *)(void *)member = true;
		break;
	case SET_TEXT:
		*(const char **)(void *)member = value;
		break;
	case SET_CALL:
		words = setter->call(s, value);
		break;
	}
	if (words)
		fault(s, words, id == OPTION_PASS ? NULL : value);
}

/* Only what --extra-opts says: its options go before all others. */
static void load_extra_opts(struct settings *s, char *const *argv, size_t n)
{
	struct argv_parser p;
	struct argv_item item;
	char problem[INI_PROBLEM_MAX], warning[INI_PROBLEM_MAX];
	/* For all of them together: a check may not hang before its own deadline counts. */
	uint64_t deadline_ns = read_file_deadline_ns();

	argv_parser_init(&p, argv, n);
	while ((item = argv_parser_next(&p)).kind != ARGV_END) {
		if (item.kind != ARGV_OPTION || item.id != OPTION_EXTRA_OPTS)
			continue;
		if (!ini_extra_opts(item.value, s->service.program, deadline_ns, &s->extra, problem,
			    warning))
			fault(s, problem, NULL);
		else if (*warning)
			lines_addf(&s->warnings, "%s", warning);
	}
}

static void parse_words(struct settings *s, char *const *argv, size_t n)
{
	struct argv_parser p;
	struct argv_item item;

	argv_parser_init(&p, argv, n);
	while ((item = argv_parser_next(&p)).kind != ARGV_END) {
		if (item.kind == ARGV_ERROR)
			fault(s, p.problem, NULL);
		else if (item.kind == ARGV_OPTION)
			apply(s, item.id, item.value);
		else if (!s->positional)
			s->positional = item.value;
	}
}

static void defaults(struct settings *s, const char *argv0)
{
	*s = (struct settings){.timeout_s = 10, .fail_on = SEVERITY_WARNING};
	service_init(&s->service, argv0);
	buf_init(&s->send, 65536);
	buf_init(&s->quit, 65536);
	report_policy_init(&s->policy);
	/* Under the new names each reason has its own state: [SYS/TEMP] is a warning. */
	s->policy.has_mismatch = s->service.old_name;
	s->policy.mismatch = SEVERITY_WARNING;
}

void settings_parse(struct settings *s, const char *argv0, char *const *argv, size_t n)
{
	defaults(s, argv0);
	if (n == 0)
		fault(s, "No arguments found", NULL);
	load_extra_opts(s, argv, n);
	parse_words(s, s->extra.v, s->extra.n);
	parse_words(s, argv, n);
	s->policy.require_capabilities = s->capa.v;
	s->policy.require_count = s->capa.n;
	s->policy.forbid_capabilities = s->capa_forbid.v;
	s->policy.forbid_count = s->capa_forbid.n;
	if (!*s->problem)
		settings_check(s, fault);
}

void settings_fini(struct settings *s)
{
	buf_fini(&s->send);
	buf_fini(&s->quit);
	secret_free(s->pass);
	words_fini(&s->owned);
	words_fini(&s->extra);
	words_fini(&s->warnings);
}
