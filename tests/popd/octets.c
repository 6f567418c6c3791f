#include "octets.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void)
{
	fputs("popd: out of memory\n", stderr);
	abort();
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		out_of_memory();
	return p;
}

static void reserve(struct octets *o, size_t more)
{
	size_t need = o->len + more + 1;

	if (need <= o->cap)
		return;
	o->cap = need < 64 ? 64 : need * 2;
	o->data = realloc(o->data, o->cap);
	if (o->data == NULL)
		out_of_memory();
}

void octets_add(struct octets *o, const void *data, size_t len)
{
	reserve(o, len);
	if (len > 0)
		memcpy(o->data + o->len, data, len);
	o->len += len;
	o->data[o->len] = '\0';
}

void octets_text(struct octets *o, const char *text)
{
	octets_add(o, text, strlen(text));
}

void octets_printf(struct octets *o, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	reserve(o, (size_t)n);
	va_start(ap, format);
	vsnprintf((char *)o->data + o->len, (size_t)n + 1, format, ap);
	va_end(ap);
	o->len += (size_t)n;
}

void octets_cut(struct octets *o, size_t n)
{
	if (n == 0)
		return;
	memmove(o->data, o->data + n, o->len - n + 1);
	o->len -= n;
}

void octets_fini(struct octets *o)
{
	free(o->data);
	*o = (struct octets){0};
}

void octets_escaped(struct octets *o, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\r')
			octets_text(o, "\\r");
		else if (p[i] == '\n')
			octets_text(o, "\\n");
		else if (p[i] == '\\')
			octets_text(o, "\\\\");
		else if (p[i] < 0x20 || p[i] > 0x7e)
			octets_printf(o, "\\x%02x", p[i]);
		else
			octets_add(o, p + i, 1);
	}
}

bool octets_base64(struct octets *o, const void *data, size_t len)
{
	reserve(o, (len + 2) / 3 * 4);
	o->len += (size_t)EVP_EncodeBlock(o->data + o->len, data, (int)len);
	return true;
}

bool octets_unbase64(struct octets *o, const char *text, size_t len)
{
	size_t pad = 0;
	int n;

	if (len % 4 != 0 || len > 65536)
		return false;
	if (len == 0) {
		octets_add(o, "", 0);
		return true;
	}
	while (pad < 2 && text[len - 1 - pad] == '=')
		pad++;
	reserve(o, len);
	n = EVP_DecodeBlock(o->data + o->len, (const unsigned char *)text, (int)len);
	if (n < 0)
		return false;
	o->len += (size_t)n - pad;
	o->data[o->len] = '\0';
	return true;
}
