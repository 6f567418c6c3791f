/* The saslprep member of struct crypto_ops. */
#ifndef TLS_SASLPREP_H
#define TLS_SASLPREP_H

#include "base/crypto.h"

enum crypto_prep tls_saslprep(struct slice in, struct buf *out);

#endif
