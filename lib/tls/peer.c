/* Certificates as plain facts. All of it comes from a stranger: sizes are bounded, text sanitised.
 */
#include "tls/internal.h"

#include "base/text.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* RFC 2253 with UTF-8 as it stands: text_printable judges what may be shown. */
#define NAME_FLAGS (XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB)

static char *printable(const void *p, size_t n)
{
	struct buf b;
	char *s = NULL;

	/* The mark of a cut, and one escaped character more. */
	buf_init(&b, TLS_NAME_OCTETS_MAX + 32);
	if (text_printable(&b, (struct slice){p, n}, TLS_NAME_OCTETS_MAX, TEXT_PLAIN))
		s = buf_dup(&b);
	buf_fini(&b);
	return s;
}

static char *name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p, *s;

	if (!bio)
		return NULL;
	if (X509_NAME_print_ex(bio, name, 0, NAME_FLAGS) < 0) {
		s = strdup("(unreadable name)");
	} else {
		long n = BIO_get_mem_data(bio, &p);

		s = printable(p, n > 0 ? (size_t)n : 0);
	}
	BIO_free(bio);
	return s;
}

/* The last CN is the most specific one (RFC 2253 section 2.1 writes it first). *out is NULL when
 * there is none. */
static bool common_name(const X509_NAME *name, char **out)
{
	int at = -1, next;
	const ASN1_STRING *value;
	unsigned char *utf8;
	int n;

	*out = NULL;
	while ((next = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0)
		at = next;
	if (at < 0)
		return true;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	n = ASN1_STRING_to_UTF8(&utf8, value);
	if (n < 0)
		return true; /* not a string in any character set: as if absent */
	*out = printable(utf8, (size_t)n);
	OPENSSL_free(utf8);
	return *out != NULL;
}

char *tls_peer_label(const X509 *x)
{
	char *label;

	if (!common_name(X509_get_subject_name(x), &label))
		return NULL;
	if (label && *label)
		return label;
	free(label);
	return name_text(X509_get_subject_name(x));
}

static char *address_text(const ASN1_OCTET_STRING *ip)
{
	char text[INET6_ADDRSTRLEN];
	int n = ASN1_STRING_length(ip);

	if (n != 4 && n != 16)
		return strdup("(unreadable address)");
	inet_ntop(n == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(ip), text, sizeof(text));
	return strdup(text);
}

/* *out stays NULL for a name of another type. */
static bool alternative_name(const GENERAL_NAME *g, char **out)
{
	*out = NULL;
	if (g->type == GEN_DNS)
		*out = printable(ASN1_STRING_get0_data(g->d.dNSName),
			(size_t)ASN1_STRING_length(g->d.dNSName));
	else if (g->type == GEN_IPADD)
		*out = address_text(g->d.iPAddress);
	else
		return true;
	return *out != NULL;
}

static bool copy_names(struct tls_cert *c, const GENERAL_NAMES *all, size_t *budget)
{
	int n = sk_GENERAL_NAME_num(all);
	char *name;

	c->names = calloc(TLS_NAMES_MAX, sizeof(*c->names));
	if (!c->names)
		return false;
	for (int i = 0; i < n && c->name_count<TLS_NAMES_MAX && * budget> 0; i++) {
		if (!alternative_name(sk_GENERAL_NAME_value(all, i), &name))
			return false;
		if (!name)
			continue;
		c->names[c->name_count++] = name;
		*budget -= strlen(name) < *budget ? strlen(name) : *budget;
	}
	return true;
}

static bool alternative_names(struct tls_cert *c, X509 *x, size_t *budget)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	bool copied;

	if (!all)
		return true; /* none, or unreadable: then it matches no name either */
	copied = copy_names(c, all, budget);
	GENERAL_NAMES_free(all);
	return copied;
}

static bool fingerprints(struct tls_cert *c, X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	bool digested =
		n > 0 && EVP_Digest(der, (size_t)n, c->spki_sha256, NULL, EVP_sha256(), NULL);

	OPENSSL_free(der);
	return digested && X509_digest(x, EVP_sha256(), c->sha256, NULL);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March, so that the leap
 * day is a year's last. Independent of the width of time_t. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

int64_t tls_peer_time(const ASN1_TIME *t)
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return 0;
	return days_since_1970(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 +
	       tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
}

static bool describe(struct tls_cert *c, X509 *x, size_t *budget)
{
	c->not_before = tls_peer_time(X509_get0_notBefore(x));
	c->not_after = tls_peer_time(X509_get0_notAfter(x));
	c->subject = name_text(X509_get_subject_name(x));
	c->issuer = name_text(X509_get_issuer_name(x));
	return c->subject && c->issuer && common_name(X509_get_subject_name(x), &c->common_name) &&
	       alternative_names(c, x, budget) && fingerprints(c, x);
}

static bool note_served_end(struct tls_facts *f, const X509 *x)
{
	int64_t end = tls_peer_time(X509_get0_notAfter(x));

	if (end >= f->served_not_after)
		return true;
	f->served_not_after = end;
	free(f->served_not_after_subject);
	f->served_not_after_subject = tls_peer_label(x);
	return f->served_not_after_subject != NULL;
}

bool tls_peer_describe(struct tls_facts *f, STACK_OF(X509) * served)
{
	size_t budget = TLS_NAMES_OCTETS_MAX;
	int n = sk_X509_num(served);

	for (int i = 0; i < n; i++) {
		X509 *x = sk_X509_value(served, i);

		f->served_count++;
		if (!note_served_end(f, x))
			return false;
		/* Counted before it is filled: facts_fini frees what a failure leaves. */
		if (f->chain_count < TLS_CHAIN_MAX &&
			!describe(&f->chain[f->chain_count++], x, &budget))
			return false;
	}
	/* What could not be parsed (a strange name) left its mark in the queue. */
	ERR_clear_error();
	return true;
}
