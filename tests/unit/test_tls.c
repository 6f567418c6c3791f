/* lib/tls against a server in memory: what is found wrong with certificates. */
#include "test_tls.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_tls(void);
void test_tls_add_stream(Suite *s);
void test_tls_add_config(Suite *s);

#define BIT(d) (1u << TLS_DEFECT_##d)

static const struct tls_ops *ops;
static X509 *root, *inter, *stranger;

static X509 *signed_leaf(const char *san, struct cert_spec s)
{
	if (!s.cn)
		s.cn = "mail.example.org";
	if (!s.san)
		s.san = san;
	if (!s.issuer)
		s.issuer = root;
	return test_cert(&s);
}

static void setup(void)
{
	ops = tls_ops_get();
	root = test_cert(&(struct cert_spec){.cn = "Root", .ca = true, .until = 3000, .from = -9});
	inter = test_cert(&(struct cert_spec){.cn = "Inter", .ca = true, .issuer = root});
	stranger = test_cert(
		&(struct cert_spec){.cn = "Stranger", .ca = true, .key = test_key_leaf()});
}

static void teardown(void)
{
	X509_free(root);
	X509_free(inter);
	X509_free(stranger);
	test_files_remove();
}

/* One connection; the caller finishes facts. */
struct outcome {
	enum tls_status status;
	struct tls_facts facts;
	char sni[256];
	char error[256];
};

static struct outcome connect_to(
	struct tls_settings set, X509 *const *chain, EVP_PKEY *key, const char *name)
{
	struct outcome o = {.status = TLS_FAILED};
	struct test_server s;
	struct tls_config *c;
	struct tls_channel *ch;

	if (!set.ca_path)
		set.ca_path = test_pem_file((X509 *const[]){root, NULL});
	c = ops->config_new(&set, o.error, sizeof(o.error));
	ck_assert_msg(c != NULL, "%s", o.error);
	test_server_init(&s, chain, key);
	ch = ops->channel_new(c, name, true, TLS_NOW);
	o.status = test_handshake(ops, ch, &s);
	snprintf(o.error, sizeof(o.error), "%s", ops->error(ch));
	snprintf(o.sni, sizeof(o.sni), "%s", s.sni);
	ops->facts_take(ch, &o.facts);
	ops->channel_free(ch);
	ops->config_unref(c);
	test_server_fini(&s);
	return o;
}

/* Frees the leaf. Checks with verification required, as a report, and off. */
static struct outcome judge(X509 *leaf, X509 *const *rest, const char *name, unsigned defects)
{
	X509 *chain[8] = {leaf};
	struct outcome o;

	for (size_t i = 0; rest && rest[i]; i++)
		chain[i + 1] = rest[i];
	o = connect_to((struct tls_settings){.verify = TLS_VERIFY_OFF}, chain, NULL, name);
	ck_assert_int_eq(o.status, TLS_OK);
	ck_assert_uint_eq(o.facts.defects, 0);
	ck_assert(!o.facts.verify_ran && !o.facts.verified && o.facts.handshake_done);
	ck_assert(o.facts.path_not_after == INT64_MAX && o.facts.served_not_after != INT64_MAX);
	tls_facts_fini(&o.facts);
	o = connect_to((struct tls_settings){.verify = TLS_VERIFY_REPORT}, chain, NULL, name);
	ck_assert_int_eq(o.status, TLS_OK);
	ck_assert_uint_eq(o.facts.defects, defects);
	tls_facts_fini(&o.facts);
	o = connect_to((struct tls_settings){.verify = TLS_VERIFY_REQUIRE}, chain, NULL, name);
	ck_assert_int_eq(o.status, defects ? TLS_CERTIFICATE : TLS_OK);
	ck_assert_uint_eq(o.facts.defects, defects);
	ck_assert(o.facts.verify_ran && o.facts.verified == !defects && o.facts.handshake_done);
	ck_assert(!o.facts.verify_detail == !defects);
	X509_free(leaf);
	return o;
}

static void expect(X509 *leaf, X509 *const *rest, const char *name, unsigned defects)
{
	struct outcome o = judge(leaf, rest, name, defects);

	tls_facts_fini(&o.facts);
}

#define WITH(...) ((X509 *const[]){__VA_ARGS__, NULL})
#define LEAF(...) signed_leaf("DNS:mail.example.org", (struct cert_spec){__VA_ARGS__})
#define HOST	  "mail.example.org"

START_TEST(good_chain)
{
	struct outcome o =
		judge(LEAF(.issuer = inter, .from = -1, .until = 20), WITH(inter), HOST, 0);

	ck_assert_str_eq(o.sni, HOST);
	ck_assert_str_eq(o.facts.version, "TLS 1.3");
	ck_assert_str_eq(o.facts.cipher, "TLS_AES_256_GCM_SHA384");
	ck_assert_uint_eq(o.facts.chain_count, 2);
	ck_assert_str_eq(o.facts.chain[0].subject, "CN=mail.example.org,O=Test");
	ck_assert_str_eq(o.facts.chain[0].issuer, "CN=Inter,O=Test");
	ck_assert_str_eq(o.facts.chain[0].names[0], HOST);
	ck_assert(o.facts.chain[0].on_path && o.facts.chain[1].on_path);
	ck_assert_int_eq(o.facts.path_not_after, TLS_NOW + 20 * TLS_DAY);
	ck_assert_int_eq(o.facts.last_chain_not_after, TLS_NOW + 20 * TLS_DAY);
	ck_assert_int_eq(o.facts.served_not_after, TLS_NOW + 20 * TLS_DAY);
	ck_assert_str_eq(o.facts.path_not_after_subject, HOST);
	ck_assert_int_eq(o.facts.chain[0].not_before, TLS_NOW - TLS_DAY);
	tls_facts_fini(&o.facts);
}
END_TEST

START_TEST(defects_one_by_one)
{
	expect(test_cert(&(struct cert_spec){.cn = HOST, .san = "DNS:" HOST}), NULL, HOST,
		BIT(SELF_SIGNED));
	expect(LEAF(.issuer = inter), NULL, HOST, BIT(CHAIN_INCOMPLETE));
	expect(LEAF(.issuer = stranger, .issuer_key = test_key_leaf()), WITH(stranger), HOST,
		BIT(UNTRUSTED));
	expect(LEAF(.issuer_key = test_key_leaf()), NULL, HOST, BIT(UNTRUSTED)); /* signature */
	expect(LEAF(.purpose = "clientAuth"), NULL, HOST, BIT(UNTRUSTED));
	expect(LEAF(.purpose = "serverAuth"), NULL, HOST, 0);
	expect(LEAF(0), NULL, "other.example.org", BIT(NAME_MISMATCH));
	expect(LEAF(.from = -20, .until = -1), NULL, HOST, BIT(EXPIRED));
	expect(LEAF(.from = 1, .until = 2), NULL, HOST, BIT(NOT_YET_VALID));
	expect(LEAF(.md = EVP_sha1()), NULL, HOST, BIT(WEAK));
	expect(LEAF(0), NULL, NULL, 0);
}
END_TEST

START_TEST(defects_together)
{
	struct outcome o = judge(
		test_cert(&(struct cert_spec){.cn = "a", .san = "DNS:a", .from = -2, .until = -1}),
		NULL, HOST, BIT(SELF_SIGNED) | BIT(EXPIRED) | BIT(NAME_MISMATCH));

	ck_assert_int_eq(tls_facts_worst(&o.facts), TLS_DEFECT_SELF_SIGNED);
	ck_assert_str_eq(o.facts.verify_detail, "self-signed certificate: a");
	ck_assert_int_eq(o.facts.path_not_after, INT64_MAX);
	ck_assert_int_eq(o.facts.served_not_after, TLS_NOW - TLS_DAY);
	ck_assert(!o.facts.chain[0].on_path);
	tls_facts_fini(&o.facts);
}
END_TEST

START_TEST(dates_of_the_whole_path)
{
	X509 *old = test_cert(&(struct cert_spec){
		.cn = "Old", .ca = true, .issuer = root, .from = -9, .until = -3});
	X509 *soon = test_cert(&(struct cert_spec){
		.cn = "Soon", .ca = true, .issuer = root, .from = -9, .until = 3});
	X509 *lost = test_cert(&(struct cert_spec){.cn = "Lost",
		.ca = true,
		.issuer = stranger,
		.from = -9,
		.until = -4,
		.issuer_key = test_key_leaf()});
	struct outcome o = judge(LEAF(.issuer = old), WITH(old), HOST, BIT(EXPIRED));

	ck_assert_str_eq(o.facts.verify_detail, "certificate has expired: Old");
	ck_assert_int_eq(o.facts.path_not_after, TLS_NOW - 3 * TLS_DAY);
	ck_assert_str_eq(o.facts.path_not_after_subject, "Old");
	tls_facts_fini(&o.facts);
	o = judge(LEAF(.issuer = soon), WITH(soon), HOST, 0);
	ck_assert_int_eq(o.facts.path_not_after, TLS_NOW + 3 * TLS_DAY);
	tls_facts_fini(&o.facts);
	/* Served, but no part of the path. */
	o = judge(LEAF(0), WITH(old), HOST, 0);
	ck_assert_int_eq(o.facts.path_not_after, TLS_NOW + 60 * TLS_DAY);
	ck_assert_int_eq(o.facts.served_not_after, TLS_NOW - 3 * TLS_DAY);
	ck_assert_str_eq(o.facts.served_not_after_subject, "Old");
	ck_assert(o.facts.chain[0].on_path && !o.facts.chain[1].on_path);
	tls_facts_fini(&o.facts);
	/* The top of a path that ends nowhere is judged, too. */
	expect(LEAF(.issuer = lost), WITH(lost), HOST, BIT(CHAIN_INCOMPLETE) | BIT(EXPIRED));
	X509_free(old);
	X509_free(soon);
	X509_free(lost);
}
END_TEST

START_TEST(expired_root_ends_the_path)
{
	X509 *old = test_cert(
		&(struct cert_spec){.cn = "Old root", .ca = true, .from = -9, .until = -1});
	X509 *leaf = LEAF(.issuer = old);
	struct outcome o = connect_to((struct tls_settings){.verify = TLS_VERIFY_REQUIRE,
					      .ca_path = test_pem_file((X509 *const[]){old, NULL})},
		(X509 *const[]){leaf, NULL}, NULL, HOST);

	ck_assert_uint_eq(o.facts.defects, BIT(EXPIRED));
	ck_assert_int_eq(o.facts.path_not_after, TLS_NOW - TLS_DAY);
	ck_assert_str_eq(o.facts.path_not_after_subject, "Old root");
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	X509_free(old);
}
END_TEST

/* Two roots of one name and key: the older is served, the newer trusted. */
START_TEST(older_root_served)
{
	X509 *older =
		test_cert(&(struct cert_spec){.cn = "Root", .ca = true, .from = -9, .until = 1});
	struct outcome o = judge(LEAF(.from = -1, .until = 2), WITH(older), HOST, 0);

	ck_assert_int_eq(o.facts.served_not_after, TLS_NOW + TLS_DAY);
	ck_assert_int_eq(o.facts.last_chain_not_after, TLS_NOW + 2 * TLS_DAY);
	tls_facts_fini(&o.facts);
	X509_free(older);
}
END_TEST

START_TEST(last_second_is_valid)
{
	expect(LEAF(.from = -1, .until = 0), NULL, HOST, 0);
	expect(LEAF(.from = 0, .until = 1), NULL, HOST, 0);
}
END_TEST

START_TEST(names)
{
	static const struct {
		const char *san, *name;
		bool match;
		const char *sni;
	} rows[] = {
		{"DNS:mail.example.org", "MAIL.Example.ORG", true, "MAIL.Example.ORG"},
		{"DNS:mail.example.org", "mail.example.org.", true, "mail.example.org"},
		{"DNS:*.example.org", "mail.example.org", true, "mail.example.org"},
		{"DNS:*.example.org", "a.mail.example.org", false, "a.mail.example.org"},
		{"DNS:*.example.org", "example.org", false, "example.org"},
		{"DNS:*.org", "example.org", false, "example.org"},
		{"DNS:m*.example.org", "mail.example.org", false, "mail.example.org"},
		{"DNS:*l.example.org", "mail.example.org", false, "mail.example.org"},
		{"DNS:mail.*.org", "mail.example.org", false, "mail.example.org"},
		{"DNS:a.org,DNS:mail.example.org", "mail.example.org", true, "mail.example.org"},
		{"email:x@example.org", "mail.example.org", false, "mail.example.org"}, /* CN is */
		{"IP:192.0.2.1", "192.0.2.1", true, ""},
		{"IP:192.0.2.1", "192.0.2.2", false, ""},
		{"DNS:192.0.2.1", "192.0.2.1", false, ""},
		{"IP:192.0.2.1", "mail.example.org", false, "mail.example.org"},
		{"IP:2001:db8::1", "2001:0db8:0::1", true, ""},
		{"IP:fe80::1", "fe80::1%eth0", true, ""},
		{"DNS:mail.example.org", ".example.org", false, ""},
		{"DNS:mail.example.org", "", false, ""},
		{"DNS:mail.example.org", "mail.example.org ", false, ""},
		{"DNS:*.example.org", "*.example.org", false, ""},
		{"DNS:127.1", "127.1", false, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509 *leaf = LEAF(.san = rows[i].san);
		struct outcome o = connect_to((struct tls_settings){.verify = TLS_VERIFY_REQUIRE},
			(X509 *const[]){leaf, NULL}, NULL, rows[i].name);

		ck_assert_msg(o.facts.defects == (rows[i].match ? 0 : BIT(NAME_MISMATCH)),
			"%s against %s: %x", rows[i].name, rows[i].san, o.facts.defects);
		ck_assert_str_eq(o.sni, rows[i].sni);
		tls_facts_fini(&o.facts);
		X509_free(leaf);
	}
}
END_TEST

START_TEST(hostile_names)
{
	static const char nul_san[] = "3019" /* SEQUENCE { [2] IA5String */
				      "8217" /* mail.example.org NUL .evil */
				      "6d61696c2e6578616d706c652e6f7267002e6576696c2e";
	struct outcome o = judge(LEAF(.cn = "a\0b\n|\x1b[2J\xe2\x80\xae", .cn_octets = 12,
					 .san = nul_san, .raw_san = true),
		NULL, HOST, BIT(NAME_MISMATCH));

	for (const char *p = o.facts.chain[0].subject; *p; p++)
		ck_assert_uint_ge((unsigned char)*p, 0x20);
	ck_assert_ptr_null(strstr(o.facts.chain[0].common_name, "\x1b"));
	ck_assert_ptr_null(strstr(o.facts.chain[0].common_name, "\xe2\x80\xae"));
	ck_assert_str_eq(o.facts.chain[0].names[0], "mail.example.org\\x00.evil.");
	tls_facts_fini(&o.facts);
}
END_TEST

START_TEST(huge_certificates)
{
	static char san[80000], cn[20000];
	X509 *chain[90] = {NULL};
	struct outcome o;
	size_t n = 0;

	for (int i = 0; i < 3000; i++)
		n += (size_t)snprintf(
			san + n, sizeof(san) - n, "%sDNS:h%d.example.org", i ? "," : "", i);
	memset(cn, 'x', sizeof(cn) - 1);
	o = judge(LEAF(.san = san, .cn = cn), NULL, "h2999.example.org", 0);
	ck_assert_uint_eq(o.facts.chain[0].name_count, TLS_NAMES_MAX);
	ck_assert_uint_le(strlen(o.facts.chain[0].common_name), TLS_NAME_OCTETS_MAX + 3);
	ck_assert_uint_le(strlen(o.facts.chain[0].subject), TLS_NAME_OCTETS_MAX + 3);
	tls_facts_fini(&o.facts);
	for (n = 0; n < 80; n++)
		chain[n] = n == 0 ? LEAF(0) : inter;
	o = connect_to((struct tls_settings){.verify = TLS_VERIFY_REQUIRE}, chain, NULL, HOST);
	ck_assert_int_eq(o.status, TLS_OK);
	ck_assert_uint_eq(o.facts.served_count, 80);
	ck_assert_uint_eq(o.facts.chain_count, TLS_CHAIN_MAX);
	tls_facts_fini(&o.facts);
	X509_free(chain[0]);
}
END_TEST

START_TEST(long_chain_is_untrusted)
{
	X509 *chain[32] = {NULL}, *issuer = root;
	struct outcome o;

	for (int i = 30; i >= 0; i--) {
		char cn[16];

		snprintf(cn, sizeof(cn), "Link %d", i);
		chain[i] =
			i ? test_cert(&(struct cert_spec){.cn = cn, .ca = true, .issuer = issuer})
			  : LEAF(.issuer = issuer);
		issuer = chain[i];
	}
	o = connect_to((struct tls_settings){.verify = TLS_VERIFY_REQUIRE}, chain, NULL, HOST);
	ck_assert_int_eq(o.status, TLS_CERTIFICATE);
	ck_assert(o.facts.defects & BIT(UNTRUSTED));
	tls_facts_fini(&o.facts);
	for (int i = 0; i < 31; i++)
		X509_free(chain[i]);
}
END_TEST

START_TEST(far_dates)
{
	static const struct {
		const char *text;
		int64_t seconds;
		bool expired;
	} rows[] = {
		{"20380119031408Z", INT64_C(2147483648), false},
		{"20500101000000Z", INT64_C(2524608000), false},
		{"99991231235959Z", INT64_C(253402300799), false},
		{"21000301000000Z", INT64_C(4107542400), false},
		{"20241301000000Z", 0, true}, /* no such month */
		{"nonsense", 0, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509 *leaf = LEAF(.not_after = rows[i].text);
		struct outcome o = connect_to((struct tls_settings){.verify = TLS_VERIFY_REPORT},
			(X509 *const[]){leaf, NULL}, NULL, HOST);

		ck_assert_int_eq(o.facts.chain[0].not_after, rows[i].seconds);
		ck_assert_int_eq(!!(o.facts.defects & BIT(EXPIRED)), rows[i].expired);
		tls_facts_fini(&o.facts);
		X509_free(leaf);
	}
}
END_TEST

START_TEST(weak_keys)
{
	static const int bits[] = {768, 1024, 2048};

	for (size_t i = 0; i < 3; i++) {
		EVP_PKEY *key = test_key_rsa(bits[i]);
		X509 *leaf = LEAF(.key = key);
		struct outcome o = connect_to((struct tls_settings){.verify = TLS_VERIFY_REQUIRE},
			(X509 *const[]){leaf, NULL}, key, HOST);

		ck_assert_int_eq(o.status, bits[i] < 2048 ? TLS_CERTIFICATE : TLS_OK);
		ck_assert_uint_eq(o.facts.defects, bits[i] < 2048 ? BIT(WEAK) : 0);
		tls_facts_fini(&o.facts);
		X509_free(leaf);
		EVP_PKEY_free(key);
	}
}
END_TEST

START_TEST(weak_digests)
{
	EVP_PKEY *key = test_key_rsa(2048);
	X509 *ca = test_cert(
		&(struct cert_spec){.cn = "RSA", .ca = true, .key = key, .md = EVP_md5()});
	X509 *leaf = LEAF(.issuer = ca, .issuer_key = key, .md = EVP_md5());
	struct tls_settings set = {.verify = TLS_VERIFY_REPORT,
		.ca_path = test_pem_file((X509 *const[]){ca, NULL}),
		.one_shot = true};
	struct outcome o = connect_to(set, (X509 *const[]){leaf, NULL}, NULL, HOST);

	ck_assert_uint_eq(o.facts.defects, BIT(WEAK));
	ck_assert_str_eq(o.facts.verify_detail, "signed with MD5: " HOST);
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	/* A root's own signature vouches for nothing. */
	leaf = LEAF(.issuer = ca, .issuer_key = key);
	o = connect_to(set, (X509 *const[]){leaf, NULL}, NULL, HOST);
	ck_assert_uint_eq(o.facts.defects, 0);
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	X509_free(ca);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(revoked)
{
	X509 *leaf = LEAF(0), *other = LEAF(0);
	struct tls_settings set = {.verify = TLS_VERIFY_REQUIRE};
	struct outcome o;

	set.crl_file = test_crl_file(root, leaf);
	o = connect_to(set, (X509 *const[]){leaf, NULL}, NULL, HOST);
	ck_assert_uint_eq(o.facts.defects, BIT(REVOKED));
	tls_facts_fini(&o.facts);
	o = connect_to(set, (X509 *const[]){other, NULL}, NULL, HOST);
	ck_assert_uint_eq(o.facts.defects, 0);
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	/* A CRL that does not speak for the leaf's issuer proves nothing. */
	leaf = LEAF(.issuer = inter);
	o = connect_to(set, (X509 *const[]){leaf, inter, NULL}, NULL, HOST);
	ck_assert_uint_eq(o.facts.defects, BIT(UNTRUSTED));
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	X509_free(other);
}
END_TEST

static void judge_pins(struct tls_settings set, X509 *leaf, bool match)
{
	for (int mode = TLS_VERIFY_OFF; mode <= TLS_VERIFY_REQUIRE; mode++) {
		struct outcome o;

		set.verify = (enum tls_verify_mode)mode;
		o = connect_to(set, (X509 *const[]){leaf, NULL}, NULL, HOST);
		ck_assert_int_eq(o.status, match ? TLS_OK : TLS_CERTIFICATE);
		ck_assert_uint_eq(o.facts.defects, match ? 0 : BIT(PIN));
		ck_assert(o.facts.handshake_done);
		tls_facts_fini(&o.facts);
	}
}

START_TEST(pins)
{
	X509 *leaf = LEAF(0);
	unsigned char spki[2][32] = {{0}}, fp[2][32] = {{0}};
	struct tls_settings set = {.pins = (const unsigned char(*)[32])spki, .pin_count = 1};
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(test_key_leaf(), &der);

	EVP_Digest(der, (size_t)n, spki[1], NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	X509_digest(leaf, EVP_sha256(), fp[1], NULL);
	judge_pins(set, leaf, false);
	set.pin_count = 2;
	judge_pins(set, leaf, true);
	set.fingerprints = (const unsigned char(*)[32])fp;
	set.fingerprint_count = 1;
	judge_pins(set, leaf, false);
	set.fingerprint_count = 2;
	judge_pins(set, leaf, true);
	X509_free(leaf);
}
END_TEST

Suite *suite_tls(void)
{
	Suite *s = suite_create("tls");
	TCase *t = tcase_create("certificates");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, good_chain);
	tcase_add_test(t, defects_one_by_one);
	tcase_add_test(t, defects_together);
	tcase_add_test(t, dates_of_the_whole_path);
	tcase_add_test(t, expired_root_ends_the_path);
	tcase_add_test(t, older_root_served);
	tcase_add_test(t, last_second_is_valid);
	tcase_add_test(t, names);
	tcase_add_test(t, hostile_names);
	tcase_add_test(t, huge_certificates);
	tcase_add_test(t, long_chain_is_untrusted);
	tcase_add_test(t, far_dates);
	tcase_add_test(t, weak_keys);
	tcase_add_test(t, weak_digests);
	tcase_add_test(t, revoked);
	tcase_add_test(t, pins);
	suite_add_tcase(s, t);
	test_tls_add_stream(s);
	test_tls_add_config(s);
	return s;
}
