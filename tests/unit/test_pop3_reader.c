/* The reader: octets to events, each input whole, octet by octet and in random pieces. */
#include "pop3/limits.h"
#include "pop3/reader.h"
#include "test_pop3.h"

#include <stdlib.h>
#include <string.h>

static void put_text(struct buf *log, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < 0x20 || s.p[i] >= 0x7f)
			buf_addf(log, "\\%02x", s.p[i]);
		else
			buf_add_char(log, (char)s.p[i]);
	}
}

static void put_event(struct buf *log, const struct pop3_event *ev)
{
	static const char *const kinds[] = {[POP3_EVENT_NONE] = "none",
		[POP3_EVENT_CONTINUATION] = "challenge",
		[POP3_EVENT_LINE] = "line",
		[POP3_EVENT_END] = "end"};

	if (ev->kind == POP3_EVENT_ERROR) {
		buf_addf(log, "error%d", (int)ev->error);
	} else if (ev->kind == POP3_EVENT_STATUS) {
		buf_add_str(log, ev->ok ? "ok(" : "err(");
		put_text(log, ev->code);
		buf_add_char(log, ')');
	} else {
		buf_add_str(log, kinds[ev->kind]);
	}
	buf_add_str(log, ev->bare_lf ? "~" : "");
	buf_add_str(log, ev->more ? "&" : "");
	if (ev->kind == POP3_EVENT_STATUS || ev->kind == POP3_EVENT_CONTINUATION) {
		buf_add_char(log, ':');
		put_text(log, ev->text);
	} else if (ev->kind == POP3_EVENT_LINE) {
		buf_add_char(log, ':');
		put_text(log, ev->line);
	}
	buf_add_char(log, ';');
}

static size_t piece(unsigned cut, unsigned *random, size_t n)
{
	if (cut == 0)
		return n;
	if (cut == 1)
		return 1;
	*random = *random * 1103515245u + 12345u;
	return 1 + (*random >> 16) % 5 % n;
}

/* Feeds octets in pieces, puts what comes out into log, stops at an error. A new event begins when
 * all octets were used; after a status line the reader expects nothing by itself. */
static void feed(struct buf *log, enum pop3_read_mode mode, struct slice in, unsigned cut)
{
	struct pop3_reader r;
	unsigned random = cut;
	bool failed = false;

	pop3_reader_init(&r);
	pop3_reader_expect(&r, mode);
	while (in.n > 0 && !failed) {
		size_t n = piece(cut, &random, in.n), used = 0;

		while (used < n && !failed) {
			struct pop3_event ev;
			size_t took = pop3_reader_feed(&r, in.p + used, n - used, &ev);

			ck_assert_uint_le(took, n - used);
			used += took;
			failed = ev.kind == POP3_EVENT_ERROR;
			if (ev.kind != POP3_EVENT_NONE)
				put_event(log, &ev);
			else
				ck_assert_uint_eq(used, n);
		}
		in.p += n;
		in.n -= n;
	}
	if (!failed && pop3_reader_pending(&r).n > 0) {
		buf_add_str(log, "pending:");
		put_text(log, pop3_reader_pending(&r));
	}
	pop3_reader_fini(&r);
}

static void check_events(enum pop3_read_mode mode, struct slice in, const char *want)
{
	for (unsigned cut = 0; cut < 12; cut++) {
		struct buf log;

		buf_init(&log, 1 << 20);
		feed(&log, mode, in, cut);
		ck_assert(!log.failed);
		ck_assert_str_eq(buf_str(&log), want);
		buf_fini(&log);
	}
}

#define ROW(mode, in, want)                                                                        \
	{                                                                                          \
		mode, SLICE_INIT(in), want                                                         \
	}

static const struct {
	enum pop3_read_mode mode;
	struct slice in;
	const char *want;
} rows[] = {
	/* status lines: the indicator, then a space or the end of the line */
	ROW(POP3_READ_STATUS, "+OK\r\n", "ok():;"),
	ROW(POP3_READ_STATUS, "+OK \r\n", "ok():;"),
	ROW(POP3_READ_STATUS, "+OK  x y \r\n", "ok(): x y ;"),
	ROW(POP3_READ_STATUS, "-ERR\r\n", "err():;"),
	ROW(POP3_READ_STATUS, "-ERR no\r\n", "err():no;"),
	ROW(POP3_READ_STATUS, "+OK\n", "ok()~:;"),
	ROW(POP3_READ_STATUS, "+OK x\n", "ok()~:x;"),
	ROW(POP3_READ_STATUS, "+OK x\r\r\n", "ok():x\\0d;"),
	ROW(POP3_READ_STATUS, "+OK a\rb\r\n", "ok():a\\0db;"),
	ROW(POP3_READ_STATUS, "+OK a\0b\r\n", "ok():a\\00b;"),
	ROW(POP3_READ_STATUS, "+OK \xff\x80\r\n", "ok():\\ff\\80;"),
	ROW(POP3_READ_STATUS, "+ok\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "+Ok x\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "-err x\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "+OKAY\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "+OK\tx\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "+OK\0x\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "+OK\r x\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "-ERROR\r\n", "error1;"),
	ROW(POP3_READ_STATUS, " +OK\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "\0+OK\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "\xef\xbb\xbf+OK\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "\n", "error1~;"),
	ROW(POP3_READ_STATUS, "OK\r\n", "error1;"),
	ROW(POP3_READ_STATUS, ".\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "+O", "pending:+O"),
	ROW(POP3_READ_STATUS, "+OK\r", "pending:+OK\\0d"),
	/* a continuation is one inside a SASL exchange alone */
	ROW(POP3_READ_STATUS, "+ AA==\r\n", "error1;"),
	ROW(POP3_READ_STATUS, "+\r\n", "error1;"),
	ROW(POP3_READ_LIST, "+ \r\n", "error1;"),
	ROW(POP3_READ_SASL, "+ AA==\r\n", "challenge:AA==;"),
	ROW(POP3_READ_SASL, "+ \r\n", "challenge:;"),
	ROW(POP3_READ_SASL, "+\r\n", "challenge:;"),
	ROW(POP3_READ_SASL, "+\n", "challenge~:;"),
	ROW(POP3_READ_SASL, "+AA==\r\n", "error1;"),
	ROW(POP3_READ_SASL, "+OKAY\r\n", "error1;"),
	ROW(POP3_READ_SASL, "+OK x\r\n", "ok():x;"),
	ROW(POP3_READ_SASL, "-ERR [AUTH] x\r\n", "err(AUTH):[AUTH] x;"),
	ROW(POP3_READ_SASL, "* x\r\n", "error1;"),
	/* extended response codes */
	ROW(POP3_READ_STATUS, "-ERR [IN-USE] x\r\n", "err(IN-USE):[IN-USE] x;"),
	ROW(POP3_READ_STATUS, "-ERR [SYS/TEMP]\r\n", "err(SYS/TEMP):[SYS/TEMP];"),
	ROW(POP3_READ_STATUS, "-ERR []\r\n", "err():[];"),
	ROW(POP3_READ_STATUS, "-ERR [\r\n", "err():[;"),
	ROW(POP3_READ_STATUS, "-ERR [AUTH\r\n", "err():[AUTH;"),
	ROW(POP3_READ_STATUS, "-ERR  [AUTH] x\r\n", "err(): [AUTH] x;"),
	ROW(POP3_READ_STATUS, "-ERR x [AUTH]\r\n", "err():x [AUTH];"),
	ROW(POP3_READ_STATUS, "-ERR [A][B]\r\n", "err(A):[A][B];"),
	/* octets where no reply is due */
	ROW(POP3_READ_NOTHING, "+OK\r\n", "error2;"),
	ROW(POP3_READ_NOTHING, "\r\n", "error2;"),
	ROW(POP3_READ_STATUS, "+OK\r\n+OK\r\n", "ok():;error2;"),
	ROW(POP3_READ_SASL, "+ x\r\ny", "challenge:x;error2;"),
	ROW(POP3_READ_LIST, "-ERR\r\n.\r\n", "err():;error2;"),
	ROW(POP3_READ_LIST, "+OK\r\n.\r\n+", "ok():;end;error2;"),
	/* lists */
	ROW(POP3_READ_LIST, "+OK\r\nUSER\r\nSASL A B\r\n.\r\n",
		"ok():;line:USER;line:SASL A B;end;"),
	ROW(POP3_READ_LIST, "+OK\r\n\r\n.\r\n", "ok():;line:;end;"),
	ROW(POP3_READ_LIST, "+OK\r\n..\r\n.x\r\n...\r\n. \r\n.\r\n",
		"ok():;line:.;line:x;line:..;line: ;end;"),
	ROW(POP3_READ_LIST, "+OK\n.\n", "ok()~:;end~;"),
	ROW(POP3_READ_LIST, "+OK\r\na\nb\r\n.\n", "ok():;line~:a;line:b;end~;"),
	ROW(POP3_READ_LIST, "+OK\r\n.\r\r\n", "ok():;line:\\0d;"),
	ROW(POP3_READ_LIST, "+OK\r\na\0b\r\n", "ok():;line:a\\00b;"),
	ROW(POP3_READ_LIST, "+OK\r\n+OK\r\n-ERR\r\n", "ok():;line:+OK;line:-ERR;"),
	ROW(POP3_READ_LIST, "+OK\r\n.", "ok():;pending:."),
	/* messages: lines end by CRLF alone */
	ROW(POP3_READ_MESSAGE, "+OK\r\na\nb\r\n.\r\n", "ok():;line:a\\0ab;end;"),
	ROW(POP3_READ_MESSAGE, "+OK\r\n.\n.\r\n.\r\n", "ok():;line:\\0a.;end;"),
	ROW(POP3_READ_MESSAGE, "+OK\r\na\n.\r\nb\r\n.\r\n", "ok():;line:a\\0a.;line:b;end;"),
	ROW(POP3_READ_MESSAGE, "+OK\r\n..\r\n.\r\n", "ok():;line:.;end;"),
	ROW(POP3_READ_MESSAGE, "+OK\n\r\n.\r\n", "ok()~:;line:;end;"),
	ROW(POP3_READ_MESSAGE, "+OK\r\na\r\r\nb\r\n", "ok():;line:a\\0d;line:b;"),
	ROW(POP3_READ_MESSAGE, "-ERR x\r\n", "err():x;"),
};

START_TEST(events)
{
	check_events(rows[_i].mode, rows[_i].in, rows[_i].want);
}
END_TEST

/* --- limits ---------------------------------------------------------------------------------- */

/* before, n octets 'x', behind. */
static struct slice filled(struct buf *b, const char *before, size_t n, const char *behind)
{
	buf_clear(b);
	buf_add_str(b, before);
	memset(buf_extend(b, n), 'x', n);
	buf_add_str(b, behind);
	ck_assert(!b->failed);
	return buf_slice(b);
}

/* The kinds of events alone: "ok error3 " and so on. */
static void check_kinds(enum pop3_read_mode mode, struct slice in, const char *want)
{
	for (unsigned cut = 0; cut < 4; cut++) {
		struct buf log;
		char *kinds, *to;

		buf_init(&log, 1 << 20);
		feed(&log, mode, in, cut);
		kinds = to = buf_dup(&log);
		ck_assert_ptr_nonnull(kinds);
		for (const char *p = kinds; *p != '\0';) {
			if (*p == ':')
				p += strcspn(p, ";");
			else
				*to++ = *p++;
		}
		*to = '\0';
		ck_assert_str_eq(kinds, want);
		free(kinds);
		buf_fini(&log);
	}
}

START_TEST(status_line_limit)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	check_kinds(POP3_READ_STATUS, filled(&b, "+OK ", 8192 - 6, "\r\n"), "ok();");
	check_kinds(POP3_READ_STATUS, filled(&b, "+OK ", 8192 - 5, "\n"), "ok()~;");
	check_kinds(POP3_READ_STATUS, filled(&b, "+OK ", 8192 - 5, "\r\n"), "error3;");
	check_kinds(POP3_READ_STATUS, filled(&b, "+OK ", 8192 - 4, "\n"), "error3;");
	check_kinds(POP3_READ_STATUS, filled(&b, "+OK ", 8192 - 5, ""), "pending");
	check_kinds(POP3_READ_STATUS, filled(&b, "+OK ", 8192 - 4, ""), "error3;");
	check_kinds(POP3_READ_STATUS, filled(&b, "+OK ", 300000, "\r\n"), "error3;");
	buf_fini(&b);
}
END_TEST

START_TEST(list_line_limit)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	check_kinds(POP3_READ_LIST, filled(&b, "+OK\r\n", 8190, "\r\n.\r\n"), "ok();line;end;");
	check_kinds(POP3_READ_LIST, filled(&b, "+OK\r\n", 8191, "\r\n.\r\n"), "ok();error3;");
	check_kinds(POP3_READ_LIST, filled(&b, "+OK\r\n.", 8189, "\r\n.\r\n"), "ok();line;end;");
	buf_fini(&b);
}
END_TEST

START_TEST(sasl_line_limit)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	check_kinds(POP3_READ_SASL, filled(&b, "+ ", 12288 - 4, "\r\n"), "challenge;");
	check_kinds(POP3_READ_SASL, filled(&b, "+ ", 12288 - 3, "\r\n"), "error3;");
	check_kinds(POP3_READ_SASL, filled(&b, "+ ", 12288 - 3, "\n"), "challenge~;");
	check_kinds(POP3_READ_SASL, filled(&b, "+ ", 12288 - 2, ""), "error3;");
	buf_fini(&b);
}
END_TEST

/* Lines of a message have no limit; they come in pieces of 8192 octets. */
START_TEST(message_pieces)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	check_kinds(POP3_READ_MESSAGE, filled(&b, "+OK\r\n", 8190, "\r\n.\r\n"), "ok();line;end;");
	check_kinds(POP3_READ_MESSAGE, filled(&b, "+OK\r\n", 8192, "\r\n.\r\n"),
		"ok();line&;line;end;");
	check_kinds(POP3_READ_MESSAGE, filled(&b, "+OK\r\n", 20000, "\r\n.\r\n"),
		"ok();line&;line&;line;end;");
	/* A dot where a piece begins is content. */
	check_kinds(POP3_READ_MESSAGE, filled(&b, "+OK\r\n", 8192, ".\r\n.\r\n"),
		"ok();line&;line;end;");
	check_kinds(POP3_READ_MESSAGE, filled(&b, "+OK\r\n..", 8190, ".\r\n.\r\n"),
		"ok();line&;line;end;");
	buf_fini(&b);
}
END_TEST

/* No octet is lost or made up over pieces. */
START_TEST(message_octets)
{
	for (size_t n = 8185; n < 8200; n++) {
		struct pop3_reader r;
		struct buf b;
		struct slice in;
		size_t seen = 0;

		/* A piece that ends between CR and LF is a test of its own below. */
		if (n == 8191)
			continue;
		buf_init(&b, 1 << 20);
		in = filled(&b, "+OK\r\n", n, "\r\n.\r\n");
		pop3_reader_init(&r);
		pop3_reader_expect(&r, POP3_READ_MESSAGE);
		while (in.n > 0) {
			struct pop3_event ev;
			size_t used = pop3_reader_feed(&r, in.p, in.n, &ev);

			in.p += used;
			in.n -= used;
			if (ev.kind == POP3_EVENT_LINE)
				seen += ev.line.n;
		}
		ck_assert_uint_eq(seen, n);
		pop3_reader_fini(&r);
		buf_fini(&b);
	}
}
END_TEST

/* CR ends one piece, LF begins the next: still the end of the line. */
START_TEST(message_crlf_over_pieces)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	check_kinds(POP3_READ_MESSAGE, filled(&b, "+OK\r\n", 8191, "\r\n.\r\n"),
		"ok();line&;line;end;");
	buf_fini(&b);
}
END_TEST

START_TEST(used_again)
{
	struct pop3_reader r;
	struct pop3_event ev;

	pop3_reader_init(&r);
	pop3_reader_expect(&r, POP3_READ_LIST);
	ck_assert_uint_eq(pop3_reader_feed(&r, (const unsigned char *)"+OK\r\nx", 6, &ev), 5);
	ck_assert_int_eq(ev.kind, POP3_EVENT_STATUS);
	ck_assert_uint_eq(pop3_reader_feed(&r, (const unsigned char *)"x", 1, &ev), 1);
	ck_assert_int_eq(ev.kind, POP3_EVENT_NONE);
	ck_assert_uint_eq(pop3_reader_pending(&r).n, 1);
	/* What was left of another reply is forgotten. */
	pop3_reader_expect(&r, POP3_READ_STATUS);
	ck_assert_uint_eq(pop3_reader_pending(&r).n, 0);
	ck_assert_uint_eq(pop3_reader_feed(&r, (const unsigned char *)"-ERR y\r\n", 8, &ev), 8);
	ck_assert_int_eq(ev.kind, POP3_EVENT_STATUS);
	ck_assert(!ev.ok);
	ck_assert(slice_eq(ev.text, SLICE_LIT("y")));
	ck_assert(slice_eq(ev.line, SLICE_LIT("-ERR y")));
	ck_assert_uint_eq(pop3_reader_feed(&r, NULL, 0, &ev), 0);
	ck_assert_int_eq(ev.kind, POP3_EVENT_NONE);
	pop3_reader_fini(&r);
}
END_TEST

TCase *tcase_pop3_reader(void)
{
	TCase *tc = tcase_create("reader");

	tcase_add_loop_test(tc, events, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, used_again);
	return tc;
}

TCase *tcase_pop3_limits(void)
{
	TCase *tc = tcase_create("limits");

	tcase_add_test(tc, status_line_limit);
	tcase_add_test(tc, list_line_limit);
	tcase_add_test(tc, sasl_line_limit);
	tcase_add_test(tc, message_pieces);
	tcase_add_test(tc, message_octets);
	tcase_add_test(tc, message_crlf_over_pieces);
	return tc;
}
