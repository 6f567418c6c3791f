/* Where credentials may go (U15). */
#include "test_config.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *targets, *host;
	enum config_allow allow;
} rows[] = {
	{"any", "whatever", CONFIG_ALLOW_YES},
	{"any", "192.0.2.1", CONFIG_ALLOW_YES},
	{"mail.example.org", "mail.example.org", CONFIG_ALLOW_YES},
	{"mail.example.org", "MAIL.example.ORG.", CONFIG_ALLOW_YES},
	{"mail.example.org.", "mail.example.org", CONFIG_ALLOW_YES},
	{"mail.example.org", "mail.example.org.evil.example", CONFIG_ALLOW_NO},
	{"mail.example.org", "xmail.example.org", CONFIG_ALLOW_NO},
	{"mail.example.org", "mail.example.org..", CONFIG_ALLOW_NO},
	{"mail.example.org", "", CONFIG_ALLOW_NO},
	{"mail.example.org", "192.0.2.1", CONFIG_ALLOW_NO},
	{"mail.example.org", "/run/pop3", CONFIG_ALLOW_NO},
	{"'*.example.org'", "a.example.org", CONFIG_ALLOW_YES},
	{"'*.example.org'", "a.b.example.org", CONFIG_ALLOW_YES},
	{"'*.example.org'", "example.org", CONFIG_ALLOW_NO},
	{"'*.example.org'", ".example.org", CONFIG_ALLOW_NO},
	{"'*.example.org'", "evilexample.org", CONFIG_ALLOW_NO},
	{"'*.example.org'", "a.example.org.evil.example", CONFIG_ALLOW_NO},
	{"'mx*.example.org'", "mx1.example.org", CONFIG_ALLOW_YES},
	{"'mx*.example.org'", "mx.example.org", CONFIG_ALLOW_YES},
	{"'mx*.example.org'", "mx1.evil.example.org", CONFIG_ALLOW_NO},
	{"'m*x*.example.org'", "mail-mx-1.example.org", CONFIG_ALLOW_YES},
	{"'mx*'", "mx1", CONFIG_ALLOW_YES},
	{"'mx*'", "mx1.evil.example", CONFIG_ALLOW_NO},
	{"192.0.2.0/24", "192.0.2.77", CONFIG_ALLOW_YES},
	{"192.0.2.0/24", "192.0.3.77", CONFIG_ALLOW_NO},
	{"192.0.2.0/24", "::ffff:192.0.2.77", CONFIG_ALLOW_YES},
	{"192.0.2.0/24", "mail.example.org", CONFIG_ALLOW_BY_ADDRESS},
	{"192.0.2.0/24", "0xc0.0.2.77", CONFIG_ALLOW_BY_ADDRESS},
	{"192.0.2.0/24", "/run/pop3", CONFIG_ALLOW_NO},
	{"192.0.2.0/25", "192.0.2.127", CONFIG_ALLOW_YES},
	{"192.0.2.0/25", "192.0.2.128", CONFIG_ALLOW_NO},
	{"0.0.0.0/0", "203.0.113.1", CONFIG_ALLOW_YES},
	{"0.0.0.0/0", "2001:db8::1", CONFIG_ALLOW_NO},
	{"192.0.2.1", "192.0.2.1", CONFIG_ALLOW_YES},
	{"192.0.2.1", "192.0.2.2", CONFIG_ALLOW_NO},
	{"'2001:db8::/33'", "2001:db8:7fff::1", CONFIG_ALLOW_YES},
	{"'2001:db8::/33'", "2001:db8:8000::1", CONFIG_ALLOW_NO},
	{"'2001:db8::/32'", "[2001:db8::1]", CONFIG_ALLOW_YES},
	{"mail.example.org, 192.0.2.0/24", "mail.example.org", CONFIG_ALLOW_YES},
	{"mail.example.org, 192.0.2.0/24", "evil.example", CONFIG_ALLOW_BY_ADDRESS},
};

static struct config *with_targets(const char *targets)
{
	char text[512];
	struct config *c;

	snprintf(text, sizeof(text), "auths:\n  a: {username: u, password: p, targets: [%s]}\n",
		targets);
	c = config_try(text);
	ck_assert_msg(c != NULL, "%s", config_error);
	return c;
}

START_TEST(before_dns)
{
	struct config *c = with_targets(rows[_i].targets);

	ck_assert_msg(config_auth_allows(config_auth(c, "a"), rows[_i].host) == rows[_i].allow,
		"%s on %s", rows[_i].host, rows[_i].targets);
	config_unref(c);
}
END_TEST

static bool allows_address(const struct config_auth *a, const char *literal)
{
	struct net_address address;

	ck_assert(net_address_literal(literal, 110, &address));
	return config_auth_allows_address(a, (const struct sockaddr *)&address.sa);
}

START_TEST(after_dns)
{
	struct config *c = with_targets("mail.example.org, 192.0.2.0/24, '2001:db8::/32'");
	const struct config_auth *a = config_auth(c, "a");
	struct sockaddr local = {.sa_family = AF_UNIX};

	ck_assert(allows_address(a, "192.0.2.1"));
	ck_assert(!allows_address(a, "192.0.1.1"));
	ck_assert(allows_address(a, "2001:db8::1"));
	ck_assert(!allows_address(a, "2001:db9::1"));
	ck_assert(allows_address(a, "::ffff:192.0.2.1"));
	ck_assert(!config_auth_allows_address(a, &local));
	config_unref(c);
}
END_TEST

START_TEST(server_name_must_fit_too)
{
	struct config *c = with_targets("'*.example.org', 192.0.2.0/24");
	const struct config_auth *a = config_auth(c, "a");

	ck_assert(config_auth_allows_server_name(a, "192.0.2.1", NULL));
	ck_assert(config_auth_allows_server_name(a, "192.0.2.1", "mail.example.org"));
	ck_assert(!config_auth_allows_server_name(a, "192.0.2.1", "evil.example"));
	ck_assert(!config_auth_allows_server_name(a, "mail.example.org", "evil.example"));
	ck_assert(config_auth_allows_server_name(a, "other.example", "Other.example."));
	ck_assert(config_auth_allows_server_name(a, "x", "192.0.2.9"));
	config_unref(c);
}
END_TEST

void test_config_add_targets(Suite *s)
{
	TCase *t = tcase_create("targets");

	tcase_add_checked_fixture(t, config_folder_make, config_folder_remove);
	tcase_add_loop_test(t, before_dns, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, after_dns);
	tcase_add_test(t, server_name_must_fit_too);
	suite_add_tcase(s, t);
}
