/* From what a probe found to what it means: states, thresholds, problems in order, measurements,
 * words. Shared by both front ends; knows POP3 and reasons, not how a front end prints them. */
#ifndef REPORT_VERDICT_H
#define REPORT_VERDICT_H

#include "base/buf.h"
#include "probe/measures.h"
#include "probe/probe.h"
#include "probe/result.h"
#include "report/range.h"

#include <stdbool.h>
#include <stddef.h>

struct report_limit {
	bool has_warning, has_critical;
	struct report_range warning, critical;
};

/* What the operator wants; everything borrowed. report_policy_init gives the defaults. */
struct report_policy {
	enum probe_severity states[REASON_COUNT]; /* by default probe_reason_severity */
	struct report_limit limits[MEASURE_COUNT];
	bool has_cert_warning, has_cert_critical;
	long cert_warning_days, cert_critical_days; /* alert at days <= N; reason cert_expiring */
	const char *const *require_capabilities;
	size_t require_count;
	const char *const *forbid_capabilities;
	size_t forbid_count;
	/* A failure in the greeting (rejected, expect_mismatch, protocol_error) has this state when
	 * has_mismatch (-M; WARNING under the old names); states[] overrides given by the operator
	 * for the reason itself win (state_given). */
	bool has_mismatch;
	enum probe_severity mismatch;
	bool state_given[REASON_COUNT];
};

void report_policy_init(struct report_policy *p);

/* The words that describe the run, beyond the result; borrowed. */
struct report_context {
	const char *host;	 /* as the operator gave it; NULL: not given (127.0.0.1) */
	uint16_t port;		 /* 0 with a UNIX socket */
	const char *server_name; /* verified name, or NULL */
	const char *module;	 /* "pop3", "pop3s", "pop3_stls" ... */
	const char *user;	 /* NULL: no login */
	const char *authzid;
	enum probe_tls_mode tls_mode;
	const struct probe_login *login; /* NULL: none */
	uint64_t timeout_ns;
	const char *version;  /* of the program */
	const char *id;	      /* of this probe: unique text for the JSON member "id" */
	uint64_t age_ns;      /* of a result that is given again; 0: it is fresh */
	bool transcript;      /* include it in JSON */
	bool greeting_metric; /* probe_pop3_greeting_info, probe_pop3_capability_info: labels whose
			       */
	bool capability_metric; /* text is the server's, so only on demand */
};

struct report_problem {
	enum probe_phase phase;
	enum probe_reason reason;
	enum probe_severity severity;
	char *message; /* what and why, with the server's own words made harmless; one line, UTF-8,
			* no '|' */
	/* Octets of message in front of the server's words, which follow as ": -ERR ..."; the whole
	 * length when there are none. "[phase/reason]" goes there: message[0..head) tag
	 * message[head..] */
	size_t head;
	char *hint; /* the option or act that would help; NULL when there is none */
};

struct report_measurement {
	enum probe_measure measure;
	double value;
	const struct report_limit *limit; /* NULL: none; points into the policy or this verdict */
	enum probe_severity state;	  /* by the limit (cert_days: also by -D) */
};

enum { REPORT_PROBLEMS_MAX = 32 };

/* Points into itself: not to be copied. */
struct report_verdict {
	enum probe_severity state; /* the worst: CRITICAL > UNKNOWN > WARNING > OK */
	/* The deciding one first; messages are never NULL. A failure that the operator mapped to OK
	 * (-M ok, -r ok, --state) stays here with SEVERITY_OK, behind all others: its words are
	 * still wanted on the line; JSON, metrics, TAP and JUnit leave it out. */
	struct report_problem problems[REPORT_PROBLEMS_MAX];
	size_t problem_count;
	struct report_measurement measurements[MEASURE_COUNT];
	size_t measurement_count;
	struct report_limit cert_limit; /* -D as ranges "@~:N" */
	char spare[32];			/* the message when there is no memory */
};

/* Judges. False: no memory (the verdict is then UNKNOWN with the problem "internal"; fini is still
 * due). */
bool report_verdict_make(struct report_verdict *v, const struct probe_result *r,
	const struct report_policy *policy, const struct report_context *ctx);
void report_verdict_fini(struct report_verdict *v);

/* message, and "; hint" behind it when there is one. */
bool report_problem_text(struct buf *out, const struct report_problem *p);
/* "Certificate 'CN' will expire on DATE." or "expires in D day(s) (DATE)." and so on, as check_pop
 * words it, for the certificate that -D judges. Appends nothing when no certificate was seen. */
bool report_certificate_text(struct buf *out, const struct probe_result *r);
/* One threshold of a measurement as performance data carries it; "" when there is none. cert_days
 * is always a plain number, since Icinga drops other forms. */
void report_threshold_text(
	const struct report_measurement *m, bool critical, int decimals, char *out, size_t size);

/* "OK", "WARNING", "CRITICAL", "UNKNOWN". */
const char *report_state_name(enum probe_severity s);
/* 0, 1, 2, 3. */
int report_exit_code(enum probe_severity s);
/* What begins with "ok", "warn" or "crit", as check_pop takes it for -r/-M ("okay", "critical"), or
 * "unknown", or a digit 0-3; case-insensitive only when any_case. False when none. */
bool report_state_parse(const char *text, bool any_case, enum probe_severity *out);
/* The worse of two by the order above. */
enum probe_severity report_state_worse(enum probe_severity a, enum probe_severity b);

#endif
