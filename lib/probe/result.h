/* What a probe found: plain data, filled while it runs, complete when it is done. */
#ifndef PROBE_RESULT_H
#define PROBE_RESULT_H

#include "base/buf.h"
#include "pop3/capa.h"
#include "pop3/sasl.h"
#include "probe/program.h"
#include "probe/reason.h"
#include "tls/facts.h"

#include <stdbool.h>
#include <stdint.h>

/* A time that was not measured. */
#define PROBE_NS_NONE UINT64_MAX

enum step_state { STEP_STATE_NOT_REACHED, STEP_STATE_RUNNING, STEP_STATE_OK, STEP_STATE_FAILED };

struct step_result {
	const char *name; /* borrowed from the program */
	enum probe_phase phase;
	enum step_state state;
	uint64_t at_ns; /* begin, since the probe's start */
	uint64_t ns;	/* how long it took, or has taken when the probe ended */
};

enum trace_from { TRACE_CLIENT, TRACE_SERVER, TRACE_NOTE };

struct trace_line {
	uint64_t at_ns; /* since the probe's start */
	enum trace_from from;
	char *text; /* without line end; raw octets sanitised; secrets are "***" */
};

enum {
	TRACE_LINES_MAX = 512,
	TRACE_OCTETS_MAX = 65536,
	SERVER_TEXT_MAX = 512, /* octets kept of a greeting or of a deciding reply */
};

struct probe_trace {
	struct trace_line *lines;
	size_t count, cap, octets;
	size_t dropped; /* lines that no longer fitted */
};

/* What the server offered: at most one reply to CAPA for each stage. */
enum capa_stage { CAPA_PLAIN, CAPA_TLS, CAPA_AUTHENTICATED, CAPA_STAGE_COUNT };

struct probe_result {
	/* The verdict of the dialogue. REASON_NONE: every step succeeded. */
	enum probe_phase phase;
	enum probe_reason reason;
	char detail[256]; /* our words on the failure, safe to print; "" when the reason says it */
	struct buf server_text; /* the server's line that decided, raw but without secrets; may be
				   empty */
	bool quit_failed;	/* QUIT had no orderly reply; measured, never a failure */

	uint64_t start_ns;    /* monotonic */
	int64_t wall_seconds; /* UTC at the start */
	uint64_t elapsed_ns;  /* start to end, everything included */
	uint64_t time_ns; /* start to the end of the work: without waiting for the reply to QUIT,
			   * without STEP_DELAY (what check_pop calls time) */
	uint64_t phase_ns[PHASE_COUNT]; /* PROBE_NS_NONE: not reached. CAPA: all of them together */
	struct step_result *steps;
	size_t step_count;

	char address[128]; /* connected to, or tried last; "" when none */
	int family;	   /* 4, 6, 0 (UNIX socket or none) */
	size_t addresses_tried;
	uint64_t received_octets, sent_octets; /* on the wire */
	uint64_t text_octets;		       /* received of POP3 itself, after TLS */
	uint64_t stls_trailing_octets;	       /* behind the +OK to STLS */

	bool greeting_ok;    /* a +OK greeting came */
	struct buf greeting; /* the greeting's line, raw, without line end */
	struct buf raw;	     /* what STEP_EXPECT read, raw, bounded */
	bool has_apop_stamp; /* the greeting carries a valid APOP timestamp */
	bool capa_asked[CAPA_STAGE_COUNT];
	struct pop3_capa *capa[CAPA_STAGE_COUNT]; /* NULL: not asked, or refused */

	bool has_tls;
	struct tls_facts tls;

	bool login_tried; /* a mechanism was chosen */
	enum auth_mech mech;
	bool login_accepted;

	bool has_stat;
	uint64_t messages, octets;

	struct probe_trace trace;
};

/* The capabilities as seen just before login (the last stage asked that is not AUTHENTICATED);
 * NULL when there were none. */
const struct pop3_capa *probe_result_capa(const struct probe_result *r);
/* The reason that a certificate defect is reported under. */
enum probe_reason probe_defect_reason(enum tls_defect defect);

#endif
