/* The judgement of a peer's certificates. It runs inside the handshake and never ends it, so that
 * everything wrong is known and can be reported; only then does the status refuse the peer. */
#include "tls/internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words kept for one defect, without the certificate's name. */
enum { WORDS_OCTETS_MAX = 256 };

struct tls_channel *tls_verify_channel(X509_STORE_CTX *ctx)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());

	return SSL_get_app_data(ssl);
}

static bool about_trust(enum tls_defect d)
{
	return d == TLS_DEFECT_SELF_SIGNED || d == TLS_DEFECT_CHAIN_INCOMPLETE ||
	       d == TLS_DEFECT_UNTRUSTED;
}

/* Sets the defect; its words become the detail when it is worse than what was found before. Lack of
 * memory costs the words alone. */
static void note(struct tls_channel *ch, enum tls_defect d, const char *words, const X509 *x)
{
	struct tls_facts *f = &ch->facts;
	bool first = d < tls_facts_worst(f);
	char *label, *detail;

	f->defects |= 1u << d;
	if (!first)
		return;
	label = x ? tls_peer_label(x) : NULL;
	if (asprintf(&detail, "%s%s%s%s", words, label ? ": " : "", label ? label : "",
		    ch->config->no_ca && about_trust(d) ? " (no CA certificates on this system)"
							: "") < 0)
		detail = NULL;
	free(label);
	free(f->verify_detail);
	f->verify_detail = detail;
}

static void note_code(struct tls_channel *ch, enum tls_defect d, int code, const X509 *x)
{
	note(ch, d, X509_verify_cert_error_string(code), x);
}

static bool offers_issuer(const X509 *x)
{
	AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++)
		found |= OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(access, i)->method) ==
			 NID_ad_ca_issuers;
	AUTHORITY_INFO_ACCESS_free(access);
	return found;
}

static bool named_like_intermediate(X509_NAME *issuer)
{
	static const char *const words[] = {"intermediate", "issuing", "subordinate", "sub ca"};
	char name[WORDS_OCTETS_MAX];

	X509_NAME_oneline(issuer, name, sizeof(name));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

/* Nothing in a certificate says whether its absent issuer is a root that is not trusted or an
 * intermediate that was not sent. A CA's issuer is taken for the root, which servers leave out. So
 * is a leaf's, unless it tells where to fetch its issuer, as the public CAs' leaves do, or its
 * issuer is called an intermediate. */
static enum tls_defect issuer_missing(X509 *x)
{
	if (x && X509_check_ca(x) == 0 &&
		(offers_issuer(x) || named_like_intermediate(X509_get_issuer_name(x))))
		return TLS_DEFECT_CHAIN_INCOMPLETE;
	return TLS_DEFECT_UNTRUSTED;
}

/* The defect behind an error of X509_verify_cert; TLS_DEFECT_COUNT: none. Whatever is not known to
 * be harmless leaves the chain untrusted. */
static enum tls_defect defect_of(int code, int depth, X509 *x)
{
	switch (code) {
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return TLS_DEFECT_SELF_SIGNED;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return issuer_missing(x);
	case X509_V_ERR_CERT_REVOKED:
		return TLS_DEFECT_REVOKED;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return TLS_DEFECT_WEAK;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return TLS_DEFECT_COUNT; /* see judge_dates() */
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		/* A CRL file need not speak for the CAs above the leaf's issuer. */
		return depth > 0 ? TLS_DEFECT_COUNT : TLS_DEFECT_UNTRUSTED;
	default:
		return TLS_DEFECT_UNTRUSTED;
	}
}

/* X509_STORE_CTX's verify callback: notes the error and lets verification go on. */
static int note_error(int ok, X509_STORE_CTX *ctx)
{
	int code = X509_STORE_CTX_get_error(ctx);
	enum tls_defect d;

	if (ok)
		return 1;
	d = defect_of(
		code, X509_STORE_CTX_get_error_depth(ctx), X509_STORE_CTX_get_current_cert(ctx));
	if (d != TLS_DEFECT_COUNT)
		note_code(tls_verify_channel(ctx), d, code, X509_STORE_CTX_get_current_cert(ctx));
	return 1;
}

static void build_path(struct tls_channel *ch, X509_STORE_CTX *ctx)
{
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_time(p, (time_t)ch->verify_time);
	/* Strength is judged by weak.c. */
	X509_VERIFY_PARAM_set_auth_level(p, 0);
	X509_STORE_CTX_set_verify_cb(ctx, note_error);
	/* note_error() refuses nothing, so this failed for reasons of its own (memory). */
	if (X509_verify_cert(ctx) <= 0)
		note_code(ch, TLS_DEFECT_UNTRUSTED, X509_STORE_CTX_get_error(ctx), NULL);
}

/* By ourselves, since OpenSSL leaves out the top of a path whose issuer is missing, and since
 * notAfter is the last second of validity, not the first after it (RFC 5280 section 4.1.2.5). */
static void judge_dates(struct tls_channel *ch, const X509 *x)
{
	if (tls_peer_time(X509_get0_notAfter(x)) < ch->verify_time)
		note_code(ch, TLS_DEFECT_EXPIRED, X509_V_ERR_CERT_HAS_EXPIRED, x);
	if (tls_peer_time(X509_get0_notBefore(x)) > ch->verify_time)
		note_code(ch, TLS_DEFECT_NOT_YET_VALID, X509_V_ERR_CERT_NOT_YET_VALID, x);
}

/* anchor: its signature vouches for nothing, as that of a self-signed certificate. */
static void judge_strength(struct tls_channel *ch, X509 *x, bool anchor)
{
	char words[WORDS_OCTETS_MAX];

	if (tls_weak_key(x, words, sizeof(words)))
		note(ch, TLS_DEFECT_WEAK, words, x);
	if (!anchor && !(X509_get_extension_flags(x) & EXFLAG_SS) &&
		tls_weak_signature(x, words, sizeof(words)))
		note(ch, TLS_DEFECT_WEAK, words, x);
}

static bool path_trusted(const struct tls_facts *f)
{
	return !(f->defects & (1u << TLS_DEFECT_SELF_SIGNED | 1u << TLS_DEFECT_CHAIN_INCOMPLETE |
				      1u << TLS_DEFECT_UNTRUSTED));
}

static void note_on_path(struct tls_facts *f, const X509 *x, const STACK_OF(X509) * served)
{
	for (int i = 0; i < (int)f->chain_count; i++)
		if (X509_cmp(x, sk_X509_value(served, i)) == 0)
			f->chain[i].on_path = true;
}

static void note_path_end(struct tls_facts *f, const X509 *x)
{
	int64_t end = tls_peer_time(X509_get0_notAfter(x));

	if (end >= f->path_not_after)
		return;
	f->path_not_after = f->last_chain_not_after = end;
	free(f->path_not_after_subject);
	f->path_not_after_subject = tls_peer_label(x);
}

static void judge_path(struct tls_channel *ch, X509_STORE_CTX *ctx)
{
	const STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
	const STACK_OF(X509) *served = X509_STORE_CTX_get0_untrusted(ctx);
	bool trusted = path_trusted(&ch->facts);
	int n = sk_X509_num(path);

	for (int i = 0; i < n; i++) {
		X509 *x = sk_X509_value(path, i);

		judge_dates(ch, x);
		judge_strength(ch, x, trusted && i == n - 1);
		if (trusted) {
			note_on_path(&ch->facts, x, served);
			note_path_end(&ch->facts, x);
		}
	}
}

static void judge_name(struct tls_channel *ch, X509 *leaf)
{
	if (tls_name_matches(ch, leaf))
		return;
	note_code(ch, TLS_DEFECT_NAME_MISMATCH,
		ch->name_kind == TLS_NAME_ADDRESS ? X509_V_ERR_IP_ADDRESS_MISMATCH
						  : X509_V_ERR_HOSTNAME_MISMATCH,
		leaf);
}

static bool listed(const struct tls_sha256 *list, size_t count, const unsigned char sha256[32])
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(list[i].octets, sha256, sizeof(list[i].octets)) == 0)
			return true;
	return false;
}

static void judge_pins(struct tls_channel *ch)
{
	const struct tls_config *c = ch->config;
	const struct tls_cert *leaf = &ch->facts.chain[0];

	if (c->pin_count > 0 && !listed(c->pins, c->pin_count, leaf->spki_sha256))
		note(ch, TLS_DEFECT_PIN, "public key matches no pin", NULL);
	if (c->fingerprint_count > 0 &&
		!listed(c->fingerprints, c->fingerprint_count, leaf->sha256))
		note(ch, TLS_DEFECT_PIN, "certificate matches no fingerprint", NULL);
}

int tls_verify_callback(X509_STORE_CTX *ctx, void *arg)
{
	struct tls_channel *ch = tls_verify_channel(ctx);

	(void)arg;
	tls_facts_fini(&ch->facts);
	if (!tls_peer_describe(&ch->facts, X509_STORE_CTX_get0_untrusted(ctx))) {
		ch->no_memory = true;
		return 0;
	}
	judge_pins(ch);
	if (ch->config->verify == TLS_VERIFY_OFF)
		return 1;
	build_path(ch, ctx);
	judge_path(ch, ctx);
	judge_name(ch, X509_STORE_CTX_get0_cert(ctx));
	ch->facts.verify_ran = true;
	ch->facts.verified = ch->facts.defects == 0;
	ERR_clear_error();
	return 1;
}

/* Fails closed: a handshake that came here without certificates has neither `verified` set nor a
 * leaf to compare with the pins. */
enum tls_status tls_verify_status(const struct tls_channel *ch)
{
	const struct tls_config *c = ch->config;
	const struct tls_facts *f = &ch->facts;

	if (c->verify == TLS_VERIFY_REQUIRE && !f->verified)
		return TLS_CERTIFICATE;
	if (c->pin_count + c->fingerprint_count > 0 &&
		(f->chain_count == 0 || f->defects & (1u << TLS_DEFECT_PIN)))
		return TLS_CERTIFICATE;
	return TLS_OK;
}

static bool in_store(X509_STORE_CTX *ctx, const X509_NAME *name)
{
	STACK_OF(X509) *found = X509_STORE_CTX_get1_certs(ctx, name);
	bool any = found && sk_X509_num(found) > 0;

	sk_X509_pop_free(found, X509_free);
	return any;
}

/* Asked for whether a served certificate is trusted itself: then its very octets are in there. */
STACK_OF(X509) * tls_verify_lookup_certs(X509_STORE_CTX *ctx, const X509_NAME *name)
{
	const struct tls_config *c = tls_verify_channel(ctx)->config;

	if (!in_store(ctx, name))
		(void)tls_bundle_find(c->bundle, X509_STORE_CTX_get0_store(ctx), name);
	return X509_STORE_CTX_get1_certs(ctx, name);
}

/* Most issuers' names are octet for octet those of their certificates; only where that finds
 * nothing is the dearer search made, and once: OpenSSL asks again. */
int tls_verify_get_issuer(X509 **issuer, X509_STORE_CTX *ctx, X509 *x)
{
	struct tls_channel *ch = tls_verify_channel(ctx);
	const struct tls_bundle *b = ch->config->bundle;
	X509_STORE *store = X509_STORE_CTX_get0_store(ctx);
	const X509_NAME *name = X509_get_issuer_name(x);

	if (x != ch->orphan && !in_store(ctx, name) && tls_bundle_find(b, store, name) == 0 &&
		tls_bundle_find_alike(b, store, name) == 0)
		ch->orphan = x;
	return X509_STORE_CTX_get1_issuer(issuer, ctx, x);
}
