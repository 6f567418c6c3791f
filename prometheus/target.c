#include "target.h"

#include "base/num.h"
#include "net/address.h"
#include "query.h"

#include <ctype.h>
#include <string.h>

enum { TEXT_MAX = 1024 };

/* Prometheus escapes once; relabelling and people sometimes twice. A zone ("%eth0") is no escape.
 */
static void decode(char *text)
{
	char copy[TEXT_MAX + 1];

	for (int i = 0; i < 2 && strchr(text, '%'); i++) {
		memcpy(copy, text, strlen(text) + 1);
		if (query_unescape(copy, false))
			return;
		for (const char *p = copy; *p; p++)
			if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 127)
				return;
		memcpy(text, copy, strlen(copy) + 1);
	}
}

static bool readable(const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n > TEXT_MAX)
		return false;
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return false;
	return true;
}

static enum target_status set_port(struct target *t, const char *text)
{
	uint64_t port;

	if (num_parse_u64(slice_str(text), &port) != NUM_OK || port == 0 || port > 65535)
		return TARGET_BAD_PORT;
	t->port = (uint16_t)port;
	return TARGET_OK;
}

static enum target_status set_host(struct target *t, const char *host, size_t n)
{
	static const char others[] = "._-:%";

	if (n > TARGET_HOST_MAX)
		return TARGET_BAD;
	memcpy(t->host, host, n);
	t->host[n] = '\0';
	if (n == 0)
		return TARGET_BAD_HOST;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)host[i]) && !strchr(others, host[i]))
			return TARGET_BAD_HOST;
	return TARGET_OK;
}

/* host[:port]; more than one colon is an IPv6 address. */
static enum target_status bare(struct target *t, const char *text)
{
	const char *colon = strchr(text, ':');
	enum target_status status;

	if (colon && strchr(colon + 1, ':'))
		colon = NULL;
	status = set_host(t, text, colon ? (size_t)(colon - text) : strlen(text));
	if (colon && status != TARGET_BAD) {
		enum target_status port = set_port(t, colon + 1);

		status = status == TARGET_OK ? port : status;
	}
	return status;
}

static enum target_status bracketed(struct target *t, const char *text)
{
	const char *end = strchr(text, ']');
	struct net_address address;
	enum target_status status;

	if (!end || (end[1] && end[1] != ':'))
		return TARGET_BAD;
	status = set_host(t, text + 1, (size_t)(end - text - 1));
	if (status == TARGET_OK &&
		(!strchr(t->host, ':') || !net_address_literal(t->host, 1, &address)))
		return TARGET_BAD_HOST;
	return end[1] && status == TARGET_OK ? set_port(t, end + 2) : status;
}

static enum target_status parse(const char *text, struct target *out)
{
	char copy[TEXT_MAX + 1];

	if (!readable(text))
		return TARGET_BAD;
	memcpy(copy, text, strlen(text) + 1);
	decode(copy);
	if (copy[0] == '/') {
		out->is_path = true;
		memcpy(out->host, copy, strnlen(copy, TARGET_HOST_MAX));
		return TARGET_OK;
	}
	return copy[0] == '[' ? bracketed(out, copy) : bare(out, copy);
}

enum target_status target_parse(const char *text, struct target *out)
{
	*out = (struct target){0};
	out->status = parse(text, out);
	return out->status;
}
