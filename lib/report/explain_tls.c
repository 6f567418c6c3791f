/* Words on certificates. Every name in one is the server's text: escaped, cut, and never taken for
 * part of an option unless it looks like a host name. */
#include "report/explain.h"

#include "base/base64.h"
#include "report/words.h"

#include <inttypes.h>
#include <string.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static void quoted(struct buf *out, const char *name)
{
	buf_add_char(out, '\'');
	words_safe_str(out, name, WORDS_NAME_MAX);
	buf_add_char(out, '\'');
}

static void certificate(struct buf *out, const struct tls_cert *cert)
{
	buf_add_str(out, "Certificate ");
	quoted(out, tls_cert_label(cert));
}

/* The cases and full stops of check_pop 2.3.3, since people match on them. */
void explain_expiry(struct buf *out, const char *label, int64_t end, int64_t now)
{
	char text[WORDS_DATE_MAX];
	const char *date = words_date_classic(end, text);
	int64_t left;

	if (__builtin_sub_overflow(end, now, &left))
		left = end < now ? INT64_MIN : INT64_MAX;
	buf_add_str(out, "Certificate ");
	quoted(out, label);
	if (left < 0)
		buf_addf(out, " expired on %s.", date);
	else if (left == 0)
		buf_addf(out, " just expired (%s).", date);
	else if (left >= DAY)
		buf_addf(out, " expires in %" PRId64 " day(s) (%s).", left / DAY, date);
	else if (left >= HOUR)
		buf_addf(out, " expires in %" PRId64 " hours (%s)", left / HOUR, date);
	else
		buf_addf(out, " expires in %" PRId64 " minutes (%s)", left / MINUTE, date);
}

void explain_other_ends(struct buf *out, const struct probe_result *r, int64_t end)
{
	const struct tls_facts *f = &r->tls;
	unsigned shown = 0;

	for (size_t i = 0; i < f->chain_count && shown < WORDS_NAMES_MAX; i++) {
		const struct tls_cert *cert = &f->chain[i];
		char text[WORDS_DATE_MAX];

		if ((f->verified && cert->on_path) || cert->not_after >= end)
			continue;
		buf_add_str(out, shown++ == 0 ? " Also served: " : ", ");
		quoted(out, tls_cert_label(cert));
		buf_addf(out, " ends %s", words_date_classic(cert->not_after, text));
	}
}

static void names(struct buf *out, const struct tls_cert *leaf)
{
	if (leaf->name_count == 0)
		words_safe_str(out, tls_cert_label(leaf), WORDS_NAME_MAX);
	for (size_t i = 0; i < leaf->name_count && i < WORDS_NAMES_MAX; i++) {
		if (i > 0)
			buf_add_str(out, ", ");
		words_safe_str(out, leaf->names[i], WORDS_NAME_MAX);
	}
	if (leaf->name_count > WORDS_NAMES_MAX)
		buf_addf(out, " and %zu more", leaf->name_count - WORDS_NAMES_MAX);
}

/* Someone will paste it behind an option. */
static bool may_be_option(const char *name)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-");

	return n > 0 && name[n] == '\0' && n <= 253 && name[0] != '-' && name[0] != '.';
}

static void try_sni(struct buf *out, const struct tls_cert *leaf)
{
	for (size_t i = 0; i < leaf->name_count; i++) {
		if (may_be_option(leaf->names[i])) {
			buf_addf(out, "; try --sni %s", leaf->names[i]);
			return;
		}
	}
	if (leaf->name_count == 0)
		buf_add_str(out, ", a common name alone, which is not a name to verify");
}

/* The certificate to blame for its dates: the first of the chain that is out of them. */
static const struct tls_cert *out_of_date(const struct probe_result *r, bool early)
{
	const struct tls_facts *f = &r->tls;

	for (size_t i = 0; i < f->chain_count; i++) {
		const struct tls_cert *cert = &f->chain[i];

		if (early ? cert->not_before > r->wall_seconds : cert->not_after < r->wall_seconds)
			return cert;
	}
	return NULL;
}

static void expired(struct buf *out, const struct explain_case *c)
{
	const struct tls_cert *cert = out_of_date(c->r, false);

	if (cert)
		explain_expiry(out, tls_cert_label(cert), cert->not_after, c->r->wall_seconds);
	else
		buf_add_str(out, "a certificate on the path, not served, has expired");
}

static void not_yet_valid(struct buf *out, const struct explain_case *c)
{
	const struct tls_cert *cert = out_of_date(c->r, true);
	char text[WORDS_DATE_MAX];

	if (!cert) {
		buf_add_str(out, "a certificate on the path, not served, is not yet valid");
		return;
	}
	certificate(out, cert);
	buf_addf(out, " is not valid before %s.", words_date_classic(cert->not_before, text));
}

static void self_signed(struct buf *out, const struct explain_case *c)
{
	certificate(out, &c->r->tls.chain[0]);
	buf_add_str(out, " is self-signed and not trusted");
}

static void incomplete(struct buf *out, const struct explain_case *c)
{
	const struct tls_facts *f = &c->r->tls;

	certificate(out, &f->chain[0]);
	buf_add_str(out, ": the chain is incomplete, the issuer ");
	quoted(out, f->chain[f->chain_count - 1].issuer);
	buf_add_str(out, " was not sent");
}

static void detail_or(struct buf *out, const struct tls_facts *f, const char *words)
{
	buf_addf(out, " %s", words);
	if (!f->verify_detail || !f->verify_detail[0])
		return;
	buf_add_str(out, ": ");
	words_safe_str(out, f->verify_detail, WORDS_SERVER_MAX);
}

static void untrusted(struct buf *out, const struct explain_case *c)
{
	certificate(out, &c->r->tls.chain[0]);
	buf_add_str(out, " of the issuer ");
	quoted(out, c->r->tls.chain[0].issuer);
	detail_or(out, &c->r->tls, "is not trusted");
}

static void weak(struct buf *out, const struct explain_case *c)
{
	certificate(out, &c->r->tls.chain[0]);
	detail_or(out, &c->r->tls, "has a weak key or digest, or its issuers have");
}

static void revoked(struct buf *out, const struct explain_case *c)
{
	certificate(out, &c->r->tls.chain[0]);
	buf_add_str(out, " is revoked, or one of its issuers is");
}

static void wrong_name(struct buf *out, const struct explain_case *c)
{
	buf_add_str(out, "certificate is for ");
	names(out, &c->r->tls.chain[0]);
	try_sni(out, &c->r->tls.chain[0]);
}

static void pin(struct buf *out, const struct explain_case *c)
{
	const struct tls_cert *leaf = &c->r->tls.chain[0];
	char hex[sizeof(leaf->sha256) * 2 + 1];

	words_hex(leaf->sha256, sizeof(leaf->sha256), hex);
	certificate(out, leaf);
	buf_add_str(out, " does not match the pin: its key is sha256//");
	base64_encode(out, (struct slice){leaf->spki_sha256, sizeof(leaf->spki_sha256)});
	buf_addf(out, ", its fingerprint %s", hex);
}

bool explain_certificate(struct buf *out, const struct explain_case *c)
{
	static const struct {
		enum probe_reason reason;
		void (*say)(struct buf *out, const struct explain_case *c);
	} rows[] = {
		{REASON_CERT_SELF_SIGNED, self_signed},
		{REASON_CERT_CHAIN_INCOMPLETE, incomplete},
		{REASON_CERT_UNTRUSTED, untrusted},
		{REASON_CERT_REVOKED, revoked},
		{REASON_CERT_NAME_MISMATCH, wrong_name},
		{REASON_CERT_EXPIRED, expired},
		{REASON_CERT_NOT_YET_VALID, not_yet_valid},
		{REASON_CERT_WEAK, weak},
		{REASON_PIN_MISMATCH, pin},
	};

	if (!c->r->has_tls || c->r->tls.chain_count == 0)
		return false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].reason == c->reason) {
			rows[i].say(out, c);
			return true;
		}
	}
	return false;
}

bool report_certificate_text(struct buf *out, const struct probe_result *r)
{
	const char *label;
	char text[WORDS_DATE_MAX];
	int64_t end, soon;

	if (!probe_result_cert_end(r, &end, &label))
		return !out->failed;
	/* "OK - Certificate 'CN' will expire on DATE." is for those who asked no threshold, too. */
	if (__builtin_sub_overflow(end, r->wall_seconds, &soon) || soon >= DAY) {
		buf_add_str(out, "Certificate ");
		quoted(out, label);
		buf_addf(out, " will expire on %s.", words_date_classic(end, text));
		return !out->failed;
	}
	explain_expiry(out, label, end, r->wall_seconds);
	return !out->failed;
}
