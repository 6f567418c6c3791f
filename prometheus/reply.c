#include "reply.h"

#include "accept.h"

#include <stdint.h>
#include <zlib.h>

enum {
	WORTH_OCTETS = 1024,
	/* Bodies are small, and a fresh state is set up for each: a small window costs a tenth. */
	WINDOW_BITS = 12,
	GZIP = 16,
	MEM_LEVEL = 5,
};

const char *reply_words(int status)
{
	static const struct {
		int status;
		const char *words;
	} table[] = {
		{200, "OK"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{499, "Client Closed Request"},
		{500, "Internal Server Error"},
		{503, "Service Unavailable"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == status)
			return table[i].words;
	return "Unknown";
}

static bool pack(struct buf *out, z_stream *z, struct slice body)
{
	size_t bound = deflateBound(z, (uLong)body.n);
	unsigned char *to = buf_extend(out, bound);

	if (!to)
		return false;
	z->next_in = (z_const Bytef *)(uintptr_t)body.p;
	z->avail_in = (uInt)body.n;
	z->next_out = to;
	z->avail_out = (uInt)bound;
	if (deflate(z, Z_FINISH) != Z_STREAM_END)
		return false;
	buf_truncate(out, z->total_out);
	return out->n < body.n;
}

bool reply_pack(struct buf *out, struct slice body, const char *accept_encoding)
{
	z_stream z = {0};
	bool ok;

	if (body.n < WORTH_OCTETS || !accept_gzip(accept_encoding))
		return false;
	if (deflateInit2(&z, 1, Z_DEFLATED, WINDOW_BITS + GZIP, MEM_LEVEL, Z_DEFAULT_STRATEGY) !=
		Z_OK)
		return false;
	ok = pack(out, &z, body);
	(void)deflateEnd(&z);
	return ok;
}
