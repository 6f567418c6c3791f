/* The probe engine's tests, in parts, and the rig they run on: a probe, a clock and a scripted
 * server, all in memory. */
#ifndef TEST_PROBE_H
#define TEST_PROBE_H

#include "base/buf.h"
#include "probe/probe.h"

#include <check.h>

Suite *suite_probe(void);
TCase *tcase_probe_login(void);
TCase *tcase_probe_sasl(void);
TCase *tcase_probe_tls(void);
TCase *tcase_probe_raw(void);
TCase *tcase_probe_time(void);
TCase *tcase_probe_cut(void);
TCase *tcase_probe_redact(void);
/* What does not hold yet: run when PENDING is set in the environment. */
TCase *tcase_probe_ahead(void);

/* TLS that passes octets through: the client says RIG_HELLO, the server RIG_SERVER_HELLO, and then
 * everything is clear; 0x15 in front is close_notify, 0x14 a broken record. */
#define RIG_HELLO	 "\x16hello"
#define RIG_SERVER_HELLO "\x16\x03sh"
#define RIG_CLOSE	 "\x15"
#define RIG_BROKEN	 "\x14"

struct tls_config {
	enum tls_status outcome; /* of the handshake */
	uint32_t defects;
	const char *error;
	size_t channels; /* alive */
};

extern const struct tls_ops rig_tls;

#define MS ((uint64_t)1000000)

enum {
	RIG_START = 5000,    /* the clock at the probe's start, ms */
	RIG_TIMEOUT = 10000, /* ms */
};

/* How the server's octets are handed in. Numbers above seed a generator of random pieces. */
enum rig_cut { RIG_WHOLE, RIG_OCTETS, RIG_RANDOM };

struct rig {
	struct probe_spec spec;
	struct probe_login login;
	struct secret *secret;
	struct tls_config tls;
	struct probe_step steps[PROGRAM_STEPS_MAX];
	struct probe *probe;
	const struct probe_result *result; /* of the last run */
	struct buf sent;		   /* all that the probe sent */
	struct buf log;			   /* what it came to, in words */
	size_t seen;			   /* of sent: as the script expects it */
	uint64_t now;			   /* ns */
	unsigned random;
	size_t octets;	   /* of the server, so far */
	size_t octets_max; /* the script ends behind so many: see rig_cut_at */
	char end;	   /* '$', '%' or '#': what happens then */
	bool ended;
};

/* check: a name of probe_checks. User "user", password "pencil", automatic, no clear text. */
void rig_init(struct rig *r, enum probe_tls_mode mode, const char *check);
/* The same around steps of one's own. */
void rig_init_steps(
	struct rig *r, enum probe_tls_mode mode, const struct probe_step *steps, size_t count);
void rig_fini(struct rig *r);
void rig_password(struct rig *r, const char *password);
void rig_mech(struct rig *r, enum auth_mech mech);

/* Lines of a script, each with a first character:
 *	<text	the server sends text and CRLF; such lines in a row come in one segment
 *	=text	the same without CRLF
 *	>text	the client has sent text and CRLF
 *	#n	n milliseconds pass
 *	$	the server closes
 *	%	the connection breaks
 * Between two entries that are not both the server's, one millisecond passes. */
void rig_run(struct rig *r, const char *const *script, unsigned cut);
/* Runs the script whole, octet by octet and in random pieces; all must come to the same. */
void rig_play(struct rig *r, const char *const *script);
/* Runs it up to octet n of the server, then `end` happens. */
void rig_cut_at(struct rig *r, const char *const *script, size_t n, char end);

#define SCRIPT(...) ((const char *const[]){__VA_ARGS__, NULL})

/* "phase/reason", or "" for success, of the last run. */
const char *rig_verdict(const struct rig *r);
#define ck_verdict(r, text)	ck_assert_str_eq(rig_verdict(r), text)
#define ck_server_text(r, text) ck_assert_str_eq(rig_text(&(r)->result->server_text), text)
/* The content as a C string; static, until the next call. */
const char *rig_text(const struct buf *b);
/* Whether text stands anywhere in what the probe says of its run: texts, capabilities, transcript.
 */
bool rig_tells(const struct rig *r, const char *text);
/* Whether text was sent, in any encoding that redaction knows. */
bool rig_sent(const struct rig *r, const char *text);

#endif
