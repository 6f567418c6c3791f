#include "test_sasl.h"

#include <string.h>

static const struct {
	struct slice greeting;
	const char *stamp; /* NULL: none */
} greetings[] = {
	/* RFC 1939 section 7 */
	{SLICE_INIT("+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>"),
		"<1896.697170952@dbc.mtview.ca.us>"},
	{SLICE_INIT("<a@b>"), "<a@b>"},
	{SLICE_INIT("+OK <a@b> <c@d> ready"), "<c@d>"},
	{SLICE_INIT("+OK <a@b> <c@d"), "<a@b>"},
	{SLICE_INIT("+OK <a@b> <c d@e>"), "<a@b>"},
	{SLICE_INIT("<<a@b>>"), "<a@b>"},
	{SLICE_INIT("<1.2!#$%&'*+-/=?^_`{|}~@h>"), "<1.2!#$%&'*+-/=?^_`{|}~@h>"},
	{SLICE_INIT("<1@[127.0.0.1]>"), "<1@[127.0.0.1]>"},
	{SLICE_INIT("<1@[IPv6:::1]>"), "<1@[IPv6:::1]>"},
	{SLICE_INIT("<1@[]>"), "<1@[]>"},
	{SLICE_INIT(""), NULL},
	{SLICE_INIT("+OK ready"), NULL},
	{SLICE_INIT("<>"), NULL},
	{SLICE_INIT("<@>"), NULL},
	{SLICE_INIT("<a>"), NULL},
	{SLICE_INIT("<a@>"), NULL},
	{SLICE_INIT("<@b>"), NULL},
	{SLICE_INIT("<a@b@c>"), NULL},
	{SLICE_INIT("<a@b"), NULL},
	{SLICE_INIT("a@b>"), NULL},
	{SLICE_INIT("<.a@b>"), NULL},
	{SLICE_INIT("<a.@b>"), NULL},
	{SLICE_INIT("<a..b@c>"), NULL},
	{SLICE_INIT("<a@b.>"), NULL},
	{SLICE_INIT("<a@.b>"), NULL},
	{SLICE_INIT("<a @b>"), NULL},
	{SLICE_INIT("<\"a b\"@c>"), NULL},
	{SLICE_INIT("<a@[b>"), NULL},
	{SLICE_INIT("<a@[b c]>"), NULL},
	{SLICE_INIT("<a@[b\\]]>"), NULL},
	{SLICE_INIT("<a@[b]x>"), NULL},
	{SLICE_INIT("<a@[b\\>"), NULL},
	{SLICE_INIT("<a@[b[>"), NULL},
	{SLICE_INIT("<a\0@b>"), NULL},
	{SLICE_INIT("<a@b\0>"), NULL},
	{SLICE_INIT("<a\x80@b>"), NULL},
	{SLICE_INIT("<a\xc3\xbc@b>"), NULL},
	{SLICE_INIT("<a@b\x7f>"), NULL},
	{SLICE_INIT("<a@[\xff]>"), NULL},
	{SLICE_INIT("<a\r\n@b>"), NULL},
};

START_TEST(timestamps)
{
	struct slice stamp = {NULL, 0};
	bool found = apop_timestamp(greetings[_i].greeting, &stamp);

	ck_assert_int_eq(found, greetings[_i].stamp != NULL);
	ck_assert(slice_eq(stamp, slice_str(greetings[_i].stamp)));
}
END_TEST

START_TEST(vector_apop)
{
	struct secret *secret = secret_new("tanstaaf", 8), *empty = secret_new("", 0);
	struct slice stamp = SLICE_LIT("<1896.697170952@dbc.mtview.ca.us>");
	char hex[33] = "";

	ck_assert(apop_digest(&test_crypto, stamp, secret, hex));
	ck_assert_str_eq(hex, "c4c9334bac560ecc979e58001b3e22fb");
	ck_assert(!apop_digest(&refusing_crypto, stamp, secret, hex));
	ck_assert(!apop_digest(NULL, stamp, secret, hex));
	ck_assert(!apop_digest(&test_crypto, stamp, empty, hex));
	ck_assert(!apop_digest(&test_crypto, stamp, NULL, hex));
	secret_free(secret);
	secret_free(empty);
}
END_TEST

START_TEST(greeting_of_a_mebibyte)
{
	static unsigned char text[1 << 20];
	static const char *const fill[] = {"<", "<a@", "<a@[", ">", "a", "<a@[<", "<a.", "<a@b"};
	struct slice stamp;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)fill[_i][i % strlen(fill[_i])];
	ck_assert(!apop_timestamp((struct slice){text, sizeof(text)}, &stamp));
}
END_TEST

TCase *tcase_apop(void)
{
	TCase *tc = tcase_create("apop");

	tcase_add_loop_test(tc, timestamps, 0, sizeof(greetings) / sizeof(greetings[0]));
	tcase_add_test(tc, vector_apop);
	tcase_add_loop_test(tc, greeting_of_a_mebibyte, 0, 8);
	return tc;
}
