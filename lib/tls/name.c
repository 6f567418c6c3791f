/* Reference identities (RFC 6125 section 6): a DNS name or an address, never guessed. */
#include "tls/internal.h"

#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_OCTETS_MAX = 253 }; /* RFC 1035 section 2.3.4 without the root's dot and length */

static bool host_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/* Letters, digits, hyphen, underscore in labels that are not empty; the last one is not a number,
 * since "127.1" is an address to resolvers and no name (RFC 1123 section 2.1). A leading dot, which
 * X509_check_host takes for "any sub-domain", is refused here with the empty labels. */
static bool host_valid(const char *s)
{
	size_t label = 0, digits = 0, n = strlen(s);

	if (n == 0 || n > HOST_OCTETS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' && label > 0) {
			label = digits = 0;
			continue;
		}
		if (!host_octet(s[i]))
			return false;
		label++;
		digits += s[i] >= '0' && s[i] <= '9';
	}
	return label > 0 && digits < label;
}

/* The zone of a scoped address (RFC 4007 section 11) is local and in no certificate. */
static bool parse_address(struct tls_channel *ch, const char *s)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = strcspn(s, "%");

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (inet_pton(AF_INET6, text, ch->address) == 1)
		ch->address_size = 16;
	else if (s[n] == '\0' && inet_pton(AF_INET, text, ch->address) == 1)
		ch->address_size = 4;
	return ch->address_size > 0;
}

bool tls_name_init(struct tls_channel *ch, const char *server_name)
{
	size_t n;

	if (!server_name)
		return true;
	ch->name_kind = TLS_NAME_INVALID;
	ch->name = strdup(server_name);
	if (!ch->name)
		return false;
	if (parse_address(ch, ch->name)) {
		ch->name_kind = TLS_NAME_ADDRESS;
		return true;
	}
	/* RFC 6066 section 3: without a trailing dot. */
	n = strlen(ch->name);
	if (n > 1 && ch->name[n - 1] == '.')
		ch->name[n - 1] = '\0';
	if (host_valid(ch->name))
		ch->name_kind = TLS_NAME_HOST;
	return true;
}

bool tls_name_matches(const struct tls_channel *ch, X509 *leaf)
{
	/* RFC 6125 section 6.4.3: a wildcard is the whole left-most label; 6.4.4: the CN is no
	 * name. */
	unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

	switch (ch->name_kind) {
	case TLS_NAME_NONE:
		return true;
	case TLS_NAME_HOST:
		return X509_check_host(leaf, ch->name, strlen(ch->name), flags, NULL) == 1;
	case TLS_NAME_ADDRESS:
		return X509_check_ip(leaf, ch->address, ch->address_size, 0) == 1;
	case TLS_NAME_INVALID:
		return false;
	}
	return false;
}
