/* A whole probe against octets of a server, without I/O and with a clock that the octets alone
 * move. */
#ifndef FUZZ_SESSION_H
#define FUZZ_SESSION_H

#include "base/buf.h"
#include "probe/probe.h"

enum { SESSION_PROGRAMS = 6 };

struct session {
	struct probe_login login;
	struct probe_spec spec;
	struct probe_step steps[PROGRAM_STEPS_MAX];
	struct secret *secret;
	struct probe *probe; /* after session_run; NULL: no memory */
	struct buf sent;
	unsigned random;
	uint64_t now;
};

/* program: which steps; choice: mechanism and switches of the login. False: no memory. */
bool session_init(struct session *s, unsigned program, unsigned choice);
void session_fini(struct session *s);
/* server: segments, separated by octet 1; the next comes when the client is waiting. Octets 2 and 3
 * in front of a segment let time pass. In the end the server closes, or is silent. */
void session_run(struct session *s, struct slice server, unsigned cut, bool silent);

#endif
