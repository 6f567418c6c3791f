/* lib/tls: names that match, names that hurt, sizes, dates, pins. */
#include "test_tls.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

void test_tls_add_names(Suite *s);

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
		struct test_outcome o =
			test_connect((struct tls_settings){.verify = TLS_VERIFY_REQUIRE},
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
	struct test_outcome o = test_judge(LEAF(.cn = "a\0b\n|\x1b[2J\xe2\x80\xae", .cn_octets = 12,
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
	struct test_outcome o;
	size_t n = 0;

	for (int i = 0; i < 3000; i++)
		n += (size_t)snprintf(
			san + n, sizeof(san) - n, "%sDNS:h%d.example.org", i ? "," : "", i);
	memset(cn, 'x', sizeof(cn) - 1);
	o = test_judge(LEAF(.san = san, .cn = cn), NULL, "h2999.example.org", 0);
	ck_assert_uint_eq(o.facts.chain[0].name_count, TLS_NAMES_MAX);
	ck_assert_uint_le(strlen(o.facts.chain[0].common_name), TLS_NAME_OCTETS_MAX + 3);
	ck_assert_uint_le(strlen(o.facts.chain[0].subject), TLS_NAME_OCTETS_MAX + 3);
	tls_facts_fini(&o.facts);
	for (n = 0; n < 80; n++)
		chain[n] = n == 0 ? LEAF(0) : test_world.inter;
	o = test_connect((struct tls_settings){.verify = TLS_VERIFY_REQUIRE}, chain, NULL, HOST);
	ck_assert_int_eq(o.status, TLS_OK);
	ck_assert_uint_eq(o.facts.served_count, 80);
	ck_assert_uint_eq(o.facts.chain_count, TLS_CHAIN_MAX);
	tls_facts_fini(&o.facts);
	X509_free(chain[0]);
}
END_TEST

START_TEST(long_chain_is_untrusted)
{
	X509 *chain[32] = {NULL}, *issuer = test_world.root;
	struct test_outcome o;

	for (int i = 30; i >= 0; i--) {
		char cn[16];

		snprintf(cn, sizeof(cn), "Link %d", i);
		chain[i] =
			i ? test_cert(&(struct cert_spec){.cn = cn, .ca = true, .issuer = issuer})
			  : LEAF(.issuer = issuer);
		issuer = chain[i];
	}
	o = test_connect((struct tls_settings){.verify = TLS_VERIFY_REQUIRE}, chain, NULL, HOST);
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
		struct test_outcome o =
			test_connect((struct tls_settings){.verify = TLS_VERIFY_REPORT},
				(X509 *const[]){leaf, NULL}, NULL, HOST);

		ck_assert_int_eq(o.facts.chain[0].not_after, rows[i].seconds);
		ck_assert_int_eq(!!(o.facts.defects & BIT(EXPIRED)), rows[i].expired);
		tls_facts_fini(&o.facts);
		X509_free(leaf);
	}
}
END_TEST

static void judge_pins(struct tls_settings set, X509 *leaf, bool match)
{
	for (int mode = TLS_VERIFY_OFF; mode <= TLS_VERIFY_REQUIRE; mode++) {
		struct test_outcome o;

		set.verify = (enum tls_verify_mode)mode;
		o = test_connect(set, (X509 *const[]){leaf, NULL}, NULL, HOST);
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

void test_tls_add_names(Suite *s)
{
	TCase *t = tcase_create("names");

	tcase_add_checked_fixture(t, test_world_make, test_world_end);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, names);
	tcase_add_test(t, hostile_names);
	tcase_add_test(t, huge_certificates);
	tcase_add_test(t, long_chain_is_untrusted);
	tcase_add_test(t, far_dates);
	tcase_add_test(t, pins);
	suite_add_tcase(s, t);
}
