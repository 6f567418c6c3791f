#include "test_tls.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct test_world test_world;

X509 *test_leaf(const char *san, struct cert_spec s)
{
	if (!s.cn)
		s.cn = "mail.example.org";
	if (!s.san)
		s.san = san;
	if (!s.issuer)
		s.issuer = test_world.root;
	return test_cert(&s);
}

void test_world_make(void)
{
	test_world.ops = tls_ops_get();
	test_world.root =
		test_cert(&(struct cert_spec){.cn = "Root", .ca = true, .until = 3000, .from = -9});
	test_world.inter = test_cert(
		&(struct cert_spec){.cn = "Intermediate", .ca = true, .issuer = test_world.root});
	test_world.stranger = test_cert(
		&(struct cert_spec){.cn = "Stranger", .ca = true, .key = test_key_leaf()});
}

void test_world_end(void)
{
	X509_free(test_world.root);
	X509_free(test_world.inter);
	X509_free(test_world.stranger);
	test_files_remove();
}

struct test_outcome test_connect(
	struct tls_settings set, X509 *const *chain, EVP_PKEY *key, const char *name)
{
	struct test_outcome o = {.status = TLS_FAILED};
	struct test_server s;
	struct tls_config *c;
	struct tls_channel *ch;

	if (!set.ca_path)
		set.ca_path = test_pem_file((X509 *const[]){test_world.root, NULL});
	c = test_world.ops->config_new(&set, o.error, sizeof(o.error));
	ck_assert_msg(c != NULL, "%s", o.error);
	test_server_init(&s, chain, key);
	ch = test_world.ops->channel_new(c, name, true, TLS_NOW);
	o.status = test_handshake(test_world.ops, ch, &s);
	snprintf(o.error, sizeof(o.error), "%s", test_world.ops->error(ch));
	snprintf(o.sni, sizeof(o.sni), "%s", s.sni);
	test_world.ops->facts_take(ch, &o.facts);
	test_world.ops->channel_free(ch);
	test_world.ops->config_unref(c);
	test_server_fini(&s);
	return o;
}

/* Frees the leaf. Checks with verification required, as a report, and off. */
struct test_outcome test_judge(X509 *leaf, X509 *const *rest, const char *name, unsigned defects)
{
	X509 *chain[8] = {leaf};
	struct test_outcome o;

	for (size_t i = 0; rest && rest[i]; i++)
		chain[i + 1] = rest[i];
	o = test_connect((struct tls_settings){.verify = TLS_VERIFY_OFF}, chain, NULL, name);
	ck_assert_int_eq(o.status, TLS_OK);
	ck_assert_uint_eq(o.facts.defects, 0);
	ck_assert(!o.facts.verify_ran && !o.facts.verified && o.facts.handshake_done);
	ck_assert(o.facts.path_not_after == INT64_MAX && o.facts.served_not_after != INT64_MAX);
	tls_facts_fini(&o.facts);
	o = test_connect((struct tls_settings){.verify = TLS_VERIFY_REPORT}, chain, NULL, name);
	ck_assert_int_eq(o.status, TLS_OK);
	ck_assert_uint_eq(o.facts.defects, defects);
	tls_facts_fini(&o.facts);
	o = test_connect((struct tls_settings){.verify = TLS_VERIFY_REQUIRE}, chain, NULL, name);
	ck_assert_int_eq(o.status, defects ? TLS_CERTIFICATE : TLS_OK);
	ck_assert_uint_eq(o.facts.defects, defects);
	ck_assert(o.facts.verify_ran && o.facts.verified == !defects && o.facts.handshake_done);
	ck_assert(!o.facts.verify_detail == !defects);
	X509_free(leaf);
	return o;
}

void test_expect(X509 *leaf, X509 *const *rest, const char *name, unsigned defects)
{
	struct test_outcome o = test_judge(leaf, rest, name, defects);

	tls_facts_fini(&o.facts);
}
