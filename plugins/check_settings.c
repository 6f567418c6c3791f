/* What follows from the options together, and which of them exclude each other: an option that
 * cannot be honoured is an error, never ignored. */
#include "check_settings.h"

#include <string.h>

bool settings_is_socket(const struct settings *s)
{
	return settings_dial_host(s)[0] == '/';
}

const char *settings_dial_host(const struct settings *s)
{
	if (s->host)
		return s->host;
	return s->positional ? s->positional : "127.0.0.1";
}

enum probe_tls_mode settings_tls_mode(const struct settings *s)
{
	if (s->stls)
		return PROBE_TLS_STLS;
	if (s->service.implicit_tls || s->ssl || s->sni || s->certificate)
		return PROBE_TLS_IMPLICIT;
	return PROBE_TLS_NONE;
}

uint16_t settings_port(const struct settings *s)
{
	if (settings_is_socket(s))
		return 0;
	if (s->port)
		return s->port;
	if (!s->service.old_name && settings_tls_mode(s) == PROBE_TLS_IMPLICIT)
		return 995;
	return s->stls ? 110 : s->service.port;
}

bool settings_dialogue(const struct settings *s)
{
	return s->user || s->stls || s->capa.n || s->capa_forbid.n;
}

bool settings_classic_only(const struct settings *s)
{
	return s->service.old_name && !s->new_option;
}

enum tls_verify_mode settings_verify(const struct settings *s)
{
	if (s->verify == VERIFY_YES)
		return TLS_VERIFY_REQUIRE;
	if (s->verify == VERIFY_NO)
		return TLS_VERIFY_REPORT;
	return !s->service.old_name || s->user ? TLS_VERIFY_REQUIRE : TLS_VERIFY_OFF;
}

bool settings_needs_secret(const struct settings *s)
{
	if (!s->user)
		return false;
	return s->auth != AUTH_CHOICE_ONE || auth_mech_info(s->mech)->needs_secret;
}

bool settings_needs_tls(const struct settings *s)
{
	if (settings_tls_mode(s) != PROBE_TLS_NONE)
		return true;
	if (!s->user)
		return false;
	/* A SASL mechanism prepares a password beyond ASCII (RFC 4013), which is not known yet. */
	return s->auth != AUTH_CHOICE_ONE || auth_mech_info(s->mech)->needs_crypto ||
	       auth_mech_info(s->mech)->is_sasl;
}

/* --- what excludes each other ------------------------------------------------------------------
 */

static const char *tls_conflict(const struct settings *s)
{
	enum probe_tls_mode mode = settings_tls_mode(s);
	bool verify = settings_verify(s) == TLS_VERIFY_REQUIRE;

	/* As an empty name nothing would be sent and nothing be verified. */
	if (s->sni && !*s->sni)
		return "--sni needs a name";
	if (s->stls && s->ssl)
		return "STLS and implicit TLS exclude each other";
	/* Settings may stand in a definition for all modes; a promise that cannot be kept may not.
	 */
	if (mode == PROBE_TLS_NONE && (s->pin_count || s->fingerprint_count))
		return "A pin or fingerprint needs TLS: add -S or --stls";
	if (s->tls_min && s->tls_max && s->tls_min > s->tls_max)
		return "The lowest TLS version is above the highest";
	if (s->key && !s->cert)
		return "A key needs its certificate: add --tls-cert";
	if (s->crl && settings_verify(s) == TLS_VERIFY_OFF)
		return "A revocation list needs verification: add --tls-verify yes";
	if (mode != PROBE_TLS_NONE && verify && settings_is_socket(s) && !s->sni)
		return "A UNIX socket has no name to verify: add --sni NAME";
	return NULL;
}

static bool limited(const struct settings *s, enum probe_measure m)
{
	return s->policy.limits[m].has_warning || s->policy.limits[m].has_critical;
}

/* A threshold that nothing can ever meet would be green for ever. */
static const char *limit_conflict(const struct settings *s)
{
	static const enum probe_measure of_login[] = {
		MEASURE_TIME_AUTH, MEASURE_TIME_STAT, MEASURE_MESSAGES, MEASURE_OCTETS};
	static const enum probe_measure of_tls[] = {MEASURE_TIME_TLS, MEASURE_CERT_DAYS};

	for (size_t i = 0; !s->user && i < sizeof(of_login) / sizeof(of_login[0]); i++)
		if (limited(s, of_login[i]))
			return "--limit names what only a login measures: add -U";
	for (size_t i = 0; settings_tls_mode(s) == PROBE_TLS_NONE && i < 2; i++)
		if (limited(s, of_tls[i]))
			return "--limit names what only TLS measures: add -S or --stls";
	if (!s->stls && limited(s, MEASURE_TIME_STLS))
		return "--limit names what only STLS measures: add --stls";
	return NULL;
}

static int secret_sources(const struct settings *s)
{
	return (s->pass != NULL) + (s->pass_file != NULL) + (s->pass_env != NULL) +
	       (s->pass_command != NULL);
}

static const char *login_conflict(const struct settings *s)
{
	int sources = secret_sources(s);

	if (!s->user && (sources || s->auth_given || s->authz || s->expect_reject))
		return "A login needs a user: add -U";
	if (s->user && !*s->user)
		return "-U needs a name";
	if (s->pass && secret_slice(s->pass).n == 0)
		return "The password is empty";
	if (sources > 1)
		return "More than one password given";
	if (settings_needs_secret(s) && !sources)
		return "A login needs a password: add --pass-file, --pass-env or --pass-command";
	if (s->user && !settings_needs_secret(s) && sources)
		return "The mechanism takes no password";
	if (s->authz && s->auth == AUTH_CHOICE_ONE && !auth_mech_info(s->mech)->carries_authzid)
		return "The mechanism does not carry --authz";
	if (s->expect_reject && s->auth == AUTH_CHOICE_EACH)
		return "--auth-expect reject means one attempt: name one mechanism";
	return NULL;
}

static const char *raw_conflict(const struct settings *s)
{
	if (!settings_dialogue(s))
		return NULL;
	if (s->has_send)
		return "-s speaks before the greeting: not with -U, --stls, --capa, --capa-forbid";
	if (s->max_octets)
		return "-m counts raw octets: not with -U, --stls, --capa, --capa-forbid";
	if (s->delay_s)
		return "-d goes with -s: not with -U, --stls, --capa, --capa-forbid";
	return NULL;
}

void settings_check(
	struct settings *s, void (*fault)(struct settings *s, const char *words, const char *what))
{
	const char *words = tls_conflict(s);

	if (!words)
		words = login_conflict(s);
	if (!words)
		words = limit_conflict(s);
	if (!words)
		words = raw_conflict(s);
	if (words)
		fault(s, words, NULL);
}
