/* Growing octet strings for the test server. */
#ifndef POPD_OCTETS_H
#define POPD_OCTETS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct octets {
	unsigned char *data; /* always followed by a NUL that is not counted */
	size_t len;
	size_t cap;
};

/* All of these end the process when memory runs out: this is a test server. */
void octets_add(struct octets *o, const void *data, size_t len);
void octets_text(struct octets *o, const char *text);
void octets_printf(struct octets *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void octets_cut(struct octets *o, size_t n); /* removes n octets from the front */
void octets_fini(struct octets *o);
void *xcalloc(size_t n, size_t size);

/* Appends `data` with everything but printable ASCII written as \r \n \0 \t \\ \xHH. */
void octets_escaped(struct octets *o, const void *data, size_t len);

bool octets_base64(struct octets *o, const void *data, size_t len);
/* False where `text` is not canonical base64; `o` is then unchanged. */
bool octets_unbase64(struct octets *o, const char *text, size_t len);

#endif
