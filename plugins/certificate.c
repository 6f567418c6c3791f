/* Certificates in the words of check_tcp, which people grep for. */
#include "line.h"
#include "probe/measures.h"

#include <time.h>

enum { DAY = 86400, HOUR = 3600, MINUTE = 60 };

/* strftime("%c %z") in GMT and in the C locale, as check_tcp prints dates. */
static void date_text(int64_t when, char *out, size_t size)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, size, "%a %b %e %H:%M:%S %Y +0000", &tm) == 0)
		*out = '\0';
}

static const struct tls_cert *leaf(const struct probe_result *r)
{
	return r->has_tls && r->tls.chain_count ? &r->tls.chain[0] : NULL;
}

static void expiry_text(struct buf *out, int64_t left, const char *date)
{
	if (left < 0)
		(void)buf_addf(out, "expired on %s", date);
	else if (left >= DAY)
		(void)buf_addf(out, "expires in %lld day(s) (%s)", (long long)(left / DAY), date);
	else if (left >= HOUR)
		(void)buf_addf(out, "expires in %lld hours (%s)", (long long)(left / HOUR), date);
	else if (left > 0)
		(void)buf_addf(
			out, "expires in %lld minutes (%s)", (long long)(left / MINUTE), date);
	else
		(void)buf_addf(out, "just expired (%s)", date);
}

/* The certificate that ends first, and when; false when none is known. */
static bool first_end(
	const struct probe_result *r, const char **subject, int64_t *end, char *date, size_t size)
{
	*subject = NULL;
	if (!probe_result_cert_end(r, end, subject))
		return false;
	if (!*subject)
		*subject = leaf(r) ? tls_cert_label(leaf(r)) : "Unknown CN";
	date_text(*end, date, size);
	return true;
}

bool line_certificate(struct buf *out, const struct probe_result *r)
{
	const char *subject;
	char date[64];
	int64_t end;

	if (!first_end(r, &subject, &end, date, sizeof(date)))
		return false;
	(void)buf_addf(out, "Certificate '%s' ", subject);
	expiry_text(out, end - r->wall_seconds, date);
	return true;
}

bool line_certificate_good(struct buf *out, const struct probe_result *r)
{
	const char *subject;
	char date[64];
	int64_t end;

	if (!first_end(r, &subject, &end, date, sizeof(date)))
		return false;
	(void)buf_addf(out, "Certificate '%s' will expire on %s", subject, date);
	return true;
}

/* The first of those served whose time has not come. */
bool line_certificate_early(struct buf *out, const struct probe_result *r)
{
	char date[64];

	for (size_t i = 0; r->has_tls && i < r->tls.chain_count; i++) {
		const struct tls_cert *c = &r->tls.chain[i];

		if (c->not_before <= r->wall_seconds)
			continue;
		date_text(c->not_before, date, sizeof(date));
		(void)buf_addf(out, "Certificate '%s' is not yet valid (not before %s)",
			tls_cert_label(c), date);
		return true;
	}
	return false;
}
