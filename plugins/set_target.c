/* Options about the target, the time allowed, and check_pop's raw matching. */
#include "base/num.h"
#include "setters.h"

#include <string.h>

bool number_parse(const char *text, unsigned long min, unsigned long max, unsigned long *out)
{
	struct slice s = slice_str(text);
	uint64_t value;

	while (s.n && s.p[0] == ' ') {
		s.p++;
		s.n--;
	}
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	if (num_parse_u64(s, &value) != NUM_OK || value < min || value > max)
		return false;
	*out = (unsigned long)value;
	return true;
}

const char *set_port(struct settings *s, char *value)
{
	unsigned long port;

	if (!number_parse(value, 1, (unsigned long)-1, &port))
		return "Port must be a positive integer";
	if (port > UINT16_MAX)
		return "Port must be at most 65535";
	s->port = (uint16_t)port;
	return NULL;
}

const char *set_ipv4(struct settings *s, char *value)
{
	(void)value;
	s->family = NET_FAMILY_4;
	return NULL;
}

const char *set_ipv6(struct settings *s, char *value)
{
	(void)value;
	s->family = NET_FAMILY_6;
	return NULL;
}

/* N, or N:STATE as the nagios-plugins have it. */
const char *set_timeout(struct settings *s, char *value)
{
	char *colon = strchr(value, ':');
	enum probe_severity state;
	bool ok;

	if (colon)
		*colon = '\0';
	ok = number_parse(value, 1, SETTINGS_SECONDS_MAX, &s->timeout_s);
	if (colon)
		*colon = ':';
	if (!ok)
		return "Timeout interval must be a positive integer";
	if (!colon)
		return NULL;
	if (!report_state_parse(colon + 1, true, &state))
		return "Timeout state must be one of ok, warning, critical, unknown";
	s->policy.states[REASON_TIMEOUT] = state;
	s->policy.state_given[REASON_TIMEOUT] = true;
	return NULL;
}

const char *set_wait(struct settings *s, char *value)
{
	return number_parse(value, 1, SETTINGS_SECONDS_MAX, &s->wait_s)
		       ? NULL
		       : "Wait must be a positive integer";
}

const char *set_verbose(struct settings *s, char *value)
{
	(void)value;
	s->verbose++;
	return NULL;
}

/* What the character behind a backslash stands for: \n \r \t \\, of any other the backslash goes.
 */
static char unescaped(char c)
{
	if (c == 'n')
		return '\n';
	if (c == 'r')
		return '\r';
	return c == 't' ? '\t' : c;
}

static bool add_unescaped(struct buf *out, const char *p)
{
	for (; *p; p++) {
		bool escape = *p == '\\';

		if (escape && !*++p)
			break;
		if (!buf_add_char(out, escape ? unescaped(*p) : *p))
			return false;
	}
	return true;
}

const char *set_send(struct settings *s, char *value)
{
	s->has_send = true;
	buf_clear(&s->send);
	if (s->escape ? add_unescaped(&s->send, value) : buf_add_str(&s->send, value))
		return NULL;
	return "Too long to send";
}

const char *set_quit(struct settings *s, char *value)
{
	bool ok;

	s->has_quit = true;
	buf_clear(&s->quit);
	if (s->escape)
		ok = add_unescaped(&s->quit, value);
	else
		ok = buf_add_str(&s->quit, value) && buf_add_str(&s->quit, "\r\n");
	return ok ? NULL : "Too long to send";
}

const char *set_expect(struct settings *s, char *value)
{
	if (s->pattern_count == SETTINGS_PATTERNS_MAX)
		return "Too many strings to expect";
	s->patterns[s->pattern_count++] = slice_str(value);
	return NULL;
}

/* By prefix, as check_pop takes them: "okay" and "critical" are fine, "CRIT" and "2" are not. */
static bool classic_state(const char *value, enum probe_severity *out)
{
	if (strncmp(value, "ok", 2) == 0)
		*out = SEVERITY_OK;
	else if (strncmp(value, "warn", 4) == 0)
		*out = SEVERITY_WARNING;
	else if (strncmp(value, "crit", 4) == 0)
		*out = SEVERITY_CRITICAL;
	else
		return false;
	return true;
}

const char *set_refuse(struct settings *s, char *value)
{
	s->policy.state_given[REASON_REFUSED] = true;
	return classic_state(value, &s->policy.states[REASON_REFUSED])
		       ? NULL
		       : "Refuse must be one of ok, warn, crit";
}

const char *set_mismatch(struct settings *s, char *value)
{
	s->policy.has_mismatch = true;
	return classic_state(value, &s->policy.mismatch) ? NULL
							 : "Mismatch must be one of ok, warn, crit";
}

const char *set_maxbytes(struct settings *s, char *value)
{
	return number_parse(value, 1, (unsigned long)-1, &s->max_octets)
		       ? NULL
		       : "Maxbytes must be a positive integer";
}

const char *set_delay(struct settings *s, char *value)
{
	return number_parse(value, 1, SETTINGS_SECONDS_MAX, &s->delay_s)
		       ? NULL
		       : "Delay must be a positive integer";
}
