/* A BIO over a channel's own bounded buffers: OpenSSL's memory BIO grows as it is told and keeps
 * what it once needed; a thousand waiting probes would hold that much each. */
#include "tls/internal.h"

#include <string.h>

static int bio_read(BIO *b, char *p, size_t max, size_t *got)
{
	struct tls_channel *ch = BIO_get_data(b);
	size_t n = ch->in.n < max ? ch->in.n : max;

	BIO_clear_retry_flags(b);
	*got = n;
	if (n > 0) {
		memcpy(p, ch->in.p, n);
		buf_consume(&ch->in, n);
		if (ch->in.n == 0)
			buf_release(&ch->in);
		return 1;
	}
	if (!ch->ended)
		BIO_set_retry_read(b);
	return 0;
}

/* Full is final: whoever does not read what we answer gets no more answers. */
static int bio_write(BIO *b, const char *p, size_t n, size_t *written)
{
	struct tls_channel *ch = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	*written = 0;
	if (!buf_add(&ch->out, p, n))
		return 0;
	*written = n;
	return 1;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	struct tls_channel *ch = BIO_get_data(b);

	(void)num;
	(void)ptr;
	if (cmd == BIO_CTRL_FLUSH)
		return 1;
	if (cmd == BIO_CTRL_EOF)
		return ch->ended && ch->in.n == 0;
	return 0;
}

static int bio_create(BIO *b)
{
	BIO_set_init(b, 1);
	return 1;
}

BIO_METHOD *tls_bio_method_new(void)
{
	/* No index of its own (BIO_get_new_index): there are 127 of them in a process, and nobody
	 * searches for this type. */
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tls channel");

	if (!m)
		return NULL;
	if (BIO_meth_set_read_ex(m, bio_read) && BIO_meth_set_write_ex(m, bio_write) &&
		BIO_meth_set_ctrl(m, bio_ctrl) && BIO_meth_set_create(m, bio_create))
		return m;
	BIO_meth_free(m);
	return NULL;
}

BIO *tls_bio_new(const BIO_METHOD *m, struct tls_channel *ch)
{
	BIO *b = BIO_new(m);

	if (b)
		BIO_set_data(b, ch);
	return b;
}
