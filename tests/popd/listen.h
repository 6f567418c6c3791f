/* The ports of the test server. */
#ifndef POPD_LISTEN_H
#define POPD_LISTEN_H

#include "conn.h"

/*
 * Opens the plain and the TLS port, one that refuses, and one whose backlog is
 * full, and writes their numbers to `port_file` in one go.
 */
bool listen_start(struct server *server, const char *family, const char *port_file);

#endif
