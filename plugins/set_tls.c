/* Options about TLS and the login. */
#include "base/base64.h"
#include "setters.h"

#include <string.h>
#include <strings.h>

static bool days_parse(const char *text, long *out)
{
	unsigned long days;

	if (!number_parse(text, 0, 100000, &days))
		return false;
	*out = (long)days;
	return true;
}

const char *set_certificate(struct settings *s, char *value)
{
	char *comma = strchr(value, ',');
	struct report_policy *p = &s->policy;
	bool ok;

	s->certificate = true;
	p->has_cert_warning = p->has_cert_critical = true;
	p->cert_critical_days = 0;
	if (comma)
		*comma = '\0';
	ok = days_parse(value, &p->cert_warning_days) &&
	     (!comma || days_parse(comma + 1, &p->cert_critical_days));
	if (comma)
		*comma = ',';
	return ok ? NULL : "Invalid certificate expiration period";
}

const char *set_tls_verify(struct settings *s, char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return "Verify must be yes or no";
	s->verify = *value == 'y' ? VERIFY_YES : VERIFY_NO;
	return NULL;
}

static const char *version_parse(const char *value, enum tls_version *out)
{
	static const enum tls_version versions[] = {
		TLS_VERSION_1_0, TLS_VERSION_1_1, TLS_VERSION_1_2, TLS_VERSION_1_3};

	if (strncmp(value, "1.", 2) != 0 || value[2] < '0' || value[2] > '3' || value[3])
		return "TLS version must be one of 1.0, 1.1, 1.2, 1.3";
	*out = versions[value[2] - '0'];
	return NULL;
}

const char *set_tls_min(struct settings *s, char *value)
{
	return version_parse(value, &s->tls_min);
}

const char *set_tls_max(struct settings *s, char *value)
{
	return version_parse(value, &s->tls_max);
}

const char *set_tls_pin(struct settings *s, char *value)
{
	static const char scheme[] = "sha256//";
	static const char wrong[] = "Pin must be sha256// and 44 characters of base64";
	struct buf digest;
	bool ok = false;

	if (s->pin_count == SETTINGS_PINS_MAX)
		return "Too many pins";
	if (strncmp(value, scheme, sizeof(scheme) - 1) != 0)
		return wrong;
	buf_init(&digest, 64);
	if (base64_decode(&digest, slice_str(value + sizeof(scheme) - 1)) && digest.n == 32) {
		memcpy(s->pins[s->pin_count++], digest.p, 32);
		ok = true;
	}
	buf_fini(&digest);
	return ok ? NULL : wrong;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 64 digits; colons between octets, as OpenSSL prints them, are allowed. */
const char *set_tls_fingerprint(struct settings *s, char *value)
{
	static const char wrong[] = "Fingerprint must be 64 hexadecimal digits";
	unsigned char *to;
	size_t n = 0;

	if (s->fingerprint_count == SETTINGS_PINS_MAX)
		return "Too many fingerprints";
	to = s->fingerprints[s->fingerprint_count];
	for (const char *p = value; *p; p += 2) {
		if (n > 0 && *p == ':')
			p++;
		if (n == 32 || hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0)
			return wrong;
		to[n++] = (unsigned char)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
	}
	if (n != 32)
		return wrong;
	s->fingerprint_count++;
	return NULL;
}

/* Overwritten where it stood: ps shows argv. */
const char *set_pass(struct settings *s, char *value)
{
	size_t n = strlen(value);

	secret_free(s->pass);
	s->pass = secret_new(value, n);
	secret_wipe(value, n);
	return s->pass ? NULL : "Out of memory";
}

const char *set_auth(struct settings *s, char *value)
{
	s->auth_given = true;
	if (strcasecmp(value, "auto") == 0)
		s->auth = AUTH_CHOICE_AUTO;
	else if (strcasecmp(value, "each") == 0)
		s->auth = AUTH_CHOICE_EACH;
	else if (auth_mech_parse(value, &s->mech))
		s->auth = AUTH_CHOICE_ONE;
	else
		return "Unknown mechanism";
	return NULL;
}

const char *set_auth_expect(struct settings *s, char *value)
{
	if (strcmp(value, "accept") != 0 && strcmp(value, "reject") != 0)
		return "Expectation must be accept or reject";
	s->expect_reject = *value == 'r';
	return NULL;
}
