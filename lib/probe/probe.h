/* The probe engine: runs a program of steps without I/O, clock or output.
 *
 * The driver asks probe_want() after every call and acts on it: dials, reads, writes, closes, wakes
 * it at probe_wake_ns(). Octets and the time go in, octets come out. The engine never calls back.
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include "base/crypto.h"
#include "base/slice.h"
#include "probe/program.h"
#include "probe/result.h"
#include "tls/tls.h"

#include <stdbool.h>
#include <stdint.h>

struct probe_login {
	bool automatic;	     /* choose the strongest offered of those in `auto` */
	enum auth_mech mech; /* when not automatic */
	struct auth_credentials creds;
	bool expect_reject;   /* a refused login is the success (--auth-expect reject) */
	bool allow_plaintext; /* a reusable secret may cross an unencrypted connection */
	bool two_line;	      /* never put the initial response into the AUTH line */
};

/* Everything is borrowed until probe_free. */
struct probe_spec {
	const char *host; /* as given; for messages and OAUTHBEARER */
	uint16_t port;
	struct probe_program program;
	const struct tls_ops *tls; /* NULL when no step needs TLS or digests */
	struct tls_config *tls_config;
	const char *server_name; /* to verify; SNI too when it is a name; NULL: neither */
	bool send_sni;
	const struct probe_login *login; /* NULL: no STEP_LOGIN */
	uint64_t timeout_ns;		 /* over everything, from probe_start */
	int64_t wall_seconds;		 /* UTC at the start; certificate dates are judged by it */
	bool trace;			 /* keep a transcript */
};

enum probe_want {
	PROBE_WANT_DIAL, /* a connection to the target: answer with probe_connected or
			    probe_dial_failed */
	PROBE_WANT_IO,	 /* input; and output, when probe_output is not empty */
	PROBE_WANT_DONE, /* close the connection, take the result */
};

struct probe;

struct probe *probe_new(const struct probe_spec *spec); /* NULL: no memory */
void probe_free(struct probe *p);			/* NULL allowed */
void probe_start(struct probe *p, uint64_t now_ns);
enum probe_want probe_want(const struct probe *p);
/* The moment at which probe_tick must be called at the latest. Always set until done. */
uint64_t probe_wake_ns(const struct probe *p);
void probe_tick(struct probe *p, uint64_t now_ns);

struct probe_dialed {
	const char *address; /* text; copied */
	int family;	     /* 4, 6, 0 */
	uint64_t resolve_ns; /* PROBE_NS_NONE: nothing was resolved */
	uint64_t connect_ns; /* PROBE_NS_NONE: no connection was begun */
	size_t tried;
};

void probe_connected(struct probe *p, const struct probe_dialed *d, uint64_t now_ns);
void probe_dial_failed(struct probe *p, const struct probe_dialed *d, enum probe_phase phase,
	enum probe_reason reason, const char *detail, uint64_t now_ns);
/* How far a dial got when the deadline passed under it: tells resolve from connect. Called before
 * probe_tick. */
void probe_dial_progress(struct probe *p, const struct probe_dialed *d);

/* Takes all n octets that came, and goes on with the next step. */
void probe_input(struct probe *p, const void *octets, size_t n, uint64_t now_ns);
/* Takes them without going on: more may be at hand, which must be looked at before the next command
 * goes out. probe_input, with n = 0 if nothing more came, goes on. */
void probe_input_part(struct probe *p, const void *octets, size_t n, uint64_t now_ns);
/* The peer closed its side; or the connection broke (reset, or another error in words). */
void probe_eof(struct probe *p, uint64_t now_ns);
void probe_broken(struct probe *p, bool reset, const char *words, uint64_t now_ns);
/* Octets to send; valid until the next call. */
struct slice probe_output(struct probe *p);
void probe_output_ack(struct probe *p, size_t n, uint64_t now_ns);
/* Ends it now with this reason; the driver then closes. */
void probe_cancel(struct probe *p, enum probe_reason reason, const char *detail, uint64_t now_ns);

/* Owned by the probe; complete once probe_want is PROBE_WANT_DONE. */
const struct probe_result *probe_result(const struct probe *p);

#endif
