/* OpenSSL's error queue in a few words. */
#include "tls/internal.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

void tls_error_words(char *out, size_t size)
{
	unsigned long e = ERR_peek_last_error();
	const char *words;

	out[0] = '\0';
	if (e == 0)
		return;
	words = ERR_SYSTEM_ERROR(e) ? NULL : ERR_reason_error_string(e);
	if (words)
		snprintf(out, size, "%s", words);
	else
		/* A start that loads no strings knows the reasons of libssl alone by name. */
		snprintf(out, size, "OpenSSL error %lX", e);
}

bool tls_error_is_version(void)
{
	unsigned long e = ERR_peek_error();

	if (ERR_GET_LIB(e) != ERR_LIB_SSL)
		return false;
	switch (ERR_GET_REASON(e)) {
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_TLSV1_ALERT_INAPPROPRIATE_FALLBACK:
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_UNSUPPORTED_SSL_VERSION:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_VERSION_TOO_HIGH:
	case SSL_R_WRONG_SSL_VERSION:
	/* TLS 1.0 or 1.1 was agreed on, and the security level forbids what it signs with. */
	case SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED:
		return true;
	default:
		return false;
	}
}

bool tls_config_error(char *err, size_t size, const char *what, const char *file, const char *why)
{
	char words[TLS_ERROR_OCTETS_MAX];

	if (!why) {
		tls_error_words(words, sizeof(words));
		why = *words ? words : "unknown error";
	}
	snprintf(err, size, "%s%s%s: %s", what, file ? " " : "", file ? file : "", why);
	return false;
}
