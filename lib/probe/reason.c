#include "probe/reason.h"

#include <stddef.h>
#include <string.h>

static const char *const phase_names[] = {
#define PHASE(id, name) [PHASE_##id] = (name),
#include "probe/phase.def"
};

static const struct {
	const char *name;
	const char *words;
	enum probe_severity severity;
} reasons[] = {
#define REASON(id, name, severity, words) [REASON_##id] = {name, words, SEVERITY_##severity},
#include "probe/reason.def"
};

_Static_assert(sizeof(phase_names) / sizeof(phase_names[0]) == PHASE_COUNT, "a name per phase");
_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == REASON_COUNT, "a row per reason");

const char *probe_phase_name(enum probe_phase phase)
{
	return phase < PHASE_COUNT ? phase_names[phase] : "none";
}

const char *probe_reason_name(enum probe_reason reason)
{
	return reason < REASON_COUNT ? reasons[reason].name : "none";
}

const char *probe_reason_words(enum probe_reason reason)
{
	return reason < REASON_COUNT ? reasons[reason].words : "no failure";
}

enum probe_severity probe_reason_severity(enum probe_reason reason)
{
	return reason < REASON_COUNT ? reasons[reason].severity : SEVERITY_OK;
}

bool probe_reason_parse(const char *text, enum probe_reason *out)
{
	for (size_t i = 0; text && i < REASON_COUNT; i++) {
		if (strcmp(text, reasons[i].name) == 0) {
			*out = (enum probe_reason)i;
			return true;
		}
	}
	return false;
}
