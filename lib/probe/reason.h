/* Phases and reasons: where a probe ended and why (CONTRACT section 7). */
#ifndef PROBE_REASON_H
#define PROBE_REASON_H

#include <stdbool.h>

enum probe_phase {
#define PHASE(id, name) PHASE_##id,
#include "probe/phase.def"
	PHASE_COUNT
};

enum probe_reason {
#define REASON(id, name, severity, words) REASON_##id,
#include "probe/reason.def"
	REASON_COUNT, /* also "no reason": nothing failed */
};
#define REASON_NONE REASON_COUNT

enum probe_severity { SEVERITY_OK, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_UNKNOWN };

/* All return static storage. */
const char *probe_phase_name(enum probe_phase phase);
const char *probe_reason_name(enum probe_reason reason);
const char *probe_reason_words(enum probe_reason reason);
enum probe_severity probe_reason_severity(enum probe_reason reason);
/* False when text names no reason. */
bool probe_reason_parse(const char *text, enum probe_reason *out);

#endif
