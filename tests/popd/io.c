#include "conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>

static const char *tls_end(struct conn *c, int error)
{
	unsigned long code = ERR_peek_error();

	if (error == SSL_ERROR_ZERO_RETURN)
		return "close";
	if (error == SSL_ERROR_SYSCALL && errno == ECONNRESET)
		return "reset";
	if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return "close without close_notify";
	if (code != 0)
		record_note(c, "tls-error: %s", ERR_reason_error_string(code));
	return "tls error";
}

static long plain_read(struct conn *c, void *buffer, size_t size, const char **end)
{
	ssize_t n = recv(c->fd, buffer, size, 0);

	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	*end = n == 0 ? "close" : "reset";
	return -1;
}

long io_read(struct conn *c, void *buffer, size_t size, const char **end)
{
	int n;

	if (c->ssl == NULL || c->layer == LAYER_PLAIN)
		return plain_read(c, buffer, size, end);
	ERR_clear_error();
	errno = 0;
	n = SSL_read(c->ssl, buffer, (int)size);
	if (n > 0)
		return n;
	n = SSL_get_error(c->ssl, n);
	if (n == SSL_ERROR_WANT_READ || n == SSL_ERROR_WANT_WRITE)
		return 0;
	*end = tls_end(c, n);
	return -1;
}

long io_write(struct conn *c, const void *data, size_t len)
{
	if (c->layer == LAYER_PLAIN) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

		if (n >= 0)
			return n;
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	}
	ERR_clear_error();
	int n = SSL_write(c->ssl, data, (int)len);

	if (n > 0)
		return n;
	n = SSL_get_error(c->ssl, n);
	return n == SSL_ERROR_WANT_READ || n == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

int io_handshake(struct conn *c)
{
	int n;

	if (c->ssl == NULL) {
		if (c->server->tls == NULL)
			return -1;
		c->ssl = SSL_new(c->server->tls);
		SSL_set_fd(c->ssl, c->fd);
		SSL_set_app_data(c->ssl, c);
		SSL_set_accept_state(c->ssl);
	}
	ERR_clear_error();
	n = SSL_do_handshake(c->ssl);
	if (n == 1)
		return 1;
	n = SSL_get_error(c->ssl, n);
	if (n == SSL_ERROR_WANT_READ)
		return 0;
	if (n == SSL_ERROR_WANT_WRITE) {
		event_add(c->writable, NULL);
		return 0;
	}
	if (ERR_peek_error() != 0)
		record_note(c, "tls-error: %s", ERR_reason_error_string(ERR_peek_error()));
	else
		record_note(c, "tls-error: the client went away in the handshake");
	return -1;
}

/* close() then sends RST instead of FIN */
void io_reset(struct conn *c)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}
