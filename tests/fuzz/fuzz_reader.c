/* The reader: the same events whole, octet by octet and in random pieces. The first octet chooses
 * the mode; behind a complete reply the next of its kind is expected. */
#include "fuzz.h"
#include "pop3/capa.h"
#include "pop3/limits.h"
#include "pop3/listing.h"
#include "pop3/reader.h"

#include <string.h>

static void put_slice(struct buf *log, struct slice s)
{
	buf_addf(log, "%zu:", s.n);
	buf_add_slice(log, s);
}

static bool inside(struct slice part, struct slice whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_event(const struct pop3_event *ev)
{
	uint64_t a, b;
	struct pop3_capa *capa;

	FUZZ_CHECK(inside(ev->text, ev->line));
	FUZZ_CHECK(inside(ev->code, ev->text));
	FUZZ_CHECK(ev->line.n <= POP3_SASL_LINE_MAX + 2);
	if (ev->kind == POP3_EVENT_STATUS) {
		FUZZ_CHECK(ev->line.n >= 3);
		FUZZ_CHECK(memcmp(ev->line.p, ev->ok ? "+OK" : "-ER", 3) == 0);
	}
	if (ev->kind == POP3_EVENT_STATUS || ev->kind == POP3_EVENT_LINE)
		(void)pop3_listing_pair(ev->text, &a, &b);
	if (ev->kind != POP3_EVENT_LINE)
		return;
	capa = pop3_capa_new();
	FUZZ_CHECK(capa != NULL);
	if (pop3_capa_add(capa, ev->line, ev->line) == POP3_ERROR_NONE)
		(void)pop3_capa_sasl(capa);
	pop3_capa_free(capa);
}

static void put_event(struct buf *log, const struct pop3_event *ev)
{
	buf_addf(log, "%d %d %d %d %d ", (int)ev->kind, (int)ev->error, ev->ok, ev->bare_lf,
		ev->more);
	/* Of surplus octets one sees what is there. */
	if (ev->kind != POP3_EVENT_ERROR)
		put_slice(log, ev->line);
	put_slice(log, ev->text);
	put_slice(log, ev->code);
}

/* Returns false at an error. */
static bool take(
	struct pop3_reader *r, enum pop3_read_mode mode, struct slice piece, struct buf *log)
{
	while (piece.n > 0) {
		struct pop3_event ev;
		size_t used;

		if (r->mode == POP3_READ_NOTHING && mode != POP3_READ_NOTHING)
			pop3_reader_expect(r, mode);
		used = pop3_reader_feed(r, piece.p, piece.n, &ev);
		FUZZ_CHECK(used <= piece.n);
		FUZZ_CHECK(used > 0 || ev.kind != POP3_EVENT_NONE);
		piece.p += used;
		piece.n -= used;
		if (ev.kind == POP3_EVENT_NONE)
			continue;
		check_event(&ev);
		put_event(log, &ev);
		if (ev.kind == POP3_EVENT_ERROR)
			return false;
	}
	return true;
}

static void run(enum pop3_read_mode mode, struct slice in, unsigned cut, struct buf *log)
{
	struct pop3_reader r;
	unsigned random = cut;
	bool going = true;

	pop3_reader_init(&r);
	pop3_reader_expect(&r, mode);
	while (in.n > 0 && going) {
		size_t n = fuzz_piece(cut, &random, in.n);

		going = take(&r, mode, (struct slice){in.p, n}, log);
		in.p += n;
		in.n -= n;
	}
	if (going)
		put_slice(log, pop3_reader_pending(&r));
	pop3_reader_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = {data, size};
	enum pop3_read_mode mode = (enum pop3_read_mode)(fuzz_octet(&in) % 5);
	struct buf whole, cut;

	buf_init(&whole, 1 << 26);
	buf_init(&cut, 1 << 26);
	run(mode, in, FUZZ_WHOLE, &whole);
	for (unsigned i = FUZZ_OCTETS; i < FUZZ_RANDOM + 2; i++) {
		buf_clear(&cut);
		run(mode, in, i, &cut);
		FUZZ_CHECK(slice_eq(buf_slice(&whole), buf_slice(&cut)));
	}
	buf_fini(&whole);
	buf_fini(&cut);
	return 0;
}
