#include "base/redact.h"

#include "base/redact_match.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* A longer secret (a bearer token of kilobytes) is searched for in pieces of this size: a
	 * reply cut at its limit of 512 octets may quote only a part of it. */
	REDACT_LONG_PIECE_OCTETS = 32,
};

enum finding { FOUND_NONE, FOUND_SOME, FOUND_NO_MEMORY };

static enum finding find_piece(
	struct slice in, struct slice piece, unsigned char *ends, unsigned char *cover)
{
	struct redact_matcher *m = redact_matcher_new(piece);
	bool found;

	if (!m)
		return FOUND_NO_MEMORY;
	found = redact_matcher_run(m, in, ends, cover);
	redact_matcher_free(m);
	return found ? FOUND_SOME : FOUND_NONE;
}

/* A piece of the secret at `at`; the last one reaches back, so that all have the full size. */
static struct slice piece_at(struct slice secret, size_t at, size_t size)
{
	if (at + size > secret.n)
		at = secret.n - size;
	return (struct slice){secret.p + at, size};
}

static enum finding find_pieces(
	struct slice in, struct slice secret, unsigned char *ends, unsigned char *cover)
{
	size_t size = secret.n <= REDACT_PIECE_OCTETS ? secret.n : REDACT_LONG_PIECE_OCTETS;
	enum finding all = FOUND_NONE;

	for (size_t at = 0; at < secret.n; at += size) {
		enum finding one = find_piece(in, piece_at(secret, at, size), ends, cover);

		if (one == FOUND_NO_MEMORY)
			return one;
		if (one == FOUND_SOME)
			all = one;
	}
	return all;
}

/* Characters that go on a base64 string or a bearer token (RFC 6750 section 2.1), '%' for their
 * percent-encoded form. */
static bool token_octet(unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c && strchr("+/-_=.~%", c);
}

static void widen(unsigned char *cover, struct slice in, unsigned char flags)
{
	for (size_t i = 1; i < in.n; i++)
		if ((cover[i - 1] & flags) && token_octet(in.p[i]))
			cover[i] |= cover[i - 1];
	for (size_t i = in.n - 1; i > 0; i--)
		if ((cover[i] & flags) && token_octet(in.p[i - 1]))
			cover[i - 1] |= cover[i];
}

/* Sets *cover (heap, one octet for each of in; NULL when there is nothing to hide). */
static enum finding find_secret(struct slice in, struct slice secret, unsigned char **cover)
{
	unsigned char *room = in.n < (size_t)-1 / 4 ? calloc(2, in.n + 1) : NULL;
	enum finding found;

	*cover = NULL;
	if (!room)
		return FOUND_NO_MEMORY;
	found = find_pieces(in, secret, room + in.n, room);
	if (found != FOUND_SOME) {
		free(room);
		return found;
	}
	widen(room, in,
		secret.n > REDACT_PIECE_OCTETS ? REDACT_COVERED | REDACT_BASE64 : REDACT_BASE64);
	*cover = room;
	return FOUND_SOME;
}

static bool write_redacted(struct buf *out, struct slice in, const unsigned char *cover)
{
	for (size_t i = 0, end; i < in.n; i = end) {
		end = i + 1;
		while (end < in.n && !cover[end] == !cover[i])
			end++;
		if (cover[i] ? !buf_add_str(out, "***") : !buf_add(out, in.p + i, end - i))
			return false;
	}
	return true;
}

/* A secret with asterisks in it may come to life again beside the mask ("x***" in "xx***"). */
static bool mask_again(struct buf *out, size_t before, struct slice secret)
{
	struct slice written = {out->p + before, out->n - before};

	if (!memchr(secret.p, '*', secret.n) || !redact_finds(written, secret))
		return true;
	buf_truncate(out, before);
	return buf_add_str(out, "***");
}

bool redact_text(struct buf *out, struct slice in, struct slice secret)
{
	size_t before = out->n;
	unsigned char *cover;
	enum finding found;
	bool written;

	if (in.n == 0 || secret.n == 0)
		return buf_add_slice(out, in);
	if (secret.n < REDACT_MIN_OCTETS)
		return buf_add_str(out, "***");
	found = find_secret(in, secret, &cover);
	if (found == FOUND_NONE)
		return buf_add_slice(out, in);
	if (found == FOUND_NO_MEMORY) {
		out->failed = true;
		return false;
	}
	written = write_redacted(out, in, cover) && mask_again(out, before, secret);
	free(cover);
	if (!written)
		buf_truncate(out, before);
	return written;
}

bool redact_finds(struct slice in, struct slice secret)
{
	unsigned char *cover;
	enum finding found;

	if (in.n == 0 || secret.n == 0)
		return false;
	if (secret.n < REDACT_MIN_OCTETS)
		return true;
	found = find_secret(in, secret, &cover);
	free(cover);
	return found != FOUND_NONE; /* short memory: rather withhold than show */
}
