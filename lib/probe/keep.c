/* What is kept of a dialogue for people: text without secrets, the transcript. */
#include "base/redact.h"
#include "probe/internal.h"
#include "probe/trace.h"

#include <string.h>

static struct slice secret_now(const struct probe *p)
{
	if (p->spec.login == NULL)
		return (struct slice){NULL, 0};
	return secret_slice(p->spec.login->creds.secret);
}

/* A quotation that was cut off: the text ends in the beginning of the secret. */
static void mask_tail(struct buf *text, struct slice secret)
{
	size_t n = secret.n < text->n ? secret.n : text->n;

	for (; n >= REDACT_MIN_OCTETS; n--) {
		if (memcmp(text->p + text->n - n, secret.p, n) != 0)
			continue;
		buf_truncate(text, text->n - n);
		buf_add_str(text, "***");
		return;
	}
}

/* Without the secret in one of its forms; *text becomes the result. */
static bool mask(struct buf *text, struct slice secret)
{
	struct buf clean;

	if (secret.n == 0)
		return true;
	buf_init_secret(&clean, 4 * text->n + 64);
	if (!redact_text(&clean, buf_slice(text), secret)) {
		buf_fini(&clean);
		return false;
	}
	buf_fini(text);
	*text = clean;
	mask_tail(text, secret);
	return !text->failed;
}

bool probe_keep_text(struct probe *p, struct slice text, struct buf *out, size_t max)
{
	struct slice secret = secret_now(p);
	/* Of a long line only what can be shown, or can begin what is shown, is searched. */
	size_t most = max + 4 * secret.n + 64;
	struct buf clean;
	bool kept;

	buf_clear(out);
	/* A very short secret cannot be searched for; only what follows a login can quote it. */
	if (secret.n < REDACT_MIN_OCTETS && !p->result.login_tried)
		secret.n = 0;
	if (text.n > most)
		text.n = most;
	buf_init_secret(&clean, text.n + 64);
	kept = buf_add_slice(&clean, text) && mask(&clean, secret) &&
	       mask(&clean, buf_slice(&p->prepared)) &&
	       buf_add(out, clean.p, clean.n < max ? clean.n : max);
	buf_fini(&clean);
	return kept;
}

/* What the server gets to see of a password beyond ASCII, and may quote, is its prepared form. */
void probe_prepare_secret(struct probe *p)
{
	struct slice secret = secret_now(p);
	bool ascii = true;

	for (size_t i = 0; i < secret.n; i++)
		ascii &= secret.p[i] < 0x80;
	if (ascii || p->spec.tls == NULL || p->spec.tls->crypto.saslprep == NULL)
		return;
	if (p->spec.tls->crypto.saslprep(secret, &p->prepared) != CRYPTO_PREP_OK ||
		slice_eq(buf_slice(&p->prepared), secret))
		buf_clear(&p->prepared);
}

/* --- transcript ------------------------------------------------------------------------------ */

static void trace(struct probe *p, enum trace_from from, struct slice text)
{
	probe_trace_add(&p->result.trace, p->now - p->result.start_ns, from, text);
}

void probe_trace_client(struct probe *p, struct slice text)
{
	if (p->spec.trace)
		trace(p, TRACE_CLIENT, text);
}

void probe_trace_server(struct probe *p, struct slice line)
{
	struct buf clean;

	if (!p->spec.trace)
		return;
	buf_init(&clean, SERVER_TEXT_MAX);
	probe_keep_text(p, line, &clean, SERVER_TEXT_MAX);
	trace(p, TRACE_SERVER, buf_slice(&clean));
	buf_fini(&clean);
}

void probe_trace_note(struct probe *p, const char *text)
{
	if (p->spec.trace)
		trace(p, TRACE_NOTE, slice_str(text));
}
