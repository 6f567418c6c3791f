/* A PEM file of many certificates, searched for the few that are wanted. Decoding all of Debian's
 * costs 16 ms CPU and 1.4 MiB, a whole check 4 ms; the base64 text is searched in a fraction of
 * one. Immutable once made, so that channels may share it. */
#include "tls/internal.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Base64 octets that are decoded to see a subject; a certificate whose issuer and subject
	 * are longer than that is decoded whole. A multiple of 4. */
	HEAD_BASE64_OCTETS = 1368,
	HEAD_OCTETS = HEAD_BASE64_OCTETS / 4 * 3,
	ENTRIES_MAX = 16384,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xa0, /* [0] EXPLICIT, RFC 5280 section 4.1 */
};

struct entry {
	const char *p; /* base64 with line breaks */
	size_t n;
	unsigned long hash; /* of the canonical subject, when indexed */
};

struct tls_bundle {
	char *text;
	struct entry *entries;
	size_t count;
	bool indexed;
};

/* The name looked for: its octets, and what is needed to compare it as RFC 5280 section 7.1 says.
 */
struct wanted {
	const X509_NAME *name;
	const unsigned char *der;
	size_t n;
	unsigned long hash;
};

static bool is_blank(char c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Decodes up to max base64 octets (a multiple of 4) to out; the octets written, 0 for bad base64.
 */
static size_t decode(const struct entry *e, char *scratch, size_t max, unsigned char *out)
{
	size_t n = 0;
	int decoded;

	for (size_t i = 0; i < e->n && n < max; i++)
		if (!is_blank(e->p[i]))
			scratch[n++] = e->p[i];
	decoded = EVP_DecodeBlock(out, (const unsigned char *)scratch, (int)(n - n % 4));
	return decoded > 0 ? (size_t)decoded : 0;
}

/* Steps into or over one DER element: *p is then at its content, *n its length. False when the
 * header is not whole. */
static bool der_header(const unsigned char **p, const unsigned char *end, unsigned *tag, size_t *n)
{
	size_t octets;

	if (end - *p < 2)
		return false;
	*tag = *(*p)++;
	*n = *(*p)++;
	if (*n < 0x80)
		return true;
	octets = *n & 0x7f;
	if (octets == 0 || octets > 3 || (size_t)(end - *p) < octets)
		return false;
	for (*n = 0; octets > 0; octets--)
		*n = *n << 8 | *(*p)++;
	return true;
}

static bool der_enter(const unsigned char **p, const unsigned char *end, unsigned expected)
{
	unsigned tag;
	size_t n;

	return der_header(p, end, &tag, &n) && tag == expected;
}

/* *tag: of the element that was passed over. */
static bool der_skip(const unsigned char **p, const unsigned char *end, unsigned *tag)
{
	size_t n;

	if (!der_header(p, end, tag, &n) || n > (size_t)(end - *p))
		return false;
	*p += n;
	return true;
}

/* The subject of a certificate of which the first octets are known (RFC 5280 section 4.1):
 * Certificate ::= SEQUENCE { TBSCertificate ::= SEQUENCE { version [0] OPTIONAL, serialNumber,
 * signature, issuer, validity, subject ... */
static bool der_subject(const unsigned char *p, size_t n, struct slice *subject)
{
	const unsigned char *end = p + n, *at = p;
	unsigned tag;

	if (!der_enter(&at, end, TAG_SEQUENCE) || !der_enter(&at, end, TAG_SEQUENCE) ||
		!der_skip(&at, end, &tag) || (tag == TAG_VERSION && !der_skip(&at, end, &tag)))
		return false;
	for (int i = 0; i < 3; i++)
		if (!der_skip(&at, end, &tag))
			return false;
	subject->p = at;
	if (!der_skip(&at, end, &tag) || tag != TAG_SEQUENCE)
		return false;
	subject->n = (size_t)(at - subject->p);
	return true;
}

static X509 *entry_certificate(const struct entry *e)
{
	char *scratch = malloc(e->n + 1);
	unsigned char *der = malloc(e->n + 4);
	const unsigned char *p = der;
	X509 *x = NULL;
	size_t n;

	if (scratch && der && e->n < INT_MAX) {
		n = decode(e, scratch, e->n, der);
		if (n > 0)
			x = d2i_X509(NULL, &p, (long)n);
	}
	free(scratch);
	free(der);
	return x;
}

static bool name_equals(const struct wanted *w, struct slice subject, bool canonical)
{
	const unsigned char *p = subject.p;
	X509_NAME *name;
	bool equal;

	if (!canonical)
		return subject.n == w->n && memcmp(subject.p, w->der, w->n) == 0;
	name = d2i_X509_NAME(NULL, &p, (long)subject.n);
	equal = name && X509_NAME_cmp(name, w->name) == 0;
	X509_NAME_free(name);
	return equal;
}

/* The certificate when its subject is the wanted one. */
static X509 *entry_match(const struct entry *e, const struct wanted *w, bool canonical)
{
	char scratch[HEAD_BASE64_OCTETS];
	unsigned char head[HEAD_OCTETS];
	struct slice subject;
	size_t n = decode(e, scratch, sizeof(scratch), head);
	X509 *x;

	if (der_subject(head, n, &subject))
		return name_equals(w, subject, canonical) ? entry_certificate(e) : NULL;
	x = entry_certificate(e);
	if (x && X509_NAME_cmp(X509_get_subject_name(x), w->name) != 0) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

static size_t add_matches(
	const struct tls_bundle *b, X509_STORE *store, const struct wanted *w, bool canonical)
{
	size_t found = 0;

	for (size_t i = 0; i < b->count; i++) {
		X509 *x;

		if (b->indexed && b->entries[i].hash != w->hash)
			continue;
		x = entry_match(&b->entries[i], w, canonical);
		if (!x)
			continue;
		found++;
		X509_STORE_add_cert(store, x);
		X509_free(x);
	}
	return found;
}

void tls_bundle_find(const struct tls_bundle *b, X509_STORE *store, const X509_NAME *name)
{
	struct wanted w = {.name = name};

	if (!X509_NAME_get0_der(name, &w.der, &w.n))
		return;
	if (b->indexed)
		w.hash = X509_NAME_hash_ex(name, NULL, NULL, NULL);
	/* Most names are octet for octet those of their certificate; only when that finds nothing
	 * are character sets and blanks looked through, at ten times the cost. */
	if (add_matches(b, store, &w, b->indexed) == 0 && !b->indexed)
		(void)add_matches(b, store, &w, true);
	ERR_clear_error();
}

static const char *find(const char *p, const char *end, const char *mark)
{
	return p ? memmem(p, (size_t)(end - p), mark, strlen(mark)) : NULL;
}

static bool add_entry(struct tls_bundle *b, const char *p, size_t n)
{
	/* Grown by doubling: count is a power of two when the room is used up. */
	if ((b->count & (b->count - 1)) == 0) {
		size_t room = b->count ? 2 * b->count : 1;
		struct entry *entries = realloc(b->entries, room * sizeof(*entries));

		if (!entries)
			return false;
		b->entries = entries;
	}
	b->entries[b->count++] = (struct entry){.p = p, .n = n};
	return true;
}

static bool find_entries(struct tls_bundle *b, const char *end)
{
	static const char begin_mark[] = "-----BEGIN CERTIFICATE-----";
	const char *p = find(b->text, end, begin_mark), *stop;

	while (p && b->count < ENTRIES_MAX) {
		p += sizeof(begin_mark) - 1;
		stop = find(p, end, "-----END CERTIFICATE-----");
		if (!stop)
			break;
		if (!add_entry(b, p, (size_t)(stop - p)))
			return false;
		p = find(stop, end, begin_mark);
	}
	return b->count > 0;
}

/* 0 for what cannot be read: it is then found by no search. */
static unsigned long hash_subject(const struct entry *e)
{
	char scratch[HEAD_BASE64_OCTETS];
	unsigned char head[HEAD_OCTETS];
	struct slice subject;
	size_t n = decode(e, scratch, sizeof(scratch), head);
	X509_NAME *name = NULL;
	X509 *whole = NULL;
	unsigned long hash = 0;

	if (der_subject(head, n, &subject))
		name = d2i_X509_NAME(NULL, &subject.p, (long)subject.n);
	else
		whole = entry_certificate(e);
	if (name || whole)
		hash = X509_NAME_hash_ex(
			name ? name : X509_get_subject_name(whole), NULL, NULL, NULL);
	X509_NAME_free(name);
	X509_free(whole);
	return hash;
}

static void hash_subjects(struct tls_bundle *b)
{
	for (size_t i = 0; i < b->count; i++)
		b->entries[i].hash = hash_subject(&b->entries[i]);
	b->indexed = true;
	ERR_clear_error();
}

struct tls_bundle *tls_bundle_new(char *text, size_t n, bool indexed)
{
	struct tls_bundle *b = calloc(1, sizeof(*b));
	X509 *first = NULL;

	if (!b) {
		free(text);
		return NULL;
	}
	b->text = text;
	if (find_entries(b, text + n))
		first = entry_certificate(&b->entries[0]);
	if (!first) {
		tls_bundle_free(b);
		return NULL;
	}
	X509_free(first);
	if (indexed)
		hash_subjects(b);
	return b;
}

void tls_bundle_free(struct tls_bundle *b)
{
	if (!b)
		return;
	free(b->text);
	free(b->entries);
	free(b);
}
