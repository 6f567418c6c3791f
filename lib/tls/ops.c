/* The table through which lib/tls is reached, linked or loaded. */
#include "tls/internal.h"
#include "tls/saslprep.h"

static const struct tls_ops ops = {
	.version = TLS_OPS_VERSION,
	.crypto =
		{
			.size = tls_digest_size,
			.digest = tls_digest,
			.hmac = tls_hmac,
			.pbkdf2 = tls_pbkdf2,
			.random = tls_random,
			.saslprep = tls_saslprep,
		},
	.config_new = tls_config_new,
	.config_ref = tls_config_ref,
	.config_unref = tls_config_unref,
	.channel_new = tls_channel_new,
	.channel_free = tls_channel_free,
	.feed = tls_channel_feed,
	.feed_end = tls_channel_feed_end,
	.handshake = tls_channel_handshake,
	.read = tls_channel_read,
	.write = tls_channel_write,
	.close = tls_channel_close,
	.output = tls_channel_output,
	.output_ack = tls_channel_output_ack,
	.peer_not_tls = tls_channel_peer_not_tls,
	.error = tls_channel_error,
	.facts = tls_channel_facts,
	.facts_take = tls_channel_facts_take,
};

__attribute__((visibility("default"))) const struct tls_ops *tls_ops_get(void)
{
	return &ops;
}
