/* Words on a failure, for the person who reads them at night: what, in which phase, after what, and
 * what the server said. Texts that check_pop prints are kept to the letter, since people match
 * them. */
#include "report/explain.h"

#include "report/number.h"
#include "report/words.h"

#include <string.h>
#include <strings.h>

typedef void say_fn(struct buf *out, const struct explain_case *c);

/* How a phase reads behind "Socket timeout after N seconds" and "the connection". */
static const struct {
	const char *waiting, *during;
} phase_words[PHASE_COUNT] = {
	[PHASE_RESOLVE] = {"resolving the name", "name resolution"},
	[PHASE_CONNECT] = {"connecting", "the connection's set-up"},
	[PHASE_PROXY] = {"sending the PROXY header", "the PROXY header"},
	[PHASE_TLS] = {"in the TLS handshake", "the TLS handshake"},
	[PHASE_GREETING] = {"waiting for the greeting", "the greeting"},
	[PHASE_CAPA] = {"waiting for the capability list", "CAPA"},
	[PHASE_STLS] = {"waiting for the reply to STLS", "STLS"},
	[PHASE_AUTH] = {"waiting for the reply to the login", "the login"},
	[PHASE_STAT] = {"waiting for the reply to STAT", "STAT"},
	[PHASE_SCRIPT] = {"in the script", "the script"},
	[PHASE_QUIT] = {"waiting for the reply to QUIT", "QUIT"},
};

static const char *detail_of(const struct explain_case *c)
{
	return c->dialogue ? c->r->detail : "";
}

static void add_detail(struct buf *out, const struct explain_case *c)
{
	if (!detail_of(c)[0])
		return;
	buf_add_str(out, ": ");
	words_safe_str(out, detail_of(c), WORDS_SERVER_MAX);
}

static void add_mechanism(struct buf *out, const struct explain_case *c)
{
	if (c->phase == PHASE_AUTH && c->r->login_tried)
		buf_addf(out, " (%s)", auth_mech_info(c->r->mech)->name);
}

static const struct step_result *failed_step(const struct probe_result *r)
{
	for (size_t i = 0; i < r->step_count; i++)
		if (r->steps[i].state == STEP_STATE_FAILED ||
			r->steps[i].state == STEP_STATE_RUNNING)
			return &r->steps[i];
	return NULL;
}

/* Names the script's step, or the mechanism. */
static void add_where(struct buf *out, const struct explain_case *c, const char *words)
{
	const struct step_result *step = c->phase == PHASE_SCRIPT ? failed_step(c->r) : NULL;

	buf_addf(out, " %s", words);
	if (step && step->name) {
		buf_add_str(out, ", step ");
		words_safe_str(out, step->name, WORDS_NAME_MAX);
	}
	add_mechanism(out, c);
}

/* The engine's detail may begin with what the reason says already. */
static bool detail_repeats(const struct explain_case *c)
{
	const char *words = probe_reason_words(c->reason);

	return strncasecmp(detail_of(c), words, strlen(words)) == 0;
}

static void generic(struct buf *out, const struct explain_case *c)
{
	const char *words = probe_reason_words(c->reason);
	/* An operator's slip ("password file ... is world-writable") is no failure of ours. */
	bool enough = c->reason == REASON_INTERNAL && detail_of(c)[0] != '\0';

	if (enough || detail_repeats(c)) {
		words_safe_str(out, detail_of(c), WORDS_SERVER_MAX);
		if (!enough)
			add_mechanism(out, c);
		return;
	}
	buf_add_str(out, words);
	add_mechanism(out, c);
	add_detail(out, c);
}

static void bad_host(struct buf *out, const struct explain_case *c)
{
	buf_add_str(out, "Invalid hostname, address or socket: ");
	words_safe_str(out, words_host(c->ctx), WORDS_SERVER_MAX);
	buf_add_str(out, " (");
	if (detail_of(c)[0])
		words_safe_str(out, detail_of(c), WORDS_SERVER_MAX);
	else
		buf_add_str(out, c->reason == REASON_DNS_NOT_FOUND ? "the name does not exist"
								   : "the resolver did not answer");
	buf_add_char(out, ')');
}

/* Where several addresses were tried, the detail lists what each of them said. */
static void no_connection(struct buf *out, const struct explain_case *c)
{
	bool refused = c->reason == REASON_REFUSED, several = c->r->addresses_tried > 1;
	const char *host = words_host(c->ctx);

	buf_add_str(out, host[0] == '/' ? "connect to file socket " : "connect to address ");
	words_safe_str(out, host, WORDS_SERVER_MAX);
	if (host[0] != '/')
		buf_addf(out, " and port %u", (unsigned)c->ctx->port);
	if (detail_of(c)[0] && !(refused && several)) {
		add_detail(out, c);
		return;
	}
	buf_addf(out, ": %s", refused ? "Connection refused" : "No route to host");
	if (detail_of(c)[0]) {
		buf_add_str(out, " (");
		words_safe_str(out, detail_of(c), WORDS_SERVER_MAX);
		buf_add_char(out, ')');
	}
}

static void add_last_done(struct buf *out, const struct probe_result *r)
{
	const char *last = NULL;

	for (size_t i = 0; i < r->step_count; i++)
		if (r->steps[i].state == STEP_STATE_OK)
			last = r->steps[i].name;
	if (!last)
		return;
	buf_add_str(out, ", after ");
	words_safe_str(out, last, WORDS_NAME_MAX);
}

static void timeout(struct buf *out, const struct explain_case *c)
{
	uint64_t ns = c->ctx->timeout_ns ? c->ctx->timeout_ns : c->r->elapsed_ns;
	char seconds[REPORT_NUMBER_MAX];
	bool connecting = c->phase == PHASE_CONNECT && c->r->address[0];

	buf_addf(out, "Socket timeout after %s seconds",
		report_number((double)ns / 1e9, -1, seconds, sizeof(seconds)));
	add_where(out, c, phase_words[c->phase].waiting);
	if (connecting) {
		buf_add_str(out, " to ");
		words_safe_str(out, c->r->address, WORDS_NAME_MAX);
	}
	add_last_done(out, c->r);
	add_detail(out, c);
}

static void lost(struct buf *out, const struct explain_case *c)
{
	bool early = c->phase <= PHASE_GREETING && c->phase != PHASE_RESOLVE;

	if (early && c->r->text_octets == 0) {
		buf_add_str(out, "No data received from host");
		if (c->phase == PHASE_TLS)
			buf_add_str(out, " in the TLS handshake");
	} else {
		buf_addf(out, "%s during", probe_reason_words(c->reason));
		add_where(out, c, phase_words[c->phase].during);
	}
	if (!detail_repeats(c))
		add_detail(out, c);
}

static bool is_opening(const struct explain_case *c)
{
	return c->phase == PHASE_GREETING || c->reason == REASON_EXPECT_MISMATCH;
}

/* In the greeting the detail becomes the hint: check_pop's users match this line. */
static void unexpected(struct buf *out, const struct explain_case *c)
{
	if (is_opening(c))
		buf_add_str(out, "Unexpected response from host/socket");
	else
		generic(out, c);
}

static void stls_unavailable(struct buf *out, const struct explain_case *c)
{
	const struct pop3_capa *capa = c->r->capa[CAPA_PLAIN];

	buf_add_str(out, probe_reason_words(c->reason));
	if (detail_of(c)[0]) {
		add_detail(out, c);
	} else if (capa) {
		buf_add_str(out, "; ");
		words_offered(out, capa);
	} else if (c->r->capa_asked[CAPA_PLAIN]) {
		buf_add_str(out, "; CAPA was refused");
	}
}

static void stls_injection(struct buf *out, const struct explain_case *c)
{
	uint64_t n = c->r->stls_trailing_octets;

	if (n > 0)
		buf_addf(out, "%llu octet%s in clear text behind the reply to STLS",
			(unsigned long long)n, n == 1 ? "" : "s");
	else
		buf_add_str(out, probe_reason_words(c->reason));
}

bool explain_login_needs_stls(const struct explain_case *c)
{
	const struct pop3_capa *capa = probe_result_capa(c->r);

	return !c->r->has_tls && capa && pop3_capa_find(capa, SLICE_LIT("STLS"), NULL) &&
	       !pop3_capa_find(capa, SLICE_LIT("USER"), NULL) && pop3_capa_sasl(capa) == 0;
}

static void plaintext_refused(struct buf *out, const struct explain_case *c)
{
	if (explain_login_needs_stls(c))
		buf_add_str(out, "no clear-text login here until STLS");
	else
		generic(out, c);
}

static void mechanism_unavailable(struct buf *out, const struct explain_case *c)
{
	const struct pop3_capa *capa = probe_result_capa(c->r);
	struct slice words;

	if (explain_login_needs_stls(c)) {
		buf_add_str(out, "no clear-text login here until STLS");
		return;
	}
	if (detail_of(c)[0])
		words_safe_str(out, detail_of(c), WORDS_SERVER_MAX);
	else
		generic(out, c);
	words = capa ? pop3_capa_shown(capa, SLICE_LIT("SASL")) : (struct slice){NULL, 0};
	if (words.n > 0) {
		buf_add_str(out, "; SASL offers ");
		words_safe(out, words, WORDS_SERVER_MAX);
	}
}

static say_fn *const sayings[REASON_COUNT] = {
	[REASON_DNS_NOT_FOUND] = bad_host,
	[REASON_DNS_FAILED] = bad_host,
	[REASON_REFUSED] = no_connection,
	[REASON_UNREACHABLE] = no_connection,
	[REASON_TIMEOUT] = timeout,
	[REASON_CLOSED] = lost,
	[REASON_RESET] = lost,
	[REASON_REJECTED] = unexpected,
	[REASON_SYS_TEMP] = unexpected,
	[REASON_SYS_PERM] = unexpected,
	[REASON_IN_USE] = unexpected,
	[REASON_LOGIN_DELAY] = unexpected,
	[REASON_EXPECT_MISMATCH] = unexpected,
	[REASON_PROTOCOL_ERROR] = unexpected,
	[REASON_STLS_UNAVAILABLE] = stls_unavailable,
	[REASON_STLS_INJECTION] = stls_injection,
	[REASON_PLAINTEXT_REFUSED] = plaintext_refused,
	[REASON_MECHANISM_UNAVAILABLE] = mechanism_unavailable,
};

static struct slice server_words(const struct explain_case *c)
{
	struct slice s = words_chomp(buf_slice(&c->r->server_text));
	bool opening = sayings[c->reason] == unexpected && is_opening(c);

	if (!c->dialogue)
		return (struct slice){0};
	if (s.n == 0 && opening)
		s = words_chomp(buf_slice(&c->r->raw));
	if (s.n == 0 && opening)
		s = words_chomp(buf_slice(&c->r->greeting));
	return s;
}

bool explain_message(struct buf *out, const struct explain_case *c, size_t *head)
{
	struct slice words = server_words(c);

	if (sayings[c->reason])
		sayings[c->reason](out, c);
	else if (!explain_certificate(out, c))
		generic(out, c);
	*head = out->n;
	if (words.n > 0) {
		buf_add_str(out, ": ");
		words_safe(out, words, WORDS_SERVER_MAX);
	}
	return !out->failed;
}
