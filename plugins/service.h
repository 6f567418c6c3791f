/* What the program's name means. */
#ifndef PLUGINS_SERVICE_H
#define PLUGINS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct service {
	char program[32]; /* basename of argv[0]: the default section of --extra-opts */
	char label[32];	  /* "POP3": begins the line */
	bool implicit_tls;
	bool old_name; /* check_pop, check_spop: what Debian's did is what they do */
	uint16_t port;
};

void service_init(struct service *s, const char *argv0);

#endif
