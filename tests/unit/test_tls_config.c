/* lib/tls: configurations that cannot be honoured, sources of trust, versions, digests. */
#include "test_tls.h"

#include <check.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

void test_tls_add_config(Suite *s);

static const struct tls_ops *ops;
static X509 *root, *leaf;

static void setup(void)
{
	ops = tls_ops_get();
	root = test_cert(&(struct cert_spec){.cn = "Root", .ca = true});
	leaf = test_cert(&(struct cert_spec){.cn = "x", .san = "DNS:x", .issuer = root});
}

static void teardown(void)
{
	X509_free(root);
	X509_free(leaf);
	test_files_remove();
}

/* The status of one handshake; words hold the error of configuration or channel. */
static enum tls_status attempt(struct tls_settings set, int server_min, int server_max,
	struct tls_facts *facts, char words[256])
{
	struct tls_config *c = ops->config_new(&set, words, 256);
	struct test_server s;
	struct tls_channel *ch;
	enum tls_status status;

	ck_assert_msg(c != NULL, "%s", words);
	test_server_init(&s, (X509 *const[]){leaf, NULL}, NULL);
	SSL_set_min_proto_version(s.ssl, server_min);
	SSL_set_max_proto_version(s.ssl, server_max);
	ch = ops->channel_new(c, "x", true, TLS_NOW);
	status = test_handshake(ops, ch, &s);
	snprintf(words, 256, "%s", ops->error(ch));
	ops->facts_take(ch, facts);
	ops->channel_free(ch);
	ops->config_unref(c);
	test_server_fini(&s);
	return status;
}

static void trusts(const char *ca_path, bool one_shot, bool expected)
{
	struct tls_facts f;
	char words[256];
	enum tls_status status = attempt(
		(struct tls_settings){
			.verify = TLS_VERIFY_REQUIRE, .ca_path = ca_path, .one_shot = one_shot},
		0, 0, &f, words);

	ck_assert_msg(status == (expected ? TLS_OK : TLS_CERTIFICATE), "%s: %s",
		ca_path ? ca_path : "system", words);
	tls_facts_fini(&f);
}

/* A PEM file of more than 64 KiB, with the wanted one last; NULL: without it. */
static const char *bundle(X509 *wanted)
{
	X509 *certs[201] = {NULL};
	const char *path;

	for (int i = 0; i < 199; i++) {
		char cn[32];

		snprintf(cn, sizeof(cn), "Some Authority %d", i);
		certs[i] = test_cert(&(struct cert_spec){.cn = cn, .ca = true});
	}
	certs[199] = wanted;
	path = test_pem_file(certs);
	for (int i = 0; i < 199; i++)
		X509_free(certs[i]);
	return path;
}

START_TEST(sources_of_trust)
{
	X509 *stranger = test_cert(&(struct cert_spec){.cn = "Other", .ca = true});
	const char *with = bundle(root), *without = bundle(NULL);

	for (int one_shot = 0; one_shot < 2; one_shot++) {
		trusts(test_pem_file((X509 *const[]){stranger, root, NULL}), one_shot, true);
		trusts(test_pem_file((X509 *const[]){stranger, NULL}), one_shot, false);
		trusts(test_hash_dir(root, true), one_shot, true);
		trusts(test_hash_dir(stranger, true), one_shot, false);
		trusts(with, one_shot, true);
		trusts(without, one_shot, false);
		trusts(NULL, one_shot, false);
	}
	X509_free(stranger);
}
END_TEST

START_TEST(system_trust)
{
	X509 *stranger = test_cert(&(struct cert_spec){.cn = "Other", .ca = true});

	setenv("SSL_CERT_FILE", test_pem_file((X509 *const[]){root, NULL}), 1);
	trusts(NULL, true, true);
	setenv("SSL_CERT_FILE", bundle(root), 1);
	trusts(NULL, false, true);
	setenv("SSL_CERT_FILE", "/nonexistent", 1);
	setenv("SSL_CERT_DIR", test_hash_dir(root, true), 1);
	trusts(NULL, true, true);
	setenv("SSL_CERT_DIR", test_hash_dir(stranger, true), 1);
	trusts(NULL, true, false);
	setenv("SSL_CERT_DIR", "/nonexistent:/", 1);
	trusts(NULL, true, false);
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	X509_free(stranger);
}
END_TEST

/* The issuer's name in the leaf differs from the root's subject in case and blanks alone. */
START_TEST(bundle_compares_names_as_rfc5280)
{
	X509_NAME *name;

	X509_free(leaf);
	leaf = test_cert(&(struct cert_spec){.cn = "x", .san = "DNS:x", .issuer = root});
	name = X509_NAME_new();
	X509_NAME_add_entry_by_txt(
		name, "O", MBSTRING_ASC, (const unsigned char *)"TEST", -1, -1, 0);
	X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_ASC, (const unsigned char *)" root ", -1, -1, 0);
	X509_set_issuer_name(leaf, name);
	X509_NAME_free(name);
	X509_sign(leaf, test_key_ca(), EVP_sha256());
	trusts(bundle(root), true, true);
	trusts(bundle(root), false, true);
}
END_TEST

static void refused(struct tls_settings set, const char *words)
{
	char err[512] = "";

	set.verify = TLS_VERIFY_REQUIRE;
	ck_assert_ptr_null(ops->config_new(&set, err, sizeof(err)));
	ck_assert_msg(strstr(err, words) != NULL, "\"%s\" not in \"%s\"", words, err);
	ck_assert_ptr_null(strchr(err, '\n'));
}

START_TEST(refused_configurations)
{
	static char junk[100000];
	const char *cert = test_pem_file((X509 *const[]){leaf, NULL});
	const char *broken = test_text_file(
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 58);
	const char *garbage, *empty = test_text_file("", 0);

	memset(junk, 'j', sizeof(junk));
	garbage = test_text_file(junk, sizeof(junk));
	refused((struct tls_settings){.ca_path = "/nonexistent"}, "/nonexistent");
	refused((struct tls_settings){.ca_path = empty}, "no PEM certificate");
	refused((struct tls_settings){.ca_path = garbage}, garbage);
	refused((struct tls_settings){.ca_path = broken}, "cannot be read");
	refused((struct tls_settings){.ca_path = test_hash_dir(root, false)}, "openssl rehash");
	refused((struct tls_settings){.crl_file = "/nonexistent"}, "/nonexistent");
	refused((struct tls_settings){.crl_file = cert}, "no PEM CRL");
	refused((struct tls_settings){.cert_file = "/nonexistent"}, "/nonexistent");
	refused((struct tls_settings){.cert_file = garbage}, garbage);
	refused((struct tls_settings){.cert_file = cert}, cert);
	refused((struct tls_settings){.key_file = cert}, "without a certificate");
	refused((struct tls_settings){.cert_file = cert,
			.key_file = test_key_file(test_key_ca(), NULL)},
		"");
	refused((struct tls_settings){.cert_file = cert,
			.key_file = test_key_file(test_key_leaf(), "geheim")},
		"passphrase");
	refused((struct tls_settings){.min = TLS_VERSION_1_3, .max = TLS_VERSION_1_2}, "above");
}
END_TEST

START_TEST(versions)
{
	static const struct {
		enum tls_version min, max;
		int server_min, server_max;
		enum tls_status status;
		const char *version;
	} rows[] = {
		{0, 0, 0, 0, TLS_OK, "TLS 1.3"},
		{0, TLS_VERSION_1_2, 0, 0, TLS_OK, "TLS 1.2"},
		{TLS_VERSION_1_3, 0, 0, 0, TLS_OK, "TLS 1.3"},
		{TLS_VERSION_1_3, 0, 0, TLS1_2_VERSION, TLS_VERSION, NULL},
		{0, TLS_VERSION_1_2, TLS1_3_VERSION, 0, TLS_VERSION, NULL},
		{0, 0, 0, TLS1_1_VERSION, TLS_VERSION, NULL},
		{TLS_VERSION_1_0, 0, 0, TLS1_1_VERSION, TLS_OK, "TLS 1.1"},
		{TLS_VERSION_1_0, 0, 0, TLS1_VERSION, TLS_OK, "TLS 1.0"},
		{0, TLS_VERSION_1_1, 0, 0, TLS_OK, "TLS 1.1"},
		{TLS_VERSION_1_0, 0, 0, 0, TLS_OK, "TLS 1.3"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_facts f;
		char words[256];
		enum tls_status status =
			attempt((struct tls_settings){.min = rows[i].min, .max = rows[i].max},
				rows[i].server_min, rows[i].server_max, &f, words);

		ck_assert_msg(status == rows[i].status, "row %zu: %d %s", i, (int)status, words);
		if (rows[i].version)
			ck_assert_str_eq(f.version, rows[i].version);
		tls_facts_fini(&f);
	}
}
END_TEST

START_TEST(client_certificate)
{
	struct tls_settings set = {.cert_file = test_pem_file((X509 *const[]){leaf, NULL}),
		.key_file = test_key_file(test_key_leaf(), NULL)};
	char err[256];
	struct tls_config *c = ops->config_new(&set, err, sizeof(err));
	struct test_server s;
	struct tls_channel *ch;
	X509 *seen;

	ck_assert_msg(c != NULL, "%s", err);
	test_server_init(&s, (X509 *const[]){leaf, NULL}, NULL);
	SSL_set_verify(s.ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(s.ctx), root);
	X509_VERIFY_PARAM_set_time(SSL_get0_param(s.ssl), (time_t)TLS_NOW);
	ch = ops->channel_new(c, "x", true, TLS_NOW);
	ck_assert_int_eq(test_handshake(ops, ch, &s), TLS_OK);
	seen = SSL_get1_peer_certificate(s.ssl);
	ck_assert_ptr_nonnull(seen);
	ck_assert_int_eq(X509_cmp(seen, leaf), 0);
	X509_free(seen);
	ops->channel_free(ch);
	ops->config_unref(c);
	test_server_fini(&s);
}
END_TEST

static void digest_is(const unsigned char *got, size_t n, const char *hex)
{
	char text[65];

	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", got[i]);
	ck_assert_str_eq(text, hex);
}

START_TEST(digests)
{
	const struct crypto_ops *c = &ops->crypto;
	unsigned char out[CRYPTO_DIGEST_MAX], again[CRYPTO_DIGEST_MAX];

	ck_assert(c->digest(CRYPTO_MD5, SLICE_LIT("abc"), out));
	digest_is(out, c->size(CRYPTO_MD5), "900150983cd24fb0d6963f7d28e17f72");
	ck_assert(c->digest(CRYPTO_SHA1, SLICE_LIT(""), out));
	digest_is(out, c->size(CRYPTO_SHA1), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	ck_assert(c->digest(CRYPTO_SHA256, (struct slice){NULL, 0}, out));
	digest_is(out, c->size(CRYPTO_SHA256),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	/* RFC 2104: the MD5 vectors; RFC 2202 section 3 case 2. */
	ck_assert(c->hmac(
		CRYPTO_MD5, SLICE_LIT("Jefe"), SLICE_LIT("what do ya want for nothing?"), out));
	digest_is(out, 16, "750c783e6ab0b503eaa86e310a5db738");
	ck_assert(c->hmac(
		CRYPTO_SHA1, SLICE_LIT("Jefe"), SLICE_LIT("what do ya want for nothing?"), out));
	digest_is(out, 20, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	ck_assert(c->hmac(CRYPTO_SHA256, (struct slice){NULL, 0}, (struct slice){NULL, 0}, out));
	digest_is(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	/* RFC 6070 cases 2 and 3. */
	ck_assert(c->pbkdf2(CRYPTO_SHA1, SLICE_LIT("password"), SLICE_LIT("salt"), 2, out));
	digest_is(out, 20, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
	ck_assert(c->pbkdf2(CRYPTO_SHA1, SLICE_LIT("password"), SLICE_LIT("salt"), 4096, out));
	digest_is(out, 20, "4b007901b765489abead49d926f721d065a429c1");
	ck_assert(!c->pbkdf2(CRYPTO_SHA1, SLICE_LIT("password"), SLICE_LIT("salt"), 0, out));
	ck_assert(c->random(out, 32) && c->random(again, 32));
	ck_assert_mem_ne(out, again, 32);
}
END_TEST

START_TEST(facts_without_a_handshake)
{
	char *names[] = {(char[]){"first"}};
	struct tls_cert c = {.names = names, .name_count = 1};
	struct tls_facts f;

	tls_facts_init(&f);
	ck_assert_int_eq(tls_facts_worst(&f), TLS_DEFECT_COUNT);
	f.defects = 1u << TLS_DEFECT_PIN | 1u << TLS_DEFECT_EXPIRED;
	ck_assert_int_eq(tls_facts_worst(&f), TLS_DEFECT_EXPIRED);
	ck_assert_str_eq(tls_cert_label(&c), "first");
	c.common_name = (char[]){"cn"};
	ck_assert_str_eq(tls_cert_label(&c), "cn");
	ck_assert_str_eq(tls_cert_label(&(struct tls_cert){0}), "Unknown CN");
	tls_facts_fini(&f);
}
END_TEST

void test_tls_add_config(Suite *s)
{
	TCase *c = tcase_create("configuration");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, sources_of_trust);
	tcase_add_test(c, system_trust);
	tcase_add_test(c, bundle_compares_names_as_rfc5280);
	tcase_add_test(c, refused_configurations);
	tcase_add_test(c, versions);
	tcase_add_test(c, client_certificate);
	tcase_add_test(c, digests);
	tcase_add_test(c, facts_without_a_handshake);
	suite_add_tcase(s, c);
}
