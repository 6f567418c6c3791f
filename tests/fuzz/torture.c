/* Whole probes with each allocation failed in turn: no crash, no leak (AddressSanitizer looks), and
 * what comes out is the real result or "internal", never a fault laid at the server's door. */
#include "fuzz.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static size_t count, fail_at; /* 1: the first; 0: none */
static size_t bad;
static bool from_there_on;

static bool fails(void)
{
	count++;
	return fail_at != 0 && (from_there_on ? count >= fail_at : count == fail_at);
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

#define TO_LOGIN "+OK ready <1@x>\r\n\1+OK\r\nUSER\r\nTOP\r\nSASL PLAIN LOGIN CRAM-MD5\r\n.\r\n\1"
#define CLOSING	 "\1+OK 2 320\r\n\1+OK bye\r\n"

static const struct {
	const char *name;
	unsigned choice; /* of session_init */
	struct slice server;
} sessions[] = {
	{"USER", AUTH_USER, SLICE_INIT(TO_LOGIN "+OK\r\n\1+OK in\r\n" CLOSING)},
	{"PLAIN", AUTH_PLAIN, SLICE_INIT(TO_LOGIN "+OK in\r\n" CLOSING)},
	{"PLAIN, two lines", AUTH_PLAIN | 64, SLICE_INIT(TO_LOGIN "+ \r\n\1+OK in\r\n" CLOSING)},
	{"LOGIN", AUTH_LOGIN, SLICE_INIT(TO_LOGIN "+ \r\n\1+ \r\n\1+OK in\r\n" CLOSING)},
	{"CRAM-MD5", AUTH_CRAM_MD5, SLICE_INIT(TO_LOGIN "+ PDFAeD4=\r\n\1+OK in\r\n" CLOSING)},
	{"APOP", AUTH_APOP, SLICE_INIT(TO_LOGIN "+OK in\r\n" CLOSING)},
	{"auto", AUTH_MECH_COUNT, SLICE_INIT(TO_LOGIN "+ PDFAeD4=\r\n\1+OK in\r\n" CLOSING)},
	{"auto, refused", AUTH_MECH_COUNT,
		SLICE_INIT(TO_LOGIN "+ PDFAeD4=\r\n\1-ERR [AUTH] no\r\n\1+OK bye\r\n")},
	{"no +OK", AUTH_USER, SLICE_INIT("-ERR [SYS/TEMP] later\r\n")},
	{"unavailable", AUTH_SCRAM_SHA_1, SLICE_INIT(TO_LOGIN "+OK bye\r\n")},
};

static const char *verdict(const struct session *s)
{
	const struct probe_result *r = probe_result(s->probe);

	return r->reason == REASON_NONE ? "ok" : probe_reason_name(r->reason);
}

static struct buf want_sent;

/* Less may be said than without the failure, and QUIT or "*" at the end; nothing else. */
static bool sent_in_part(const struct session *s)
{
	static const struct slice ends[] = {SLICE_INIT("QUIT\r\n"), SLICE_INIT("*\r\n")};
	struct slice sent = buf_slice(&s->sent), want = buf_slice(&want_sent);

	if (slice_prefix(want, sent))
		return true;
	for (size_t i = 0; i < 2; i++) {
		struct slice head = {sent.p, sent.n - ends[i].n};

		if (sent.n >= ends[i].n &&
			slice_eq((struct slice){sent.p + head.n, ends[i].n}, ends[i]) &&
			slice_prefix(want, head))
			return true;
	}
	return false;
}

static void judge(const struct session *s, const char *name, size_t at, const char *want)
{
	const struct probe_result *r = probe_result(s->probe);
	bool real = strcmp(verdict(s), want) == 0;

	if ((real || r->reason == REASON_INTERNAL) && sent_in_part(s))
		return;
	bad++;
	printf("%s: allocation %zu%s failed: %s %s (%s) instead of %s\n", name, at,
		from_there_on ? " and all behind it" : "", probe_phase_name(r->phase), verdict(s),
		r->detail, want);
	if (!sent_in_part(s))
		printf("sent otherwise:\n%.*s", (int)s->sent.n, (const char *)s->sent.p);
}

/* True while an allocation was left to fail. */
static bool one(size_t i, size_t at, const char *want)
{
	struct session s;
	bool made;

	fail_at = 0;
	made = session_init(&s, 0, sessions[i].choice);
	FUZZ_CHECK(made);
	count = 0;
	fail_at = at;
	session_run(&s, sessions[i].server, FUZZ_WHOLE, false);
	fail_at = 0;
	if (s.probe != NULL)
		judge(&s, sessions[i].name, at, want);
	session_fini(&s);
	return count >= at;
}

static size_t each(size_t i)
{
	struct session s;
	const char *want;
	size_t runs = 0;

	fail_at = 0;
	FUZZ_CHECK(session_init(&s, 0, sessions[i].choice));
	session_run(&s, sessions[i].server, FUZZ_WHOLE, false);
	want = verdict(&s);
	buf_clear(&want_sent);
	buf_add_slice(&want_sent, buf_slice(&s.sent));
	session_fini(&s);
	for (int all = 0; all < 2; all++) {
		from_there_on = all != 0;
		for (size_t at = 1; one(i, at, want); at++)
			runs++;
	}
	return runs;
}

int main(void)
{
	size_t runs = 0;

	buf_init(&want_sent, 1 << 16);
	for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++)
		runs += each(i);
	buf_fini(&want_sent);
	printf("torture: %zu runs, %zu of them with a wrong result\n", runs, bad);
	return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
