/* lib/tls as a stream: cuts, floods, peers that speak something else. */
#include "test_tls.h"

#include <check.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void test_tls_add_stream(Suite *s);

static const char greeting[] = "+OK POP3 ready\r\n";

/* A channel and a server that trust nobody and know each other. */
static struct {
	const struct tls_ops *ops;
	X509 *leaf;
	struct tls_config *config;
	struct test_server server;
	struct tls_channel *ch;
} t;

static void begin(void)
{
	test_server_init(&t.server, (X509 *const[]){t.leaf, NULL}, NULL);
	t.ch = t.ops->channel_new(t.config, "mail.example.org", true, TLS_NOW);
	ck_assert_ptr_nonnull(t.ch);
}

static void end(void)
{
	t.ops->channel_free(t.ch);
	test_server_fini(&t.server);
}

static void setup(void)
{
	char err[256];

	t.ops = tls_ops_get();
	t.leaf = test_cert(&(struct cert_spec){.cn = "s", .san = "DNS:s"});
	t.config = t.ops->config_new(
		&(struct tls_settings){.verify = TLS_VERIFY_OFF}, err, sizeof(err));
	ck_assert_ptr_nonnull(t.config);
	begin();
}

static void teardown(void)
{
	end();
	t.ops->config_unref(t.config);
	X509_free(t.leaf);
	test_files_remove();
}

/* Reads until the status is not TLS_OK; what was read is appended to text. */
static enum tls_status read_all(char *text, size_t size, size_t *n)
{
	enum tls_status status;
	size_t got;

	while ((status = t.ops->read(t.ch, text + *n, size - *n, &got)) == TLS_OK)
		*n += got;
	ck_assert_uint_eq(got, 0);
	return status;
}

static enum tls_status receive(char *text, size_t size, size_t *n)
{
	enum tls_status status = read_all(text, size, n);

	while (status == TLS_WANT_INPUT) {
		bool alive = test_deliver(t.ops, t.ch, &t.server);

		if (alive && BIO_pending(t.server.out) == 0 && t.server.sent < t.server.send_max) {
			status = read_all(text, size, n);
			break;
		}
		status = read_all(text, size, n);
	}
	return status;
}

START_TEST(dialogue)
{
	char text[64], quit[16];
	size_t n = 0;

	ck_assert_int_eq(test_handshake(t.ops, t.ch, &t.server), TLS_OK);
	SSL_write(t.server.ssl, greeting, sizeof(greeting) - 1);
	ck_assert_int_eq(receive(text, sizeof(text), &n), TLS_WANT_INPUT);
	ck_assert_uint_eq(n, sizeof(greeting) - 1);
	ck_assert_mem_eq(text, greeting, n);
	ck_assert_int_eq(t.ops->write(t.ch, "QUIT\r\n", 6), TLS_OK);
	test_collect(t.ops, t.ch, &t.server);
	ck_assert_int_eq(SSL_read(t.server.ssl, quit, sizeof(quit)), 6);
	t.ops->close(t.ch);
	test_collect(t.ops, t.ch, &t.server);
	ck_assert_int_eq(SSL_read(t.server.ssl, quit, sizeof(quit)), 0);
	ck_assert_int_eq(SSL_get_shutdown(t.server.ssl), SSL_RECEIVED_SHUTDOWN);
	SSL_shutdown(t.server.ssl);
	ck_assert_int_eq(receive(text, sizeof(text), &n), TLS_CLOSED);
}
END_TEST

START_TEST(nothing_goes_to_an_unverified_peer)
{
	struct tls_config *c;
	char err[256], b[8];
	size_t got;

	end();
	c = t.ops->config_new(&(struct tls_settings){.verify = TLS_VERIFY_REQUIRE,
				      .ca_path = test_pem_file((X509 *const[]){t.leaf, NULL})},
		err, sizeof(err));
	test_server_init(&t.server, (X509 *const[]){t.leaf, NULL}, NULL);
	t.ch = t.ops->channel_new(c, "mail.example.org", true, TLS_NOW);
	t.ops->config_unref(c);
	ck_assert_int_eq(test_handshake(t.ops, t.ch, &t.server), TLS_CERTIFICATE);
	ck_assert_int_eq(t.ops->write(t.ch, "QUIT\r\n", 6), TLS_CERTIFICATE);
	ck_assert_int_eq(t.ops->read(t.ch, b, sizeof(b), &got), TLS_CERTIFICATE);
	ck_assert_int_eq(t.ops->handshake(t.ch), TLS_CERTIFICATE);
	ck_assert_uint_eq(t.ops->output(t.ch).n, 0);
	t.ops->close(t.ch);
	ck_assert_uint_gt(t.ops->output(t.ch).n, 0);
	test_collect(t.ops, t.ch, &t.server);
	ck_assert_int_eq(SSL_read(t.server.ssl, b, sizeof(b)), 0);
	ck_assert_int_eq(SSL_get_error(t.server.ssl, 0), SSL_ERROR_ZERO_RETURN);
}
END_TEST

START_TEST(before_the_handshake)
{
	char b[8];
	size_t got;

	ck_assert_int_eq(t.ops->write(t.ch, "QUIT\r\n", 6), TLS_WANT_INPUT);
	ck_assert_int_eq(t.ops->read(t.ch, b, sizeof(b), &got), TLS_WANT_INPUT);
	ck_assert_uint_eq(t.ops->output(t.ch).n, 0);
	t.ops->close(t.ch);
	ck_assert_uint_eq(t.ops->output(t.ch).n, 0);
	ck_assert_str_eq(t.ops->error(t.ch), "");
}
END_TEST

START_TEST(one_octet_at_a_time)
{
	char text[64];
	size_t n = 0;

	t.server.chunk = 1;
	ck_assert_int_eq(test_handshake(t.ops, t.ch, &t.server), TLS_OK);
	SSL_write(t.server.ssl, greeting, sizeof(greeting) - 1);
	SSL_shutdown(t.server.ssl);
	ck_assert_int_eq(receive(text, sizeof(text), &n), TLS_CLOSED);
	ck_assert_mem_eq(text, greeting, sizeof(greeting) - 1);
}
END_TEST

/* The octets the server sends in a session that ends well. */
static enum tls_status session(size_t send_max, enum tls_status *handshake, size_t *n)
{
	char text[64];

	*n = 0;
	t.server.send_max = send_max;
	*handshake = test_handshake(t.ops, t.ch, &t.server);
	if (*handshake != TLS_OK)
		return *handshake;
	SSL_write(t.server.ssl, greeting, sizeof(greeting) - 1);
	SSL_shutdown(t.server.ssl);
	return receive(text, sizeof(text), n);
}

START_TEST(cut_at_every_octet)
{
	enum tls_status hs, last;
	size_t n, total, handshakes = 0;

	ck_assert_int_eq(session(SIZE_MAX, &hs, &n), TLS_CLOSED);
	total = t.server.sent;
	/* Lengths differ by a few octets from one session to the next (ECDSA signatures). */
	for (size_t cut = 0; cut + 8 < total; cut++) {
		end();
		begin();
		last = session(cut, &hs, &n);
		if (hs != TLS_OK) {
			ck_assert_int_eq(hs, TLS_HANDSHAKE);
			ck_assert_str_eq(
				t.ops->error(t.ch), "connection closed during the handshake");
			continue;
		}
		handshakes++;
		ck_assert_int_eq(last, TLS_FAILED);
		ck_assert_ptr_nonnull(strstr(t.ops->error(t.ch), "truncated"));
	}
	ck_assert_uint_gt(handshakes, 50);
	ck_assert_uint_lt(handshakes + 500, total);
}
END_TEST

START_TEST(one_octet_wrong)
{
	for (size_t at = 0; at < 1400; at += 3) {
		unsigned char b[TLS_FEED_MAX];
		enum tls_status status;
		size_t fed = 0;

		end();
		begin();
		status = t.ops->handshake(t.ch);
		for (int turn = 0; turn < 8 && status == TLS_WANT_INPUT; turn++) {
			int n;

			test_collect(t.ops, t.ch, &t.server);
			SSL_do_handshake(t.server.ssl);
			n = BIO_read(t.server.out, b, sizeof(b));
			if (n <= 0)
				break;
			if (at >= fed && at < fed + (size_t)n)
				b[at - fed] ^= 0x41;
			fed += (size_t)n;
			ck_assert(t.ops->feed(t.ch, b, (size_t)n));
			status = t.ops->handshake(t.ch);
		}
		ck_assert_msg(status != TLS_OK || at >= fed, "octet %zu", at);
	}
}
END_TEST

START_TEST(peers_that_do_not_speak_tls)
{
	static const struct {
		const char *octets;
		size_t n;
		bool plain;
	} rows[] = {
		{"+OK POP3 ready\r\n", 16, true},
		{"+", 1, true},
		{"-ERR go away\r\n", 14, true},
		{"\x00", 1, true},
		{"SSH-2.0", 7, true},
		{"\x80\x2e\x01\x00\x02", 5, true},
		{"\x16\x02", 2, true},
		{"\x15\x03\x05", 3, true},
		{"\x16\x03\x01", 3, false},
		{"\x16", 1, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char first;
		enum tls_status status;

		end();
		begin();
		ck_assert_int_eq(t.ops->handshake(t.ch), TLS_WANT_INPUT);
		ck_assert(!t.ops->peer_not_tls(t.ch, &first));
		ck_assert(t.ops->feed(t.ch, rows[i].octets, rows[i].n));
		status = t.ops->handshake(t.ch);
		ck_assert_int_eq(status, rows[i].plain ? TLS_HANDSHAKE : TLS_WANT_INPUT);
		ck_assert_int_eq(t.ops->peer_not_tls(t.ch, &first), rows[i].plain);
		ck_assert_uint_eq(first, (unsigned char)rows[i].octets[0]);
	}
}
END_TEST

START_TEST(fatal_alerts)
{
	static const struct {
		const char *alert;
		enum tls_status status;
		const char *words;
	} rows[] = {
		{"\x15\x03\x03\x00\x02\x02\x46", TLS_VERSION, "protocol version"},
		{"\x15\x03\x03\x00\x02\x02\x28", TLS_HANDSHAKE, "handshake failure"},
		{"\x15\x03\x03\x00\x02\x02\x70", TLS_HANDSHAKE, "unrecognized name"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		end();
		begin();
		t.ops->handshake(t.ch);
		ck_assert(t.ops->feed(t.ch, rows[i].alert, 7));
		ck_assert_int_eq(t.ops->handshake(t.ch), rows[i].status);
		ck_assert_msg(strstr(t.ops->error(t.ch), rows[i].words) != NULL, "%s",
			t.ops->error(t.ch));
	}
}
END_TEST

/* What the server does a thousand times must neither grow memory nor go on for ever. */
static enum tls_status flood(void (*once)(SSL *ssl), bool collect)
{
	enum tls_status status = TLS_WANT_INPUT;
	char text[64];
	size_t n = 0;
	size_t before = mallinfo2().uordblks;

	for (int i = 0; i < 1000 && status == TLS_WANT_INPUT; i++) {
		once(t.server.ssl);
		n = 0;
		status = receive(text, sizeof(text), &n);
		if (collect)
			test_collect(t.ops, t.ch, &t.server);
	}
	ck_assert_uint_lt(mallinfo2().uordblks, before + 200000);
	return status;
}

static void send_ticket(SSL *ssl)
{
	SSL_new_session_ticket(ssl);
	SSL_write(ssl, "", 0);
}

static void send_key_update(SSL *ssl)
{
	SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
	SSL_do_handshake(ssl);
}

START_TEST(ticket_flood)
{
	ck_assert_int_eq(test_handshake(t.ops, t.ch, &t.server), TLS_OK);
	ck_assert_int_eq(flood(send_ticket, true), TLS_FAILED);
	ck_assert_ptr_nonnull(strstr(t.ops->error(t.ch), "too many messages"));
}
END_TEST

START_TEST(key_update_flood)
{
	ck_assert_int_eq(test_handshake(t.ops, t.ch, &t.server), TLS_OK);
	ck_assert_int_eq(flood(send_key_update, false), TLS_FAILED);
	ck_assert_uint_le(t.ops->output(t.ch).n, 65536);
}
END_TEST

static void renegotiate(SSL *ssl)
{
	SSL_renegotiate(ssl);
	SSL_do_handshake(ssl);
}

START_TEST(renegotiation_is_refused)
{
	SSL_set_max_proto_version(t.server.ssl, TLS1_2_VERSION);
	ck_assert_int_eq(test_handshake(t.ops, t.ch, &t.server), TLS_OK);
	ck_assert_str_eq(t.ops->facts(t.ch)->version, "TLS 1.2");
	renegotiate(t.server.ssl);
	ck_assert_int_ne(flood(renegotiate, false), TLS_OK);
	ck_assert_uint_le(t.ops->output(t.ch).n, 65536);
}
END_TEST

START_TEST(alert_flood)
{
	enum tls_status status = TLS_WANT_INPUT;

	t.ops->handshake(t.ch);
	for (int i = 0; i < 1000 && status == TLS_WANT_INPUT; i++) {
		ck_assert(t.ops->feed(t.ch, "\x15\x03\x03\x00\x02\x01\x5a", 7));
		status = t.ops->handshake(t.ch);
	}
	ck_assert_int_eq(status, TLS_HANDSHAKE);
}
END_TEST

START_TEST(empty_record_flood)
{
	enum tls_status status = TLS_WANT_INPUT;

	t.ops->handshake(t.ch);
	for (int i = 0; i < 1000 && status == TLS_WANT_INPUT; i++) {
		ck_assert(t.ops->feed(t.ch, "\x16\x03\x03\x00\x00", 5));
		status = t.ops->handshake(t.ch);
	}
	ck_assert_int_eq(status, TLS_HANDSHAKE);
}
END_TEST

START_TEST(big_records)
{
	static char big[16384], text[200000];
	size_t n = 0, before;

	memset(big, 'x', sizeof(big));
	ck_assert_int_eq(test_handshake(t.ops, t.ch, &t.server), TLS_OK);
	before = mallinfo2().uordblks;
	for (int i = 0; i < 10; i++)
		SSL_write(t.server.ssl, big, sizeof(big));
	ck_assert_int_eq(receive(text, sizeof(text), &n), TLS_WANT_INPUT);
	ck_assert_uint_eq(n, 10 * sizeof(big));
	ck_assert_uint_lt(mallinfo2().uordblks, before + 250000);
	ck_assert_int_eq(t.ops->write(t.ch, big, sizeof(big)), TLS_OK);
	ck_assert_uint_gt(t.ops->output(t.ch).n, sizeof(big));
	/* Nobody takes it: the bound is met by an error. */
	for (int i = 0; i < 4; i++)
		t.ops->write(t.ch, big, sizeof(big));
	ck_assert_int_eq(t.ops->write(t.ch, big, sizeof(big)), TLS_FAILED);
	ck_assert_uint_le(t.ops->output(t.ch).n, 65536);
}
END_TEST

START_TEST(too_much_input)
{
	static char b[TLS_FEED_MAX];

	memcpy(b, "\x16\x03\x03", 3);
	ck_assert(t.ops->feed(t.ch, b, sizeof(b)));
	ck_assert(t.ops->feed(t.ch, b, sizeof(b)));
	ck_assert(!t.ops->feed(t.ch, b, sizeof(b)));
}
END_TEST

START_TEST(garbage_after_the_handshake)
{
	char b[16];
	size_t got;

	ck_assert_int_eq(test_handshake(t.ops, t.ch, &t.server), TLS_OK);
	ck_assert(t.ops->feed(t.ch, "+OK in clear text, never mind TLS\r\n", 35));
	ck_assert_int_eq(t.ops->read(t.ch, b, sizeof(b), &got), TLS_FAILED);
	ck_assert_uint_eq(got, 0);
}
END_TEST

/* Facts although the server breaks the handshake off behind its Certificate: Finished is corrupt.
 */
START_TEST(facts_of_a_failed_handshake)
{
	unsigned char b[TLS_FEED_MAX];
	int n;

	SSL_set_max_proto_version(t.server.ssl, TLS1_2_VERSION);
	t.ops->handshake(t.ch);
	test_collect(t.ops, t.ch, &t.server);
	SSL_do_handshake(t.server.ssl);
	n = BIO_read(t.server.out, b, sizeof(b));
	b[n - 12] ^= 1; /* in the signature of ServerKeyExchange */
	ck_assert(t.ops->feed(t.ch, b, (size_t)n));
	ck_assert_int_eq(t.ops->handshake(t.ch), TLS_HANDSHAKE);
	ck_assert(!t.ops->facts(t.ch)->handshake_done);
	ck_assert_uint_eq(t.ops->facts(t.ch)->chain_count, 1);
	ck_assert_str_eq(t.ops->facts(t.ch)->chain[0].common_name, "s");
	ck_assert_str_eq(t.ops->facts(t.ch)->version, "TLS 1.2");
}
END_TEST

void test_tls_add_stream(Suite *s)
{
	TCase *c = tcase_create("stream");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, dialogue);
	tcase_add_test(c, nothing_goes_to_an_unverified_peer);
	tcase_add_test(c, before_the_handshake);
	tcase_add_test(c, one_octet_at_a_time);
	tcase_add_test(c, cut_at_every_octet);
	tcase_add_test(c, one_octet_wrong);
	tcase_add_test(c, peers_that_do_not_speak_tls);
	tcase_add_test(c, fatal_alerts);
	tcase_add_test(c, ticket_flood);
	tcase_add_test(c, key_update_flood);
	tcase_add_test(c, renegotiation_is_refused);
	tcase_add_test(c, alert_flood);
	tcase_add_test(c, empty_record_flood);
	tcase_add_test(c, big_records);
	tcase_add_test(c, too_much_input);
	tcase_add_test(c, garbage_after_the_handshake);
	tcase_add_test(c, facts_of_a_failed_handshake);
	suite_add_tcase(s, c);
}
