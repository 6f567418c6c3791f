/* One tls_config for each distinct set of settings, made when a probe first needs it. */
#ifndef PROMETHEUS_TLS_CACHE_H
#define PROMETHEUS_TLS_CACHE_H

#include "tls/tls.h"

struct tls_cache_entry;

struct tls_cache {
	struct tls_cache_entry *entries; /* owned */
};

/* A reference for the caller; made anew when one of the files has changed. NULL with one line in
 * err. */
struct tls_config *tls_cache_get(
	struct tls_cache *c, const struct tls_settings *s, char *err, size_t err_size);
/* Forgets all; what is in use lives on. */
void tls_cache_clear(struct tls_cache *c);

#endif
