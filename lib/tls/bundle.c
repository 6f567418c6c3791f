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
	/* Base64 octets that are decoded to see a subject: enough for most, then for nearly all;
	 * what still does not fit is decoded whole. Multiples of 4. */
	HEAD_BASE64_SHORT = 640,
	HEAD_BASE64_LONG = 2048,
	HEAD_OCTETS = HEAD_BASE64_LONG / 4 * 3,
	ENTRIES_MAX = 16384,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xa0, /* [0] EXPLICIT, RFC 5280 section 4.1 */
};

struct entry {
	const char *p; /* base64 with line breaks */
	size_t n;
	size_t subject;	       /* where its DER begins in the bundle's subjects */
	size_t subject_octets; /* 0: not readable, so never found */
	unsigned long hash;    /* of the canonical subject, when indexed */
};

struct tls_bundle {
	char *text;
	struct buf subjects;
	struct entry *entries;
	size_t count;
	bool indexed;
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

	/* NOLINTNEXTLINE(misc-redundant-expression): each enters one level */
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

static const unsigned char *entry_subject(const struct tls_bundle *b, const struct entry *e)
{
	return b->subjects.p + e->subject;
}

static X509_NAME *entry_name(const struct tls_bundle *b, const struct entry *e)
{
	const unsigned char *p;

	if (e->subject_octets == 0)
		return NULL;
	p = entry_subject(b, e);
	return d2i_X509_NAME(NULL, &p, (long)e->subject_octets);
}

/* As RFC 5280 section 7.1 compares: whatever the character set, case and blanks. */
static bool names_match(const struct tls_bundle *b, const struct entry *e, const X509_NAME *wanted)
{
	X509_NAME *name = entry_name(b, e);
	bool match = name && X509_NAME_cmp(name, wanted) == 0;

	X509_NAME_free(name);
	return match;
}

static size_t add_entry_to(X509_STORE *store, const struct entry *e)
{
	X509 *x = entry_certificate(e);

	if (!x)
		return 0;
	X509_STORE_add_cert(store, x);
	X509_free(x);
	return 1;
}

size_t tls_bundle_find(const struct tls_bundle *b, X509_STORE *store, const X509_NAME *name)
{
	const unsigned char *der;
	size_t n, found = 0;

	if (!X509_NAME_get0_der(name, &der, &n))
		return 0;
	for (size_t i = 0; i < b->count; i++) {
		const struct entry *e = &b->entries[i];

		if (e->subject_octets == n && n > 0 && memcmp(entry_subject(b, e), der, n) == 0)
			found += add_entry_to(store, e);
	}
	return found;
}

size_t tls_bundle_find_alike(const struct tls_bundle *b, X509_STORE *store, const X509_NAME *name)
{
	unsigned long hash = b->indexed ? X509_NAME_hash_ex(name, NULL, NULL, NULL) : 0;
	size_t found = 0;

	for (size_t i = 0; i < b->count; i++) {
		const struct entry *e = &b->entries[i];

		if ((!b->indexed || e->hash == hash) && names_match(b, e, name))
			found += add_entry_to(store, e);
	}
	ERR_clear_error();
	return found;
}

static bool copy_subject(struct tls_bundle *b, struct entry *e, struct slice subject)
{
	e->subject = b->subjects.n;
	e->subject_octets = subject.n;
	return buf_add_slice(&b->subjects, subject);
}

/* False when memory is short. */
static bool read_subject(struct tls_bundle *b, struct entry *e)
{
	static const size_t lengths[] = {HEAD_BASE64_SHORT, HEAD_BASE64_LONG};
	char scratch[HEAD_BASE64_LONG];
	unsigned char head[HEAD_OCTETS];
	struct slice subject;
	X509 *whole;
	bool copied = true;

	for (size_t i = 0; i < 2; i++)
		if (der_subject(head, decode(e, scratch, lengths[i], head), &subject))
			return copy_subject(b, e, subject);
	whole = entry_certificate(e);
	if (whole && X509_NAME_get0_der(X509_get_subject_name(whole), &subject.p, &subject.n))
		copied = copy_subject(b, e, subject);
	X509_free(whole);
	return copied;
}

static bool read_subjects(struct tls_bundle *b, bool indexed)
{
	for (size_t i = 0; i < b->count; i++) {
		X509_NAME *name;

		if (!read_subject(b, &b->entries[i]))
			return false;
		if (!indexed)
			continue;
		name = entry_name(b, &b->entries[i]);
		if (name)
			b->entries[i].hash = X509_NAME_hash_ex(name, NULL, NULL, NULL);
		X509_NAME_free(name);
	}
	b->indexed = indexed;
	ERR_clear_error();
	return true;
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

struct tls_bundle *tls_bundle_new(char *text, size_t n, bool indexed)
{
	struct tls_bundle *b = calloc(1, sizeof(*b));
	X509 *first = NULL;

	if (!b) {
		free(text);
		return NULL;
	}
	b->text = text;
	buf_init(&b->subjects, n);
	if (find_entries(b, text + n))
		first = entry_certificate(&b->entries[0]);
	X509_free(first);
	if (first && read_subjects(b, indexed))
		return b;
	tls_bundle_free(b);
	return NULL;
}

void tls_bundle_free(struct tls_bundle *b)
{
	if (!b)
		return;
	buf_fini(&b->subjects);
	free(b->text);
	free(b->entries);
	free(b);
}
