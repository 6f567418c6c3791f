/* One TLS connection as a sans-I/O machine over OpenSSL. */
#include "tls/internal.h"

#include <openssl/err.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_channel *tls_channel_new(
	struct tls_config *c, const char *server_name, bool send_sni, int64_t verify_time)
{
	struct tls_channel *ch = calloc(1, sizeof(*ch));

	if (!ch)
		return NULL;
	buf_init(&ch->in, TLS_INPUT_MAX);
	buf_init(&ch->out, TLS_OUTPUT_MAX);
	tls_facts_init(&ch->facts);
	ch->config = c;
	ch->send_sni = send_sni;
	ch->verify_time = verify_time;
	if (!tls_name_init(ch, server_name)) {
		free(ch);
		return NULL;
	}
	tls_config_ref(c);
	return ch;
}

void tls_channel_free(struct tls_channel *ch)
{
	if (!ch)
		return;
	SSL_free(ch->ssl);
	buf_fini(&ch->in);
	buf_fini(&ch->out);
	tls_facts_fini(&ch->facts);
	tls_config_unref(ch->config);
	free(ch->name);
	free(ch);
}

static enum tls_status finish(struct tls_channel *ch, enum tls_status status, const char *words)
{
	snprintf(ch->error, sizeof(ch->error), "%s", words);
	ch->status = status;
	return status;
}

static bool finished(const struct tls_channel *ch)
{
	return ch->status != TLS_OK;
}

/* A server's first record is a ServerHello or an alert, but any type of record is taken for an
 * attempt at TLS (20 to 23), and any version 3.x: OpenSSL has better words for what follows. */
static void look_at_header(struct tls_channel *ch, const unsigned char *p, size_t n)
{
	while (n-- > 0 && ch->header_size < sizeof(ch->header))
		ch->header[ch->header_size++] = *p++;
	if (ch->header_size > 0 && (ch->header[0] < 20 || ch->header[0] > 23))
		ch->not_tls = true;
	if (ch->header_size > 1 && ch->header[1] != 3)
		ch->not_tls = true;
	if (ch->header_size > 2 && ch->header[2] > 4)
		ch->not_tls = true;
}

bool tls_channel_feed(struct tls_channel *ch, const void *p, size_t n)
{
	if (finished(ch) || ch->ended)
		return true;
	look_at_header(ch, p, n);
	if (ch->not_tls)
		return true;
	return buf_add(&ch->in, p, n);
}

void tls_channel_feed_end(struct tls_channel *ch)
{
	ch->ended = true;
}

/* Created at the first handshake call: a probe that waits for a connection or for the answer to
 * STLS costs no more than a plain one. */
static bool engine_new(struct tls_channel *ch)
{
	BIO *bio;

	ch->ssl = SSL_new(ch->config->ctx);
	if (!ch->ssl)
		return false;
	bio = tls_bio_new(ch->config->bio, ch);
	if (!bio)
		return false;
	SSL_set_bio(ch->ssl, bio, bio);
	SSL_set_app_data(ch->ssl, ch);
	SSL_set_connect_state(ch->ssl);
	/* RFC 6066 section 3: an address is no HostName. */
	if (ch->send_sni && ch->name_kind == TLS_NAME_HOST)
		return SSL_set_tlsext_host_name(ch->ssl, ch->name) == 1;
	return true;
}

static const char *version_words(const SSL *ssl)
{
	switch (SSL_version(ssl)) {
	case TLS1_VERSION:
		return "TLS 1.0";
	case TLS1_1_VERSION:
		return "TLS 1.1";
	case TLS1_2_VERSION:
		return "TLS 1.2";
	case TLS1_3_VERSION:
		return "TLS 1.3";
	default:
		return SSL_get_version(ssl);
	}
}

/* What was agreed on, also when the handshake failed after that. */
static void describe_session(struct tls_channel *ch)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ch->ssl);

	if (!cipher)
		cipher = SSL_get_pending_cipher(ch->ssl);
	if (!cipher)
		return;
	snprintf(ch->facts.version, sizeof(ch->facts.version), "%s", version_words(ch->ssl));
	snprintf(
		ch->facts.cipher, sizeof(ch->facts.cipher), "%s", SSL_CIPHER_standard_name(cipher));
}

static enum tls_status handshake_done(struct tls_channel *ch)
{
	enum tls_status status = tls_verify_status(ch);

	describe_session(ch);
	ch->facts.handshake_done = true;
	ch->established = true;
	if (status == TLS_OK)
		return TLS_OK;
	return finish(ch, status,
		ch->facts.verify_detail ? ch->facts.verify_detail : "certificate not verified");
}

static enum tls_status handshake_failed(struct tls_channel *ch)
{
	char words[TLS_ERROR_OCTETS_MAX];

	describe_session(ch);
	if (ch->no_memory)
		return finish(ch, TLS_NO_MEMORY, "out of memory");
	if (ch->ended && ch->in.n == 0)
		return finish(ch, TLS_HANDSHAKE, "connection closed during the handshake");
	tls_error_words(words, sizeof(words));
	if (tls_error_is_version())
		return finish(ch, TLS_VERSION, words);
	return finish(ch, TLS_HANDSHAKE, *words ? words : "handshake failed");
}

enum tls_status tls_channel_handshake(struct tls_channel *ch)
{
	int r;

	if (finished(ch))
		return ch->status;
	if (ch->established)
		return TLS_OK;
	if (ch->not_tls)
		return finish(ch, TLS_HANDSHAKE, "the peer does not speak TLS");
	ERR_clear_error();
	if (!ch->ssl && !engine_new(ch))
		return finish(ch, TLS_NO_MEMORY, "out of memory");
	r = SSL_do_handshake(ch->ssl);
	if (r == 1)
		return handshake_done(ch);
	if (SSL_get_error(ch->ssl, r) == SSL_ERROR_WANT_READ)
		return TLS_WANT_INPUT;
	return handshake_failed(ch);
}

static enum tls_status stream_failed(struct tls_channel *ch)
{
	char words[TLS_ERROR_OCTETS_MAX];

	if (ch->out.failed)
		return finish(ch, TLS_FAILED, "too much output that the peer does not take");
	/* RFC 8446 section 6.1: an end without close_notify may be an attacker's. */
	if (ch->ended && ch->in.n == 0)
		return finish(
			ch, TLS_FAILED, "truncated: the connection ended without close_notify");
	tls_error_words(words, sizeof(words));
	return finish(ch, TLS_FAILED, *words ? words : "broken TLS stream");
}

enum tls_status tls_channel_read(struct tls_channel *ch, void *p, size_t max, size_t *got)
{
	int r;

	*got = 0;
	if (finished(ch))
		return ch->status;
	if (!ch->established)
		return TLS_WANT_INPUT;
	ERR_clear_error();
	r = SSL_read_ex(ch->ssl, p, max, got);
	if (ch->after_handshake > TLS_AFTER_HANDSHAKE_MAX) {
		*got = 0;
		return finish(ch, TLS_FAILED, "too many messages after the handshake");
	}
	if (r == 1)
		return TLS_OK;
	switch (SSL_get_error(ch->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return TLS_WANT_INPUT;
	case SSL_ERROR_ZERO_RETURN:
		return finish(ch, TLS_CLOSED, "closed by the peer");
	default:
		return stream_failed(ch);
	}
}

enum tls_status tls_channel_write(struct tls_channel *ch, const void *p, size_t n)
{
	size_t written;

	/* The peer may have closed its direction alone (RFC 8446 section 6.1): a QUIT may still go.
	 */
	if (finished(ch) && ch->status != TLS_CLOSED)
		return ch->status;
	if (!ch->established)
		return TLS_WANT_INPUT;
	if (n == 0)
		return TLS_OK;
	ERR_clear_error();
	if (SSL_write_ex(ch->ssl, p, n, &written) == 1)
		return TLS_OK;
	return stream_failed(ch);
}

/* Only where OpenSSL can send it: not during a handshake, not after a fatal error. */
void tls_channel_close(struct tls_channel *ch)
{
	bool alive =
		ch->status == TLS_OK || ch->status == TLS_CLOSED || ch->status == TLS_CERTIFICATE;

	if (!ch->established || !alive)
		return;
	ERR_clear_error();
	if (!(SSL_get_shutdown(ch->ssl) & SSL_SENT_SHUTDOWN))
		(void)SSL_shutdown(ch->ssl);
	ERR_clear_error();
}

struct slice tls_channel_output(struct tls_channel *ch)
{
	return buf_slice(&ch->out);
}

void tls_channel_output_ack(struct tls_channel *ch, size_t n)
{
	buf_consume(&ch->out, n);
	if (ch->out.n == 0 && !ch->out.failed)
		buf_release(&ch->out);
}

bool tls_channel_peer_not_tls(const struct tls_channel *ch, unsigned char *first)
{
	*first = ch->header[0];
	return ch->not_tls;
}

const char *tls_channel_error(const struct tls_channel *ch)
{
	return ch->error;
}

const struct tls_facts *tls_channel_facts(const struct tls_channel *ch)
{
	return &ch->facts;
}

void tls_channel_facts_take(struct tls_channel *ch, struct tls_facts *out)
{
	*out = ch->facts;
	tls_facts_init(&ch->facts);
}
