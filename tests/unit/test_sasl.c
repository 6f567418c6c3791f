#include "test_sasl.h"

#include <string.h>

START_TEST(names)
{
	enum auth_mech mech;

	for (unsigned i = 0; i < AUTH_MECH_COUNT; i++) {
		const struct auth_mech_info *info = auth_mech_info((enum auth_mech)i);

		ck_assert(auth_mech_parse(info->option, &mech) && mech == i);
		ck_assert(auth_mech_parse(info->name, &mech) && mech == i);
		ck_assert_int_eq(auth_mech_from_sasl(slice_str(info->name), &mech), info->is_sasl);
		ck_assert_int_eq(info->needs_secret, i != AUTH_EXTERNAL);
		ck_assert_int_eq(info->in_auto, i <= AUTH_USER);
		ck_assert(!info->in_auto || !info->token);
	}
	ck_assert_ptr_null(auth_mech_info(AUTH_MECH_COUNT));
	ck_assert(auth_mech_parse("Scram-Sha-256", &mech) && mech == AUTH_SCRAM_SHA_256);
	ck_assert(auth_mech_from_sasl(SLICE_LIT("cram-MD5"), &mech) && mech == AUTH_CRAM_MD5);
	ck_assert(!auth_mech_parse("scram", &mech) && !auth_mech_parse("", &mech));
	ck_assert(!auth_mech_parse(NULL, &mech));
	ck_assert(!auth_mech_from_sasl(SLICE_LIT("APOP"), &mech));
	ck_assert(!auth_mech_from_sasl(SLICE_LIT("USER"), &mech));
	ck_assert(!auth_mech_from_sasl(SLICE_LIT("SCRAM-SHA-1-PLUS"), &mech));
	ck_assert(!auth_mech_from_sasl(SLICE_LIT("PLAIN\0"), &mech));
}
END_TEST

START_TEST(needing_crypto)
{
	struct secret *ascii = secret_new("pw", 2), *wide = secret_new("p\xc3\xbc", 3);
	struct auth_credentials plain = {.user = "u", .secret = ascii};
	struct auth_credentials umlaut = {.user = "u", .secret = wide};
	struct auth_credentials name = {.user = "\xc3\xbc", .secret = ascii};

	ck_assert(!auth_needs_crypto(AUTH_PLAIN, &plain));
	ck_assert(auth_needs_crypto(AUTH_PLAIN, &umlaut));
	ck_assert(auth_needs_crypto(AUTH_PLAIN, &name));
	ck_assert(!auth_needs_crypto(AUTH_LOGIN, &umlaut));
	ck_assert(!auth_needs_crypto(AUTH_USER, &umlaut));
	ck_assert(auth_needs_crypto(AUTH_APOP, &plain));
	ck_assert(auth_needs_crypto(AUTH_CRAM_MD5, &plain));
	secret_free(ascii);
	secret_free(wide);
}
END_TEST

START_TEST(no_exchange_for)
{
	struct auth_credentials creds = {.user = "u"};

	ck_assert_ptr_null(sasl_new(AUTH_APOP, &creds, &test_crypto));
	ck_assert_ptr_null(sasl_new(AUTH_USER, &creds, &test_crypto));
	ck_assert_ptr_null(sasl_new(AUTH_MECH_COUNT, &creds, &test_crypto));
	sasl_free(NULL);
}
END_TEST

/* RFC 4616 section 4, and with an authorization identity. */
START_TEST(plain)
{
	struct exchange x;

	exchange_begin(&x, AUTH_PLAIN, "tim", "tanstaaftanstaaf");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_SERVER);
	exchange_end(&x);
	exchange_begin(&x, AUTH_PLAIN, "tim", "tanstaaftanstaaf");
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_out(&x, "\0tim\0tanstaaftanstaaf");
	ck_assert_msg(x.out.secret, "the password stays in memory");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_UNEXPECTED);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_UNEXPECTED);
	exchange_end(&x);
	exchange_begin(&x, AUTH_PLAIN, "Kurt", "xipj3plmq");
	x.creds.authzid = "Ursel";
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_OK);
	ck_out(&x, "Ursel\0Kurt\0xipj3plmq");
	ck_assert_int_eq(exchange_initial(&x), SASL_UNEXPECTED);
	exchange_end(&x);
}
END_TEST

static const enum auth_mech client_first[] = {AUTH_PLAIN, AUTH_EXTERNAL, AUTH_XOAUTH2,
	AUTH_OAUTHBEARER, AUTH_SCRAM_SHA_1, AUTH_SCRAM_SHA_256};

START_TEST(first_challenge_must_be_empty)
{
	struct exchange x;

	exchange_begin(&x, client_first[_i], "user", "pencil");
	ck_assert(auth_mech_info(client_first[_i])->client_first);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("go on")), SASL_BAD_CHALLENGE);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_BAD_CHALLENGE);
	exchange_end(&x);
	exchange_begin(&x, client_first[_i], "user", "pencil");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_OK);
	ck_assert(client_first[_i] == AUTH_EXTERNAL || x.out.n > 0);
	exchange_end(&x);
}
END_TEST

START_TEST(login)
{
	struct exchange x;

	exchange_begin(&x, AUTH_LOGIN, "tim", "tanstaaf");
	ck_assert_int_eq(exchange_initial(&x), SASL_UNEXPECTED);
	exchange_end(&x);
	exchange_begin(&x, AUTH_LOGIN, "tim", "tanstaaf");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("Password:")), SASL_OK);
	ck_out(&x, "tim");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("\x01\xff")), SASL_OK);
	ck_out(&x, "tanstaaf");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_UNEXPECTED);
	exchange_end(&x);
	exchange_begin(&x, AUTH_LOGIN, "tim", "tanstaaf");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_OK);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_SERVER);
	exchange_end(&x);
}
END_TEST

/* RFC 2195 section 2 */
START_TEST(cram_md5)
{
	struct exchange x;

	exchange_begin(&x, AUTH_CRAM_MD5, "tim", "tanstaaftanstaaf");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("<1896.697170952@postoffice.reston.mci.net>")),
		SASL_OK);
	ck_out(&x, "tim b913a602c7eda7a495b4e6e7334d3890");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("<1@h>")), SASL_UNEXPECTED);
	exchange_end(&x);
	exchange_begin(&x, AUTH_CRAM_MD5, "tim", "tanstaaftanstaaf");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_SERVER);
	exchange_end(&x);
}
END_TEST

static const struct slice bad_cram[] = {
	SLICE_INIT(""),
	SLICE_INIT("<>"),
	SLICE_INIT("1@h"),
	SLICE_INIT("<1@h"),
	SLICE_INIT("1@h>"),
	SLICE_INIT("<1@h>\r\n"),
	SLICE_INIT("<1\0@h>"),
	SLICE_INIT("<1@h\x7f>"),
	SLICE_INIT("<1@\xc3\xbc>"),
	SLICE_INIT("<1@\x9f>"),
	SLICE_INIT(" <1@h>"),
};

START_TEST(cram_md5_refuses)
{
	struct exchange x;

	exchange_begin(&x, AUTH_CRAM_MD5, "tim", "tanstaaftanstaaf");
	ck_assert_int_eq(exchange_step(&x, bad_cram[_i]), SASL_BAD_CHALLENGE);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_CHALLENGE);
	exchange_end(&x);
}
END_TEST

START_TEST(challenge_too_long)
{
	static unsigned char text[1 << 20];
	enum auth_mech mechs[] = {AUTH_LOGIN, AUTH_CRAM_MD5};
	struct exchange x;

	for (size_t i = 0; i < 2; i++) {
		for (size_t n = SASL_CHALLENGE_MAX; n < sizeof(text);
			n = n == SASL_CHALLENGE_MAX ? n + 1 : n * 2) {
			memset(text, 'x', n);
			text[0] = '<';
			text[n - 1] = '>';
			exchange_begin(&x, mechs[i], "tim", "tanstaaf");
			ck_assert_int_eq(exchange_step(&x, (struct slice){text, n}),
				n > SASL_CHALLENGE_MAX ? SASL_BAD_CHALLENGE : SASL_OK);
			exchange_end(&x);
		}
	}
}
END_TEST

START_TEST(cram_md5_without_md5)
{
	struct secret *secret = secret_new("pencil", 6);
	struct auth_credentials creds = {.user = "user", .secret = secret};
	struct sasl *s = sasl_new(AUTH_CRAM_MD5, &creds, &refusing_crypto);
	struct buf out;

	buf_init(&out, 100);
	ck_assert_int_eq(sasl_step(s, SLICE_LIT("<1@h>"), &out), SASL_NO_CRYPTO);
	ck_assert_uint_eq(out.n, 0);
	buf_fini(&out);
	sasl_free(s);
	secret_free(secret);
}
END_TEST

START_TEST(external)
{
	struct exchange x;

	exchange_begin(&x, AUTH_EXTERNAL, "tim", NULL);
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_out(&x, "");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_OK);
	exchange_end(&x);
	exchange_begin(&x, AUTH_EXTERNAL, "tim", NULL);
	x.creds.authzid = "ursel";
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_out(&x, "ursel");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("more")), SASL_UNEXPECTED);
	exchange_end(&x);
}
END_TEST

#define TOKEN "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
#define ERROR "{\"status\":\"invalid_token\"}"

/* RFC 7628 section 4.1 (with its port), 4.3 */
START_TEST(oauthbearer)
{
	struct exchange x;

	exchange_begin(&x, AUTH_OAUTHBEARER, "user@example.com", TOKEN);
	x.creds.host = "server.example.com";
	x.creds.port = 143;
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_out(&x, "n,a=user@example.com,\1host=server.example.com\1port=143\1auth=Bearer " TOKEN
		   "\1\1");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(ERROR)), SASL_TOKEN_ERROR);
	ck_out(&x, "\1");
	ck_assert(slice_eq(sasl_server_error(x.sasl), SLICE_LIT(ERROR)));
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_TOKEN_ERROR);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(ERROR)), SASL_UNEXPECTED);
	exchange_end(&x);
	exchange_begin(&x, AUTH_OAUTHBEARER, "user", TOKEN);
	x.creds.authzid = "a=b,c";
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_out(&x, "n,a=a=3Db=2Cc,\1auth=Bearer " TOKEN "\1\1");
	exchange_end(&x);
}
END_TEST

START_TEST(xoauth2)
{
	struct exchange x;

	exchange_begin(&x, AUTH_XOAUTH2, "someuser@example.com",
		"ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_OK);
	ck_out(&x, "user=someuser@example.com\1auth=Bearer "
		   "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(ERROR)), SASL_TOKEN_ERROR);
	ck_out(&x, "");
	ck_assert(slice_eq(sasl_server_error(x.sasl), SLICE_LIT(ERROR)));
	exchange_end(&x);
	exchange_begin(&x, AUTH_XOAUTH2, "someuser@example.com", TOKEN);
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_BAD_CHALLENGE);
	exchange_end(&x);
}
END_TEST

START_TEST(server_error_is_bounded)
{
	static unsigned char words[SASL_CHALLENGE_MAX];
	struct exchange x;

	memset(words, 'x', sizeof(words));
	exchange_begin(&x, AUTH_XOAUTH2, "u", TOKEN);
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, (struct slice){words, sizeof(words)}), SASL_TOKEN_ERROR);
	ck_assert_uint_eq(sasl_server_error(x.sasl).n, SASL_SERVER_ERROR_MAX);
	exchange_end(&x);
}
END_TEST

static const struct {
	enum auth_mech mech;
	const char *user, *password, *authzid;
} unusable[] = {
	{AUTH_PLAIN, "", "pencil", NULL},
	{AUTH_PLAIN, NULL, "pencil", NULL},
	{AUTH_PLAIN, "user", "", NULL},
	{AUTH_PLAIN, "user", NULL, NULL},
	{AUTH_PLAIN, "us\ner", "pencil", NULL},
	{AUTH_PLAIN, "user", "pen\x7f", NULL},
	{AUTH_PLAIN, "user", "pencil", "a\x01"},
	{AUTH_PLAIN, "user", "pen\xff", NULL}, /* not UTF-8 */
	{AUTH_PLAIN,
		"\xd8\xa7"
		"1",
		"pencil", NULL},		   /* RFC 4013 section 3, bidi */
	{AUTH_PLAIN, "user", "pen\xc2\x80", NULL}, /* C1 */
	{AUTH_PLAIN, "user", "\xc2\xad", NULL},	   /* maps to nothing */
	{AUTH_EXTERNAL, "user", NULL, "a\r\n"},
	{AUTH_XOAUTH2,
		"user\x01"
		"auth=Bearer x",
		TOKEN, NULL},
	{AUTH_XOAUTH2, "user",
		"tok\x01"
		"en",
		NULL},
	{AUTH_XOAUTH2, "user", "tok en", NULL},
	{AUTH_XOAUTH2, "user", "t\xc3\xb6ken", NULL},
	{AUTH_XOAUTH2, "user", "", NULL},
	{AUTH_OAUTHBEARER, "", TOKEN, NULL},
	{AUTH_OAUTHBEARER, "user", TOKEN, "\x01"},
	{AUTH_SCRAM_SHA_1, "", "pencil", NULL},
	{AUTH_SCRAM_SHA_1, "us\x1f", "pencil", NULL},
	{AUTH_SCRAM_SHA_1, "user", "pencil", "a\x01"},
};

START_TEST(unusable_credentials)
{
	struct exchange x;

	exchange_begin(&x, unusable[_i].mech, unusable[_i].user, unusable[_i].password);
	x.creds.authzid = unusable[_i].authzid;
	ck_assert_int_eq(exchange_initial(&x), SASL_BAD_CREDENTIALS);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_CREDENTIALS);
	exchange_end(&x);
}
END_TEST

START_TEST(nul_in_password)
{
	struct secret *secret = secret_new("pen\0cil", 7);
	struct auth_credentials creds = {.user = "user", .secret = secret};
	struct sasl *s = sasl_new(AUTH_PLAIN, &creds, NULL);
	struct buf out;

	buf_init(&out, 100);
	ck_assert_int_eq(sasl_initial(s, &out), SASL_BAD_CREDENTIALS);
	sasl_free(s);
	s = sasl_new(AUTH_LOGIN, &creds, NULL);
	ck_assert_int_eq(sasl_step(s, SLICE_LIT(""), &out), SASL_OK);
	ck_assert_int_eq(sasl_step(s, SLICE_LIT(""), &out), SASL_BAD_CREDENTIALS);
	ck_assert_str_eq(buf_str(&out), "user");
	sasl_free(s);
	buf_fini(&out);
	secret_free(secret);
}
END_TEST

/* RFC 4013 section 3 */
static const char *const prepared[][2] = {
	{"I\xc2\xadX", "IX"},
	{"us\xc3\xa9r", "us\xc3\xa9r"},
	{"use\xcc\x81r", "us\xc3\xa9r"},
	{"\xc2\xaa", "a"},
	{"\xe2\x85\xa8", "IX"},
	{"a\xc2\xa0"
	 "b",
		"a b"},
	{"\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91"},
};

START_TEST(saslprep)
{
	struct exchange x;
	struct buf want;

	buf_init(&want, 100);
	buf_addf(&want, "%c%s%c%s", 0, prepared[_i][1], 0, prepared[_i][1]);
	exchange_begin(&x, AUTH_PLAIN, prepared[_i][0], prepared[_i][0]);
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_assert(slice_eq(buf_slice(&x.out), buf_slice(&want)));
	exchange_end(&x);
	buf_fini(&want);
}
END_TEST

START_TEST(saslprep_missing)
{
	struct secret *secret = secret_new("p\xc3\xbc", 3);
	struct auth_credentials creds = {.user = "user", .secret = secret};
	const struct crypto_ops *without[] = {NULL, &refusing_crypto};
	struct buf out;

	buf_init(&out, 100);
	for (size_t i = 0; i < 2; i++) {
		struct sasl *s = sasl_new(AUTH_PLAIN, &creds, without[i]);

		ck_assert_int_eq(sasl_initial(s, &out), SASL_BAD_CREDENTIALS);
		ck_assert_ptr_nonnull(strstr(sasl_problem(s), "libidn"));
		ck_assert_uint_eq(out.n, 0);
		sasl_free(s);
	}
	buf_fini(&out);
	secret_free(secret);
}
END_TEST

START_TEST(no_room)
{
	for (size_t max = 0; max < 22; max++) {
		struct secret *secret = secret_new("tanstaaftanstaaf", 16);
		struct auth_credentials creds = {.user = "tim", .secret = secret};
		struct sasl *s = sasl_new(AUTH_PLAIN, &creds, NULL);
		struct buf out;

		buf_init(&out, max);
		ck_assert_int_eq(sasl_initial(s, &out), max < 21 ? SASL_NO_MEMORY : SASL_OK);
		ck_assert_uint_eq(out.n, max < 21 ? 0 : 21);
		buf_fini(&out);
		sasl_free(s);
		secret_free(secret);
	}
}
END_TEST

static TCase *tcase_mechanisms(void)
{
	TCase *tc = tcase_create("mechanisms");

	tcase_add_test(tc, names);
	tcase_add_test(tc, needing_crypto);
	tcase_add_test(tc, no_exchange_for);
	tcase_add_test(tc, plain);
	tcase_add_loop_test(tc, first_challenge_must_be_empty, 0, 6);
	tcase_add_test(tc, login);
	tcase_add_test(tc, cram_md5);
	tcase_add_loop_test(tc, cram_md5_refuses, 0, sizeof(bad_cram) / sizeof(bad_cram[0]));
	tcase_add_test(tc, challenge_too_long);
	tcase_add_test(tc, cram_md5_without_md5);
	tcase_add_test(tc, external);
	tcase_add_test(tc, oauthbearer);
	tcase_add_test(tc, xoauth2);
	tcase_add_test(tc, server_error_is_bounded);
	return tc;
}

static TCase *tcase_credentials(void)
{
	TCase *tc = tcase_create("credentials");

	tcase_add_loop_test(tc, unusable_credentials, 0, sizeof(unusable) / sizeof(unusable[0]));
	tcase_add_test(tc, nul_in_password);
	tcase_add_loop_test(tc, saslprep, 0, sizeof(prepared) / sizeof(prepared[0]));
	tcase_add_test(tc, saslprep_missing);
	tcase_add_test(tc, no_room);
	return tc;
}

Suite *suite_sasl(void)
{
	Suite *suite = suite_create("sasl");

	suite_add_tcase(suite, tcase_mechanisms());
	suite_add_tcase(suite, tcase_credentials());
	suite_add_tcase(suite, tcase_scram());
	suite_add_tcase(suite, tcase_scram_hostile());
	suite_add_tcase(suite, tcase_apop());
	return suite;
}
