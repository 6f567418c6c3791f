#include "report/verdict.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	const char *prefix; /* check_pop compares only so much of -r and -M */
	int badness;
} states[] = {
	[SEVERITY_OK] = {"OK", "ok", 0},
	[SEVERITY_WARNING] = {"WARNING", "warn", 1},
	[SEVERITY_CRITICAL] = {"CRITICAL", "crit", 3},
	[SEVERITY_UNKNOWN] = {"UNKNOWN", "unknown", 2},
};

enum { STATES = sizeof(states) / sizeof(states[0]) };

const char *report_state_name(enum probe_severity s)
{
	return (size_t)s < STATES ? states[s].name : states[SEVERITY_UNKNOWN].name;
}

int report_exit_code(enum probe_severity s)
{
	return (size_t)s < STATES ? (int)s : (int)SEVERITY_UNKNOWN;
}

enum probe_severity report_state_worse(enum probe_severity a, enum probe_severity b)
{
	return states[a].badness >= states[b].badness ? a : b;
}

bool report_state_parse(const char *text, bool any_case, enum probe_severity *out)
{
	int (*compare)(const char *, const char *, size_t) = any_case ? strncasecmp : strncmp;

	if (!text)
		return false;
	if (text[0] >= '0' && text[0] <= '3' && text[1] == '\0') {
		*out = (enum probe_severity)(text[0] - '0');
		return true;
	}
	for (size_t i = 0; i < STATES; i++) {
		if (compare(text, states[i].prefix, strlen(states[i].prefix)) == 0) {
			*out = (enum probe_severity)i;
			return true;
		}
	}
	return false;
}

void report_policy_init(struct report_policy *p)
{
	*p = (struct report_policy){.mismatch = SEVERITY_CRITICAL};
	for (size_t i = 0; i < REASON_COUNT; i++)
		p->states[i] = probe_reason_severity((enum probe_reason)i);
}
