#include "net/failures.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *error_words(int error)
{
	/* Not strerror: it translates, and needs a buffer. */
	const char *words = strerrordesc_np(error);

	return words ? words : "Unknown error";
}

static enum net_dial_status status_of(const struct net_failure *f)
{
	if (f->binding)
		return NET_DIAL_INTERNAL;
	switch (f->error) {
	case ECONNREFUSED:
	case ECONNRESET: /* accepted and reset before we looked */
		return NET_DIAL_REFUSED;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EAGAIN:
		return NET_DIAL_INTERNAL;
	}
	return NET_DIAL_UNREACHABLE;
}

/* A fault of ours says nothing about the server and must not pass for its outage; that someone
 * refused tells more than that someone was not there. */
static int rank(const struct net_failure *f)
{
	switch (status_of(f)) {
	case NET_DIAL_INTERNAL:
		return 2;
	case NET_DIAL_REFUSED:
		return 1;
	case NET_DIAL_OK:
	case NET_DIAL_NOT_FOUND:
	case NET_DIAL_DNS_FAILED:
	case NET_DIAL_UNREACHABLE:
	case NET_DIAL_DENIED:
		break;
	}
	return 0;
}

void net_failures_note(struct net_failures *l, size_t index, int error, bool binding)
{
	struct net_failure f = {.index = index, .error = error, .binding = binding};

	if (l->count < NET_FAILURES_TOLD)
		l->first[l->count] = f;
	if (l->count == 0 || rank(&f) >= rank(&l->worst))
		l->worst = f;
	l->count++;
}

static void tell_all(
	const struct net_failures *l, const struct net_address *addresses, char *out, size_t size)
{
	size_t told = l->count < NET_FAILURES_TOLD ? l->count : NET_FAILURES_TOLD;
	char address[NET_ADDRESS_TEXT];
	size_t used = 0;

	for (size_t i = 0; i < told && used < size; i++) {
		const struct net_failure *f = &l->first[i];
		int n;

		net_address_text(&addresses[f->index], address, sizeof(address));
		n = snprintf(out + used, size - used, "%s%s: %s%s", i > 0 ? ", " : "", address,
			f->binding ? "bind: " : "", error_words(f->error));
		used += (size_t)(n > 0 ? n : 0);
	}
	if (l->count > told && used < size)
		(void)snprintf(out + used, size - used, ", ...");
}

static void tell_one(
	const struct net_failure *f, const struct net_address *source, char *out, size_t size)
{
	char address[NET_ADDRESS_TEXT];

	if (!f->binding) {
		(void)snprintf(out, size, "%s", error_words(f->error));
		return;
	}
	net_address_text(source, address, sizeof(address));
	(void)snprintf(out, size, "bind to %s: %s", address, error_words(f->error));
}

void net_failures_tell(const struct net_failures *l, const struct net_address *addresses,
	const struct net_address *source, struct net_dial_result *res)
{
	res->status = status_of(&l->worst);
	res->sys_errno = l->worst.error;
	res->address = addresses[l->worst.index];
	if (l->count > 1)
		tell_all(l, addresses, res->detail, sizeof(res->detail));
	else
		tell_one(&l->worst, source, res->detail, sizeof(res->detail));
}
