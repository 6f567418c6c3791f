/* Programs: what a probe does, as data. Built-in checks are constant tables of steps; a user's
 * script is parsed into the same type. */
#ifndef PROBE_PROGRAM_H
#define PROBE_PROGRAM_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum step_verb {
	STEP_CONNECT,
	STEP_TLS,      /* handshake (RFC 8446, RFC 5246) */
	STEP_GREETING, /* RFC 1939 section 4; with `expect`: patterns its line must contain; with
			* `ns`: a +OK whose line end does not come is taken after so long a silence
			*/
	STEP_CAPA,     /* RFC 2449 section 5; -ERR is an answer, not a failure */
	STEP_STLS,     /* RFC 2595 section 4 */
	STEP_LOGIN,    /* as the spec's login says */
	STEP_STAT,     /* RFC 1939 section 5 */
	STEP_NOOP,
	STEP_SEND,   /* raw octets: `text` */
	STEP_DELAY,  /* waits `ns`; not counted as the server's time */
	STEP_EXPECT, /* raw octets until `expect` is met */
	STEP_QUIT,   /* RFC 1939 section 6; `text` replaces the command */
	STEP_VERB_COUNT,
};

/* What raw input must contain (check_pop's -e, -A, -m). */
struct step_expect {
	const struct slice *patterns;
	size_t count;
	bool all;	     /* every pattern, not any */
	bool prefix;	     /* input must begin with the pattern instead of containing it */
	size_t max_octets;   /* decide once so many have come; 0: no limit of its own */
	uint64_t silence_ns; /* decide after so long without an octet once the first has come */
};

struct probe_step {
	enum step_verb verb;
	const char *name; /* NULL: the verb's */
	struct slice text;
	const struct step_expect *expect;
	uint64_t ns;
};

enum { PROGRAM_STEPS_MAX = 64 };

struct probe_program {
	const struct probe_step *steps;
	size_t count;
};

enum probe_tls_mode {
	PROBE_TLS_NONE,
	PROBE_TLS_IMPLICIT,
	PROBE_TLS_STLS,
};

/* "greeting", "capa" ...: the verb as scripts and reports spell it. */
const char *step_verb_name(enum step_verb verb);
const char *probe_step_name(const struct probe_step *step);

/* A built-in check: the steps between the connection (with its TLS) and QUIT. */
struct probe_check {
	const char *name;
	struct probe_program body;
};

extern const struct probe_check probe_checks[];
extern const size_t probe_check_count;
/* NULL when there is none of that name. */
const struct probe_check *probe_check_find(const char *name);

/* Puts the steps of mode in front of body and QUIT behind it: connect, then for implicit TLS the
 * handshake, for STLS greeting, CAPA, STLS, handshake and CAPA again (the body's own greeting and
 * first CAPA are dropped then). out holds PROGRAM_STEPS_MAX steps; returns their number, 0 when
 * they do not fit. */
size_t probe_program_compose(
	enum probe_tls_mode mode, const struct probe_program *body, struct probe_step *out);

#endif
