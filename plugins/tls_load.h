/* The TLS module, loaded when a run needs it: starting OpenSSL costs more CPU than a whole check in
 * clear text. */
#ifndef PLUGINS_TLS_LOAD_H
#define PLUGINS_TLS_LOAD_H

#include "tls/tls.h"

#include <stddef.h>

/* The functions of the module beside the program (its symbolic links resolved), else of the one
 * that was installed. NULL with one line in why. */
const struct tls_ops *tls_load(char *why, size_t size);

#endif
