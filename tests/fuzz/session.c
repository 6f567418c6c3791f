#include "session.h"

#include "base/secret.h"
#include "fuzz.h"

#include <string.h>

#define MS ((uint64_t)1000000)

/* Digests alone: no step here needs a channel. */
static struct tls_ops ops;

static const struct probe_step greeting_unended[] = {
	{.verb = STEP_GREETING, .ns = 1000 * MS}, {.verb = STEP_CAPA}};
static const struct probe_step delayed[] = {
	{.verb = STEP_DELAY, .ns = 1000 * MS}, {.verb = STEP_GREETING}};

static struct probe_program body(unsigned program)
{
	static const char *const names[] = {"stat", "login", "capa", "banner"};

	if (program % SESSION_PROGRAMS < 4)
		return probe_check_find(names[program % SESSION_PROGRAMS])->body;
	return program % SESSION_PROGRAMS == 4 ? (struct probe_program){greeting_unended, 2}
					       : (struct probe_program){delayed, 2};
}

bool session_init(struct session *s, unsigned program, unsigned choice)
{
	struct probe_program steps = body(program);

	memset(s, 0, sizeof(*s));
	ops.crypto = fuzz_crypto;
	s->secret = secret_new(FUZZ_SECRET, strlen(FUZZ_SECRET));
	if (s->secret == NULL)
		return false;
	buf_init(&s->sent, 1 << 20);
	if (buf_extend(&s->sent, 1 << 14) == NULL)
		return false;
	s->login.automatic = choice % 16 >= AUTH_MECH_COUNT;
	s->login.mech = (enum auth_mech)(choice % 16 % AUTH_MECH_COUNT);
	s->login.allow_plaintext = (choice & 16) == 0;
	s->login.expect_reject = (choice & 32) != 0 && program % SESSION_PROGRAMS == 1;
	s->login.two_line = (choice & 64) != 0;
	s->login.creds = (struct auth_credentials){
		.user = "user", .secret = s->secret, .host = "mail.example", .port = 110};
	s->spec = (struct probe_spec){.host = "mail.example",
		.port = 110,
		.program = {s->steps, probe_program_compose(PROBE_TLS_NONE, &steps, s->steps)},
		.tls = &ops,
		.login = &s->login,
		.timeout_ns = 10000 * MS,
		.wall_seconds = 1800000000,
		.trace = true};
	return true;
}

void session_fini(struct session *s)
{
	probe_free(s->probe);
	secret_free(s->secret);
	buf_fini(&s->sent);
}

static bool done(const struct session *s)
{
	return probe_want(s->probe) == PROBE_WANT_DONE;
}

static void drain(struct session *s)
{
	struct slice out;

	while ((out = probe_output(s->probe)).n > 0) {
		buf_add_slice(&s->sent, out);
		probe_output_ack(s->probe, out.n, s->now);
	}
}

static void pass(struct session *s, uint64_t ns)
{
	uint64_t until = s->now + ns;

	while (!done(s) && probe_wake_ns(s->probe) <= until) {
		s->now = probe_wake_ns(s->probe);
		probe_tick(s->probe, s->now);
		drain(s);
		FUZZ_CHECK(done(s) || probe_wake_ns(s->probe) > s->now);
	}
	s->now = until;
}

static void segment(struct session *s, struct slice text, unsigned cut)
{
	while (text.n > 0 && (text.p[0] == 2 || text.p[0] == 3))
		pass(s, fuzz_octet(&text) == 2 ? 700 * MS : 3000 * MS);
	while (text.n > 0 && !done(s)) {
		size_t n = fuzz_piece(cut, &s->random, text.n);

		probe_input(s->probe, text.p, n, s->now);
		drain(s);
		text.p += n;
		text.n -= n;
	}
	s->now += MS;
}

void session_run(struct session *s, struct slice server, unsigned cut, bool silent)
{
	struct probe_dialed dialed = {
		.address = "192.0.2.1", .family = 4, .resolve_ns = 0, .connect_ns = 0, .tried = 1};

	probe_free(s->probe);
	buf_clear(&s->sent);
	s->random = cut;
	s->now = 1000 * MS;
	s->probe = probe_new(&s->spec);
	if (s->probe == NULL)
		return;
	probe_start(s->probe, s->now);
	probe_connected(s->probe, &dialed, s->now);
	drain(s);
	while (server.n > 0 && !done(s))
		segment(s, slice_cut(&server, 1), cut);
	if (silent)
		pass(s, 100000 * MS);
	for (int i = 0; i < 3 && !done(s); i++) {
		probe_eof(s->probe, s->now);
		drain(s);
	}
	FUZZ_CHECK(done(s));
	FUZZ_CHECK(s->now - 1000 * MS <= 10000 * MS ||
		   probe_result(s->probe)->elapsed_ns <= 10000 * MS);
}
