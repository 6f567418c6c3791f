#include "test_tls.h"

#include <check.h>
#include <string.h>

static int on_client_hello(SSL *ssl, int *alert, void *arg)
{
	struct test_server *s = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	if (name)
		snprintf(s->sni, sizeof(s->sni), "%s", name);
	return SSL_TLSEXT_ERR_OK;
}

void test_server_init(struct test_server *s, X509 *const *chain, EVP_PKEY *key)
{
	memset(s, 0, sizeof(*s));
	s->send_max = SIZE_MAX;
	s->ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(s->ctx, 0);
	SSL_CTX_set_tlsext_servername_callback(s->ctx, on_client_hello);
	SSL_CTX_set_tlsext_servername_arg(s->ctx, s);
	ck_assert_int_eq(SSL_CTX_use_certificate(s->ctx, chain[0]), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(s->ctx, key ? key : test_key_leaf()), 1);
	/* What is not in the list is not sent: no guessing from a store. */
	SSL_CTX_set_mode(s->ctx, SSL_MODE_NO_AUTO_CHAIN);
	for (chain++; *chain; chain++)
		ck_assert(SSL_CTX_add1_chain_cert(s->ctx, *chain));
	s->ssl = SSL_new(s->ctx);
	s->in = BIO_new(BIO_s_mem());
	s->out = BIO_new(BIO_s_mem());
	SSL_set_bio(s->ssl, s->in, s->out);
	SSL_set_accept_state(s->ssl);
}

void test_server_fini(struct test_server *s)
{
	SSL_free(s->ssl);
	SSL_CTX_free(s->ctx);
}

void test_collect(const struct tls_ops *ops, struct tls_channel *ch, struct test_server *s)
{
	struct slice o = ops->output(ch);

	if (o.n > 0)
		BIO_write(s->in, o.p, (int)o.n);
	ops->output_ack(ch, o.n);
}

bool test_deliver(const struct tls_ops *ops, struct tls_channel *ch, struct test_server *s)
{
	unsigned char b[TLS_FEED_MAX];
	size_t n = s->chunk ? s->chunk : sizeof(b);
	int got;

	if (n > s->send_max - s->sent)
		n = s->send_max - s->sent;
	if (n == 0) {
		ops->feed_end(ch);
		return false;
	}
	got = BIO_read(s->out, b, (int)n);
	if (got <= 0)
		return true;
	s->sent += (size_t)got;
	ck_assert(ops->feed(ch, b, (size_t)got));
	return true;
}

enum tls_status test_handshake(
	const struct tls_ops *ops, struct tls_channel *ch, struct test_server *s)
{
	enum tls_status status = ops->handshake(ch);

	for (int turn = 0; turn < 200000 && status == TLS_WANT_INPUT; turn++) {
		bool alive = true;

		test_collect(ops, ch, s);
		if (BIO_pending(s->out) == 0)
			SSL_do_handshake(s->ssl);
		if (BIO_pending(s->out) > 0 || s->sent >= s->send_max)
			alive = test_deliver(ops, ch, s);
		else if (SSL_get_state(s->ssl) == TLS_ST_OK || turn > 100000)
			ops->feed_end(ch);
		status = ops->handshake(ch);
		if (!alive)
			break;
	}
	/* The server ends its side, too: Finished of TLS 1.3 is the client's last word. */
	test_collect(ops, ch, s);
	SSL_do_handshake(s->ssl);
	return status;
}
