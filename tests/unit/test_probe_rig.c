#include "test_probe.h"
#include "test_sasl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- TLS in clear ---------------------------------------------------------------------------- */

struct tls_channel {
	struct tls_config *config;
	struct buf in, out;
	struct tls_facts facts;
	bool done, ended, not_tls;
};

static struct tls_channel *fake_new(
	struct tls_config *c, const char *server_name, bool send_sni, int64_t verify_time)
{
	struct tls_channel *ch = calloc(1, sizeof(*ch));

	(void)server_name;
	(void)send_sni;
	(void)verify_time;
	ck_assert_ptr_nonnull(ch);
	c->channels++;
	ch->config = c;
	buf_init(&ch->in, 1 << 20);
	buf_init(&ch->out, 1 << 20);
	buf_add_str(&ch->out, RIG_HELLO "\r\n");
	tls_facts_init(&ch->facts);
	return ch;
}

static void fake_free(struct tls_channel *ch)
{
	if (ch == NULL)
		return;
	ch->config->channels--;
	buf_fini(&ch->in);
	buf_fini(&ch->out);
	tls_facts_fini(&ch->facts);
	free(ch);
}

static bool fake_feed(struct tls_channel *ch, const void *p, size_t n)
{
	ck_assert_uint_le(n, TLS_FEED_MAX);
	return buf_add(&ch->in, p, n);
}

static void fake_feed_end(struct tls_channel *ch)
{
	ch->ended = true;
}

static void fill_facts(struct tls_channel *ch)
{
	ch->facts.handshake_done = true;
	ch->facts.defects = ch->config->defects;
	snprintf(ch->facts.version, sizeof(ch->facts.version), "TLS 1.3");
	snprintf(ch->facts.cipher, sizeof(ch->facts.cipher), "TLS_FAKE");
	if (ch->facts.defects != 0)
		ch->facts.verify_detail = strdup("something about it");
}

static enum tls_status fake_handshake(struct tls_channel *ch)
{
	static const struct slice hello = SLICE_INIT(RIG_SERVER_HELLO);

	if (ch->in.n > 0 && ch->in.p[0] != hello.p[0]) {
		ch->not_tls = true;
		return TLS_HANDSHAKE;
	}
	if (ch->in.n < hello.n)
		return ch->ended ? TLS_CLOSED : TLS_WANT_INPUT;
	buf_consume(&ch->in, hello.n);
	if (ch->config->outcome == TLS_OK || ch->config->outcome == TLS_CERTIFICATE)
		fill_facts(ch);
	ch->done = ch->config->outcome == TLS_OK;
	return ch->config->outcome;
}

static enum tls_status fake_read(struct tls_channel *ch, void *p, size_t max, size_t *got)
{
	size_t n = 0;

	*got = 0;
	if (ch->in.n == 0)
		return ch->ended ? TLS_FAILED : TLS_WANT_INPUT;
	if (ch->in.p[0] == RIG_CLOSE[0])
		return TLS_CLOSED;
	if (ch->in.p[0] == RIG_BROKEN[0])
		return TLS_FAILED;
	while (n < ch->in.n && n < max && ch->in.p[n] != RIG_CLOSE[0] &&
		ch->in.p[n] != RIG_BROKEN[0])
		n++;
	memcpy(p, ch->in.p, n);
	buf_consume(&ch->in, n);
	*got = n;
	return TLS_OK;
}

static enum tls_status fake_write(struct tls_channel *ch, const void *p, size_t n)
{
	ck_assert(ch->done);
	return buf_add(&ch->out, p, n) ? TLS_OK : TLS_FAILED;
}

static void fake_close(struct tls_channel *ch)
{
	(void)ch;
}

static struct slice fake_output(struct tls_channel *ch)
{
	return buf_slice(&ch->out);
}

static void fake_output_ack(struct tls_channel *ch, size_t n)
{
	buf_consume(&ch->out, n);
}

static bool fake_peer_not_tls(const struct tls_channel *ch, unsigned char *first)
{
	if (ch->not_tls)
		*first = ch->in.p[0];
	return ch->not_tls;
}

static const char *fake_error(const struct tls_channel *ch)
{
	return ch->config->error != NULL ? ch->config->error : "";
}

static void fake_facts_take(struct tls_channel *ch, struct tls_facts *out)
{
	*out = ch->facts;
	tls_facts_init(&ch->facts);
}

static size_t fake_size(enum crypto_digest alg)
{
	return test_crypto.size(alg);
}

static bool fake_digest(enum crypto_digest alg, struct slice data, unsigned char *out)
{
	return test_crypto.digest(alg, data, out);
}

static bool fake_hmac(
	enum crypto_digest alg, struct slice key, struct slice data, unsigned char *out)
{
	return test_crypto.hmac(alg, key, data, out);
}

static bool fake_pbkdf2(enum crypto_digest alg, struct slice password, struct slice salt,
	unsigned iterations, unsigned char *out)
{
	return test_crypto.pbkdf2(alg, password, salt, iterations, out);
}

static bool fake_random(unsigned char *out, size_t n)
{
	return test_crypto.random(out, n);
}

const struct tls_ops rig_tls = {
	.version = TLS_OPS_VERSION,
	.crypto = {.size = fake_size,
		.digest = fake_digest,
		.hmac = fake_hmac,
		.pbkdf2 = fake_pbkdf2,
		.random = fake_random},
	.channel_new = fake_new,
	.channel_free = fake_free,
	.feed = fake_feed,
	.feed_end = fake_feed_end,
	.handshake = fake_handshake,
	.read = fake_read,
	.write = fake_write,
	.close = fake_close,
	.output = fake_output,
	.output_ack = fake_output_ack,
	.peer_not_tls = fake_peer_not_tls,
	.error = fake_error,
	.facts_take = fake_facts_take,
};

/* --- the rig --------------------------------------------------------------------------------- */

void rig_init_steps(
	struct rig *r, enum probe_tls_mode mode, const struct probe_step *steps, size_t count)
{
	struct probe_program body = {steps, count};

	memset(r, 0, sizeof(*r));
	buf_init(&r->sent, 1 << 20);
	buf_init(&r->log, 1 << 20);
	r->octets_max = SIZE_MAX;
	r->spec = (struct probe_spec){
		.host = "mail.example",
		.port = 110,
		.tls = &rig_tls,
		.tls_config = &r->tls,
		.login = &r->login,
		.timeout_ns = RIG_TIMEOUT * MS,
		.trace = true,
	};
	r->spec.program.steps = r->steps;
	r->spec.program.count = probe_program_compose(mode, &body, r->steps);
	ck_assert_uint_gt(r->spec.program.count, 0);
	r->login.automatic = true;
	r->login.creds.user = "user";
	r->login.creds.host = "mail.example";
	r->login.creds.port = 110;
	rig_password(r, "pencil");
}

void rig_init(struct rig *r, enum probe_tls_mode mode, const char *check)
{
	const struct probe_check *c = probe_check_find(check);

	ck_assert_ptr_nonnull(c);
	rig_init_steps(r, mode, c->body.steps, c->body.count);
}

void rig_password(struct rig *r, const char *password)
{
	secret_free(r->secret);
	r->secret = secret_new(password, strlen(password));
	ck_assert_ptr_nonnull(r->secret);
	r->login.creds.secret = r->secret;
}

void rig_mech(struct rig *r, enum auth_mech mech)
{
	r->login.automatic = false;
	r->login.mech = mech;
}

void rig_fini(struct rig *r)
{
	probe_free(r->probe);
	ck_assert_uint_eq(r->tls.channels, 0);
	secret_free(r->secret);
	buf_fini(&r->sent);
	buf_fini(&r->log);
}

static void drain(struct rig *r)
{
	struct slice out;

	while ((out = probe_output(r->probe)).n > 0) {
		buf_add_slice(&r->sent, out);
		probe_output_ack(r->probe, out.n, r->now);
	}
}

static void start(struct rig *r)
{
	struct probe_dialed dialed = {.address = "192.0.2.1",
		.family = 4,
		.resolve_ns = PROBE_NS_NONE,
		.connect_ns = MS,
		.tried = 1};

	probe_free(r->probe);
	buf_clear(&r->sent);
	r->seen = r->octets = 0;
	r->ended = false;
	r->now = RIG_START * MS;
	r->probe = probe_new(&r->spec);
	ck_assert_ptr_nonnull(r->probe);
	r->result = probe_result(r->probe);
	probe_start(r->probe, r->now);
	ck_assert_int_eq(probe_want(r->probe), PROBE_WANT_DIAL);
	r->now += MS;
	probe_connected(r->probe, &dialed, r->now);
	drain(r);
}

/* Lets time pass, waking the probe whenever it asks for it. */
static void pass(struct rig *r, uint64_t ns)
{
	uint64_t until = r->now + ns;

	while (probe_want(r->probe) != PROBE_WANT_DONE && probe_wake_ns(r->probe) <= until) {
		uint64_t wake = probe_wake_ns(r->probe);

		ck_assert_uint_ge(wake, r->now);
		r->now = wake;
		probe_tick(r->probe, r->now);
		drain(r);
		ck_assert(probe_want(r->probe) == PROBE_WANT_DONE ||
			  probe_wake_ns(r->probe) > r->now);
	}
	r->now = until;
}

static void happen(struct rig *r, char what, const char *text)
{
	if (what == '$')
		probe_eof(r->probe, r->now);
	else if (what == '%')
		probe_broken(r->probe, true, "Connection reset by peer", r->now);
	else
		pass(r, strtoull(text, NULL, 10) * MS);
	drain(r);
}

static size_t piece(struct rig *r, unsigned cut, size_t n)
{
	if (cut == RIG_WHOLE)
		return n;
	if (cut == RIG_OCTETS)
		return 1;
	r->random = r->random * 1103515245u + 12345u;
	return 1 + (r->random >> 16) % 7 % n;
}

static void feed(struct rig *r, struct slice s, unsigned cut)
{
	if (s.n > r->octets_max - r->octets) {
		s.n = r->octets_max - r->octets;
		r->ended = true;
	}
	r->octets += s.n;
	while (s.n > 0) {
		size_t n = piece(r, cut, s.n);

		probe_input(r->probe, s.p, n, r->now);
		drain(r);
		s.p += n;
		s.n -= n;
	}
	if (r->ended)
		happen(r, r->end, "100000");
}

static bool is_server(const char *entry)
{
	return entry != NULL && (entry[0] == '<' || entry[0] == '=');
}

/* One segment: all lines of the server in a row. Returns the next entry. */
static const char *const *feed_segment(struct rig *r, const char *const *entry, unsigned cut)
{
	struct buf segment;

	buf_init(&segment, 1 << 20);
	for (; is_server(*entry); entry++) {
		buf_add_str(&segment, *entry + 1);
		if ((*entry)[0] == '<')
			buf_add_str(&segment, "\r\n");
	}
	ck_assert(!segment.failed);
	feed(r, buf_slice(&segment), cut);
	buf_fini(&segment);
	return entry;
}

static void expect_line(struct rig *r, const char *text)
{
	struct slice rest = {r->sent.p + r->seen, r->sent.n - r->seen};
	struct slice line = slice_cut(&rest, '\n');

	ck_assert_msg(line.n > 0 && line.p[line.n - 1] == '\r', "no \"%s\" was sent, but \"%.*s\"",
		text, (int)line.n, (const char *)line.p);
	r->seen += line.n + 1;
	line.n--;
	ck_assert_msg(slice_eq(line, slice_str(text)), "sent \"%.*s\" instead of \"%s\"",
		(int)line.n, (const char *)line.p, text);
}

static void log_steps(struct rig *r)
{
	const struct probe_result *res = r->result;

	for (size_t i = 0; i < res->step_count; i++) {
		const struct step_result *s = &res->steps[i];

		buf_addf(&r->log, "%s %s %d %llu+%llu\n", s->name, probe_phase_name(s->phase),
			(int)s->state, (unsigned long long)s->at_ns, (unsigned long long)s->ns);
	}
	for (size_t i = 0; i < PHASE_COUNT; i++)
		buf_addf(&r->log, "%s %llu\n", probe_phase_name((enum probe_phase)i),
			(unsigned long long)res->phase_ns[i]);
}

/* Everything that must not depend on how the octets came. */
static void write_log(struct rig *r)
{
	const struct probe_result *res = r->result;

	buf_clear(&r->log);
	buf_addf(&r->log, "[%s] %s {%s}\n", rig_verdict(r), res->detail,
		rig_text(&res->server_text));
	buf_addf(&r->log, "quit_failed %d time %llu of %llu\n", res->quit_failed,
		(unsigned long long)res->time_ns, (unsigned long long)res->elapsed_ns);
	buf_addf(&r->log, "mech %d tried %d accepted %d stat %d %llu %llu sent %llu\n",
		(int)res->mech, res->login_tried, res->login_accepted, res->has_stat,
		(unsigned long long)res->messages, (unsigned long long)res->octets,
		(unsigned long long)res->sent_octets);
	log_steps(r);
	for (size_t i = 0; i < res->trace.count; i++)
		buf_addf(&r->log, "%d %s\n", (int)res->trace.lines[i].from,
			res->trace.lines[i].text);
	buf_add_str(&r->log, "sent ");
	buf_add_slice(&r->log, buf_slice(&r->sent));
	ck_assert(!r->log.failed);
}

void rig_run(struct rig *r, const char *const *script, unsigned cut)
{
	r->random = cut;
	start(r);
	for (const char *const *entry = script; *entry != NULL && !r->ended;) {
		r->now += MS;
		if (is_server(*entry)) {
			entry = feed_segment(r, entry, cut);
			continue;
		}
		if ((*entry)[0] == '>')
			expect_line(r, *entry + 1);
		else
			happen(r, (*entry)[0], *entry + 1);
		entry++;
	}
	ck_assert_int_eq(probe_want(r->probe), PROBE_WANT_DONE);
	if (r->octets_max == SIZE_MAX)
		ck_assert_msg(r->seen == r->sent.n, "also sent: %.*s", (int)(r->sent.n - r->seen),
			(const char *)r->sent.p + r->seen);
	write_log(r);
}

void rig_play(struct rig *r, const char *const *script)
{
	struct buf log;

	buf_init(&log, 1 << 20);
	rig_run(r, script, RIG_WHOLE);
	buf_add_slice(&log, buf_slice(&r->log));
	for (unsigned cut = RIG_OCTETS; cut < RIG_RANDOM + 8; cut++) {
		rig_run(r, script, cut);
		ck_assert_str_eq(buf_str(&r->log), buf_str(&log));
	}
	buf_fini(&log);
}

void rig_cut_at(struct rig *r, const char *const *script, size_t n, char end)
{
	r->octets_max = n;
	r->end = end;
	rig_run(r, script, RIG_WHOLE);
	r->octets_max = SIZE_MAX;
}
