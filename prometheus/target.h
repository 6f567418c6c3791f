/* The target of a probe, as a scrape names it. */
#ifndef PROMETHEUS_TARGET_H
#define PROMETHEUS_TARGET_H

#include <stdbool.h>
#include <stdint.h>

enum { TARGET_HOST_MAX = 255 };

enum target_status {
	TARGET_OK,
	TARGET_BAD,	 /* not to be understood: empty, too long, controls */
	TARGET_BAD_PORT, /* understood, but nothing can listen there */
	TARGET_BAD_HOST, /* no name or address that could ever be found */
};

struct target {
	char host[TARGET_HOST_MAX + 1]; /* without brackets; name or literal */
	uint16_t port;			/* 0: none given */
	bool is_path;			/* of a UNIX socket */
	enum target_status status;	/* as target_parse returned it */
};

/* "host", "host:port", "address", "[address]:port"; what is still escaped ("%3A") is decoded first.
 * The host is filled as far as it can be understood. */
enum target_status target_parse(const char *text, struct target *out);

#endif
