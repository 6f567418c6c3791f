/* lib/tls against a server in memory: what is found wrong with certificates. */
#include "test_tls.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_tls(void);
void test_tls_add_names(Suite *s);
void test_tls_add_stream(Suite *s);
void test_tls_add_config(Suite *s);

START_TEST(good_chain)
{
	struct test_outcome o =
		test_judge(LEAF(.issuer = test_world.inter, .from = -1, .until = 20),
			WITH(test_world.inter), HOST, 0);

	ck_assert_str_eq(o.sni, HOST);
	ck_assert_str_eq(o.facts.version, "TLS 1.3");
	ck_assert_str_eq(o.facts.cipher, "TLS_AES_256_GCM_SHA384");
	ck_assert_uint_eq(o.facts.chain_count, 2);
	ck_assert_str_eq(o.facts.chain[0].subject, "CN=mail.example.org,O=Test");
	ck_assert_str_eq(o.facts.chain[0].issuer, "CN=Intermediate,O=Test");
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
	test_expect(test_cert(&(struct cert_spec){.cn = HOST, .san = "DNS:" HOST}), NULL, HOST,
		BIT(SELF_SIGNED));
	test_expect(LEAF(.issuer = test_world.inter), NULL, HOST, BIT(CHAIN_INCOMPLETE));
	test_expect(LEAF(.issuer = test_world.stranger, .issuer_key = test_key_leaf()),
		WITH(test_world.stranger), HOST, BIT(UNTRUSTED));
	test_expect(
		LEAF(.issuer_key = test_key_leaf()), NULL, HOST, BIT(UNTRUSTED)); /* signature */
	test_expect(LEAF(.purpose = "clientAuth"), NULL, HOST, BIT(UNTRUSTED));
	test_expect(LEAF(.purpose = "serverAuth"), NULL, HOST, 0);
	test_expect(LEAF(0), NULL, "other.example.org", BIT(NAME_MISMATCH));
	test_expect(LEAF(.from = -20, .until = -1), NULL, HOST, BIT(EXPIRED));
	test_expect(LEAF(.from = 1, .until = 2), NULL, HOST, BIT(NOT_YET_VALID));
	test_expect(LEAF(.md = EVP_sha1()), NULL, HOST, BIT(WEAK));
	test_expect(LEAF(0), NULL, NULL, 0);
}
END_TEST

START_TEST(defects_together)
{
	struct test_outcome o = test_judge(
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

/* The detail is of the worst, not of the first that was found. */
START_TEST(detail_of_the_worst)
{
	struct test_outcome o = test_judge(LEAF(.from = -2, .until = -1), NULL, "other.example.org",
		BIT(EXPIRED) | BIT(NAME_MISMATCH));

	ck_assert_int_eq(tls_facts_worst(&o.facts), TLS_DEFECT_NAME_MISMATCH);
	ck_assert_str_eq(o.facts.verify_detail, "hostname mismatch: " HOST);
	ck_assert_str_eq(o.error, o.facts.verify_detail);
	tls_facts_fini(&o.facts);
}
END_TEST

START_TEST(dates_of_the_whole_path)
{
	X509 *old = test_cert(&(struct cert_spec){
		.cn = "Old", .ca = true, .issuer = test_world.root, .from = -9, .until = -3});
	X509 *soon = test_cert(&(struct cert_spec){
		.cn = "Soon", .ca = true, .issuer = test_world.root, .from = -9, .until = 3});
	X509 *lost = test_cert(&(struct cert_spec){.cn = "Lost",
		.ca = true,
		.issuer = test_world.stranger,
		.from = -9,
		.until = -4,
		.issuer_key = test_key_leaf()});
	struct test_outcome o = test_judge(LEAF(.issuer = old), WITH(old), HOST, BIT(EXPIRED));

	ck_assert_str_eq(o.facts.verify_detail, "certificate has expired: Old");
	ck_assert_int_eq(o.facts.path_not_after, TLS_NOW - 3 * TLS_DAY);
	ck_assert_str_eq(o.facts.path_not_after_subject, "Old");
	tls_facts_fini(&o.facts);
	o = test_judge(LEAF(.issuer = soon), WITH(soon), HOST, 0);
	ck_assert_int_eq(o.facts.path_not_after, TLS_NOW + 3 * TLS_DAY);
	tls_facts_fini(&o.facts);
	/* Served, but no part of the path. */
	o = test_judge(LEAF(0), WITH(old), HOST, 0);
	ck_assert_int_eq(o.facts.path_not_after, TLS_NOW + 60 * TLS_DAY);
	ck_assert_int_eq(o.facts.served_not_after, TLS_NOW - 3 * TLS_DAY);
	ck_assert_str_eq(o.facts.served_not_after_subject, "Old");
	ck_assert(o.facts.chain[0].on_path && !o.facts.chain[1].on_path);
	tls_facts_fini(&o.facts);
	/* The top of a path that ends nowhere is judged, too. */
	test_expect(LEAF(.issuer = lost), WITH(lost), HOST, BIT(UNTRUSTED) | BIT(EXPIRED));
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
	struct test_outcome o =
		test_connect((struct tls_settings){.verify = TLS_VERIFY_REQUIRE,
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
	struct test_outcome o = test_judge(LEAF(.from = -1, .until = 2), WITH(older), HOST, 0);

	ck_assert_int_eq(o.facts.served_not_after, TLS_NOW + TLS_DAY);
	ck_assert_int_eq(o.facts.last_chain_not_after, TLS_NOW + 2 * TLS_DAY);
	tls_facts_fini(&o.facts);
	X509_free(older);
}
END_TEST

START_TEST(last_second_is_valid)
{
	test_expect(LEAF(.from = -1, .until = 0), NULL, HOST, 0);
	test_expect(LEAF(.from = 0, .until = 1), NULL, HOST, 0);
}
END_TEST

START_TEST(weak_keys)
{
	static const int bits[] = {768, 1024, 2048};

	for (size_t i = 0; i < 3; i++) {
		EVP_PKEY *key = test_key_rsa(bits[i]);
		X509 *leaf = LEAF(.key = key);
		struct test_outcome o =
			test_connect((struct tls_settings){.verify = TLS_VERIFY_REQUIRE},
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
	struct test_outcome o = test_connect(set, (X509 *const[]){leaf, NULL}, NULL, HOST);

	ck_assert_uint_eq(o.facts.defects, BIT(WEAK));
	ck_assert_str_eq(o.facts.verify_detail, "signed with MD5: " HOST);
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	/* A root's own signature vouches for nothing. */
	leaf = LEAF(.issuer = ca, .issuer_key = key);
	o = test_connect(set, (X509 *const[]){leaf, NULL}, NULL, HOST);
	ck_assert_uint_eq(o.facts.defects, 0);
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	X509_free(ca);
	EVP_PKEY_free(key);
}
END_TEST

/* An intermediate that is trusted itself is where the path ends: who signed it does not matter. */
START_TEST(trusted_intermediate)
{
	X509 *ca = test_cert(&(struct cert_spec){
		.cn = "Mid", .ca = true, .issuer = test_world.root, .md = EVP_sha1()});
	X509 *leaf = LEAF(.issuer = ca);
	struct tls_settings set = {
		.verify = TLS_VERIFY_REQUIRE, .ca_path = test_pem_file((X509 *const[]){ca, NULL})};
	struct test_outcome o = test_connect(set, (X509 *const[]){leaf, NULL}, NULL, HOST);

	ck_assert_int_eq(o.status, TLS_OK);
	ck_assert_uint_eq(o.facts.defects, 0);
	tls_facts_fini(&o.facts);
	test_expect(leaf, WITH(ca), HOST, BIT(WEAK));
	X509_free(ca);
}
END_TEST

START_TEST(revoked)
{
	X509 *leaf = LEAF(0), *other = LEAF(0);
	struct tls_settings set = {.verify = TLS_VERIFY_REQUIRE};
	struct test_outcome o;

	set.crl_file = test_crl_file(test_world.root, leaf);
	o = test_connect(set, (X509 *const[]){leaf, NULL}, NULL, HOST);
	ck_assert_uint_eq(o.facts.defects, BIT(REVOKED));
	tls_facts_fini(&o.facts);
	o = test_connect(set, (X509 *const[]){other, NULL}, NULL, HOST);
	ck_assert_uint_eq(o.facts.defects, 0);
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	/* A CRL that does not speak for the leaf's issuer proves nothing. */
	leaf = LEAF(.issuer = test_world.inter);
	o = test_connect(set, (X509 *const[]){leaf, test_world.inter, NULL}, NULL, HOST);
	ck_assert_uint_eq(o.facts.defects, BIT(UNTRUSTED));
	tls_facts_fini(&o.facts);
	X509_free(leaf);
	X509_free(other);
}
END_TEST

Suite *suite_tls(void)
{
	Suite *s = suite_create("tls");
	TCase *t = tcase_create("certificates");

	tcase_add_checked_fixture(t, test_world_make, test_world_end);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, good_chain);
	tcase_add_test(t, defects_one_by_one);
	tcase_add_test(t, defects_together);
	tcase_add_test(t, detail_of_the_worst);
	tcase_add_test(t, dates_of_the_whole_path);
	tcase_add_test(t, expired_root_ends_the_path);
	tcase_add_test(t, older_root_served);
	tcase_add_test(t, last_second_is_valid);
	tcase_add_test(t, weak_keys);
	tcase_add_test(t, weak_digests);
	tcase_add_test(t, trusted_intermediate);
	tcase_add_test(t, revoked);
	suite_add_tcase(s, t);
	test_tls_add_names(s);
	test_tls_add_stream(s);
	test_tls_add_config(s);
	return s;
}
