/* Whole sessions cut at every octet: by the end of the stream, by a reset, by silence. */
#include "test_probe.h"

#include <string.h>

#define SCRAM                                                                                      \
	">AUTH SCRAM-SHA-1 biwsbj11c2VyLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdM",                      \
		"<+ cj1meWtvK2QybGJiRmdPTlJ2OXFreGRhd0wzcmZjTkhZSlkxWlZ2V1ZzN2oscz1RU1hDUitRNnNla" \
		"zhiZjkyLGk9NDA5Ng==",                                                             \
		">Yz1iaXdzLHI9ZnlrbytkMmxiYkZnT05Sdjlxa3hkYXdMM3JmY05IWUpZMVpWdldWczdqLHA9djBYOHY" \
		"zQnoyVDBDSkdiSlF5RjBYK0hJNFRzPQ==",                                               \
		"<+ dj1ybUY5cHFWOFM3c3VBb1pXamE0ZEpSa0ZzS1E9", ">", "<+OK in"

#define CLOSING ">STAT", "<+OK 12 345678", ">QUIT", "<+OK bye"

static const struct {
	enum probe_tls_mode mode;
	const char *script[32];
} sessions[] = {
	{PROBE_TLS_NONE, {"<+OK ready", ">CAPA", "<+OK", "<USER", "<.", ">USER user", "<+OK",
				 ">PASS pencil", "<+OK in", CLOSING}},
	{PROBE_TLS_NONE,
		{"<+OK <1@x>", ">CAPA", "<+OK", "<SASL SCRAM-SHA-1", "<.", SCRAM, CLOSING}},
	{PROBE_TLS_IMPLICIT,
		{">" RIG_HELLO, "=" RIG_SERVER_HELLO, "<+OK ready", ">CAPA", "<+OK", "<SASL PLAIN",
			"<.", ">AUTH PLAIN AHVzZXIAcGVuY2ls", "<+OK", CLOSING}},
	{PROBE_TLS_STLS,
		{"<+OK ready", ">CAPA", "<+OK", "<STLS", "<SASL PLAIN", "<.", ">STLS", "<+OK go",
			">" RIG_HELLO, "=" RIG_SERVER_HELLO, ">CAPA", "<+OK", "<SASL PLAIN", "<.",
			">AUTH PLAIN AHVzZXIAcGVuY2ls", "<+OK", CLOSING}},
};

enum { SESSIONS = sizeof(sessions) / sizeof(sessions[0]) };

static void begin(struct rig *r, int i)
{
	rig_init(r, sessions[i].mode, "stat");
	r->login.allow_plaintext = true;
}

static size_t octets_of(struct rig *r, int i)
{
	rig_play(r, sessions[i].script);
	ck_verdict(r, "");
	return r->octets;
}

/* What may go out in clear text before TLS where TLS was asked for (U4). */
static void check_clear_text(const struct rig *r)
{
	struct slice rest = buf_slice(&r->sent);

	while (rest.n > 0) {
		struct slice line = slice_cut(&rest, '\n');

		if (slice_prefix(line, SLICE_LIT(RIG_HELLO)))
			return;
		ck_assert(slice_eq(line, SLICE_LIT("CAPA\r")) ||
			  slice_eq(line, SLICE_LIT("STLS\r")) ||
			  slice_eq(line, SLICE_LIT("QUIT\r")));
	}
}

static void check_cut(struct rig *r, int i, const char *reason)
{
	bool at_quit = r->result->phase_ns[PHASE_QUIT] != PROBE_NS_NONE;

	if (r->result->reason == REASON_NONE)
		ck_assert(at_quit && r->result->quit_failed);
	else
		ck_assert_str_eq(probe_reason_name(r->result->reason), reason);
	ck_assert_uint_ne(r->result->elapsed_ns, 0);
	if (sessions[i].mode != PROBE_TLS_NONE)
		check_clear_text(r);
	ck_assert(!rig_tells(r, "pencil"));
}

static void cut_everywhere(int i, char end, const char *reason)
{
	struct rig r;
	size_t octets;

	begin(&r, i);
	octets = octets_of(&r, i);
	ck_assert_uint_gt(octets, 40);
	for (size_t n = 0; n < octets; n++) {
		rig_cut_at(&r, sessions[i].script, n, end);
		check_cut(&r, i, reason);
	}
	rig_fini(&r);
}

START_TEST(eof_everywhere)
{
	cut_everywhere(_i, '$', "closed");
}
END_TEST

START_TEST(reset_everywhere)
{
	cut_everywhere(_i, '%', "reset");
}
END_TEST

START_TEST(silence_everywhere)
{
	cut_everywhere(_i, '#', "timeout");
}
END_TEST

/* One octet of the server's changed at each place: whatever it makes of it, the probe comes to an
 * end, says nothing in clear text that TLS was asked for, and quotes no secret. */
static void spoil(struct rig *r, int i, size_t at, unsigned char c)
{
	static char lines[32][256];
	const char *script[33] = {NULL};
	size_t n = 0, offset = 0;

	for (; sessions[i].script[n] != NULL; n++) {
		const char *entry = sessions[i].script[n];
		size_t octets = strlen(entry) - 1;

		strcpy(lines[n], entry);
		script[n] = lines[n];
		if (entry[0] != '<' && entry[0] != '=')
			continue;
		if (at >= offset && at < offset + octets && lines[n][0] != '>')
			lines[n][1 + at - offset] = (char)c;
		offset += octets + (entry[0] == '<' ? 2 : 0);
	}
	/* Client lines no longer hold; the server talks on, whatever is said. */
	for (size_t j = 0; j < n; j++)
		if (script[j][0] == '>')
			script[j] = "#0";
	script[n] = "#20000";
	r->octets_max = SIZE_MAX - 1;
	rig_run(r, script, RIG_OCTETS);
}

START_TEST(spoiled_everywhere)
{
	static const unsigned char octets[] = {'\n', '\r', ' ', '.', '+', 0x80, 0xff};
	struct rig r;
	size_t n;

	begin(&r, _i);
	n = octets_of(&r, _i);
	for (size_t at = 0; at < n; at++) {
		for (size_t c = 0; c < sizeof(octets); c++) {
			spoil(&r, _i, at, octets[c]);
			if (sessions[_i].mode != PROBE_TLS_NONE)
				check_clear_text(&r);
			ck_assert(!rig_tells(&r, "pencil"));
		}
	}
	rig_fini(&r);
}
END_TEST

TCase *tcase_probe_cut(void)
{
	TCase *tc = tcase_create("cut");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, eof_everywhere, 0, SESSIONS);
	tcase_add_loop_test(tc, reset_everywhere, 0, SESSIONS);
	tcase_add_loop_test(tc, silence_everywhere, 0, SESSIONS);
	tcase_add_loop_test(tc, spoiled_everywhere, 0, SESSIONS);
	return tc;
}
