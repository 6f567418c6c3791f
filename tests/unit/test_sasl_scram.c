/* SCRAM: the RFCs' vectors, and a server that does everything wrong that a server can. */
#include "test_sasl.h"

#include "base/base64.h"
#include "pop3/sasl_scram.h"

#include <stdlib.h>
#include <string.h>

/* RFC 5802 section 5 */
#define V1_FIRST	"n,,n=user,r=" TEST_NONCE
#define V1_NONCE	TEST_NONCE "3rfcNHYJY1ZVvWVs7j"
#define V1_SERVER_FIRST "r=" V1_NONCE ",s=QSXCR+Q6sek8bf92,i=4096"
#define V1_FINAL	"c=biws,r=" V1_NONCE ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
#define V1_SERVER_FINAL "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="

static void begin_vector(struct exchange *x)
{
	exchange_begin(x, AUTH_SCRAM_SHA_1, "user", "pencil");
	ck_assert_int_eq(exchange_initial(x), SASL_OK);
	ck_out(x, V1_FIRST);
}

START_TEST(vector_sha_1)
{
	struct exchange x;

	begin_vector(&x);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FIRST)), SASL_OK);
	ck_out(&x, V1_FINAL);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FINAL)), SASL_OK);
	ck_out(&x, "");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_OK);
	exchange_end(&x);
}
END_TEST

/* RFC 5034 section 4: AUTH without an initial response, then an empty challenge. */
START_TEST(initial_response_on_request)
{
	struct exchange x;

	exchange_begin(&x, AUTH_SCRAM_SHA_1, "user", "pencil");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("")), SASL_OK);
	ck_out(&x, V1_FIRST);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FIRST)), SASL_OK);
	ck_out(&x, V1_FINAL);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FINAL)), SASL_OK);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_OK);
	exchange_end(&x);
}
END_TEST

static void check_base64(const unsigned char *p, size_t n, const char *want)
{
	struct buf text;

	buf_init(&text, 100);
	base64_encode(&text, (struct slice){p, n});
	ck_assert_str_eq(buf_str(&text), want);
	buf_fini(&text);
}

/* RFC 7677 section 3, below the message layer: its nonce is shorter than ours. */
START_TEST(vector_sha_256)
{
	static const char nonce[] = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
	struct scram_secrets secrets;
	unsigned char salted[32];
	struct buf salt, message;

	buf_init(&salt, 100);
	buf_init(&message, 1000);
	ck_assert(base64_decode(&salt, SLICE_LIT("W22ZaJ0SNY7soEsUEjb6gQ==")));
	buf_addf(&message,
		"n=user,r=rOprNGfwEbeRWgbNEkqO,r=%s,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
		"c=biws,r=%s",
		nonce, nonce);
	ck_assert(test_crypto.pbkdf2(
		CRYPTO_SHA256, SLICE_LIT("pencil"), buf_slice(&salt), 4096, salted));
	ck_assert(scram_compute(&test_crypto, CRYPTO_SHA256, (struct slice){salted, sizeof(salted)},
		buf_slice(&message), &secrets));
	check_base64(secrets.proof, 32, "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
	check_base64(secrets.signature, 32, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
	buf_fini(&salt);
	buf_fini(&message);
}
END_TEST

/* The whole of SCRAM-SHA-256 against what a server would work out. */
START_TEST(exchange_sha_256)
{
	static const char server_first[] = "r=" TEST_NONCE "%)$,s=c2FsdA==,i=4097,x=new";
	static const char without_proof[] = "c=bixhPWE9MkNiLA==,r=" TEST_NONCE "%)$";
	struct scram_secrets secrets;
	unsigned char salted[32];
	struct buf message, want;
	struct exchange x;

	buf_init(&message, 1000);
	buf_init(&want, 1000);
	exchange_begin(&x, AUTH_SCRAM_SHA_256, "u,s=r", "p w");
	x.creds.authzid = "a,b";
	ck_assert_int_eq(exchange_initial(&x), SASL_OK);
	ck_out(&x, "n,a=a=2Cb,n=u=2Cs=3Dr,r=" TEST_NONCE);
	ck_assert(test_crypto.pbkdf2(
		CRYPTO_SHA256, SLICE_LIT("p w"), SLICE_LIT("salt"), 4097, salted));
	buf_addf(&message, "n=u=2Cs=3Dr,r=" TEST_NONCE ",%s,%s", server_first, without_proof);
	ck_assert(scram_compute(&test_crypto, CRYPTO_SHA256, (struct slice){salted, 32},
		buf_slice(&message), &secrets));
	buf_addf(&want, "%s,p=", without_proof);
	base64_encode(&want, (struct slice){secrets.proof, 32});
	ck_assert_int_eq(exchange_step(&x, slice_str(server_first)), SASL_OK);
	ck_assert_str_eq(buf_str(&x.out), buf_str(&want));
	buf_clear(&want);
	buf_add_str(&want, "v=");
	base64_encode(&want, (struct slice){secrets.signature, 32});
	buf_add_str(&want, ",x=ignored");
	ck_assert_int_eq(exchange_step(&x, buf_slice(&want)), SASL_OK);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_OK);
	exchange_end(&x);
	buf_fini(&message);
	buf_fini(&want);
}
END_TEST

#define R "r=" V1_NONCE
#define S ",s=QSXCR+Q6sek8bf92"

static const struct slice bad_first[] = {
	SLICE_INIT(""),
	SLICE_INIT("nonsense"),
	SLICE_INIT(","),
	SLICE_INIT(",,,"),
	SLICE_INIT("r="),
	SLICE_INIT(R),
	SLICE_INIT(R S),
	SLICE_INIT(R S ","),
	SLICE_INIT(R ",i=4096"),
	SLICE_INIT("s=QSXCR+Q6sek8bf92,i=4096"),
	SLICE_INIT(R ",i=4096" S),
	/* the nonce: not ours, ours alone, ours cut, not at the front, with foreign octets */
	SLICE_INIT("r=Fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j" S ",i=4096"),
	SLICE_INIT("r=" TEST_NONCE S ",i=4096"),
	SLICE_INIT("r=fyko+d2lbbFgONRv9qkxdaw" S ",i=4096"),
	SLICE_INIT("r=x" V1_NONCE S ",i=4096"),
	SLICE_INIT("r=" TEST_NONCE " x" S ",i=4096"),
	SLICE_INIT("r=" TEST_NONCE "\x7f" S ",i=4096"),
	SLICE_INIT("r=" TEST_NONCE "\xc3\xbc" S ",i=4096"),
	SLICE_INIT("r=" TEST_NONCE "\0x" S ",i=4096"),
	SLICE_INIT("r=" TEST_NONCE "\r\n" S ",i=4096"),
	SLICE_INIT("R=" V1_NONCE S ",i=4096"),
	/* the salt */
	SLICE_INIT(R ",s=,i=4096"),
	SLICE_INIT(R ",s=!!!!,i=4096"),
	SLICE_INIT(R ",s=QSXCR,i=4096"),
	SLICE_INIT(R ",s=QR==,i=4096"),
	SLICE_INIT(R ",s=-_-_,i=4096"),
	/* the count */
	SLICE_INIT(R S ",i="),
	SLICE_INIT(R S ",i=0"),
	SLICE_INIT(R S ",i=1"),
	SLICE_INIT(R S ",i=4095"),
	SLICE_INIT(R S ",i=100001"),
	SLICE_INIT(R S ",i=10000000"),
	SLICE_INIT(R S ",i=4294971392"),
	SLICE_INIT(R S ",i=18446744073709555712"),
	SLICE_INIT(R S ",i=99999999999999999999999999999999"),
	SLICE_INIT(R S ",i=-4096"),
	SLICE_INIT(R S ",i=+4096"),
	SLICE_INIT(R S ",i= 4096"),
	SLICE_INIT(R S ",i=4096 "),
	SLICE_INIT(R S ",i=04096"),
	SLICE_INIT(R S ",i=0x1000"),
	SLICE_INIT(R S ",i=4096.0"),
	SLICE_INIT(R S ",i=4e3"),
	SLICE_INIT(R S ",i=4096\0"),
	/* extensions, duplicates */
	SLICE_INIT("m=x," R S ",i=4096"),
	SLICE_INIT(R S ",i=4096,m=x"),
	SLICE_INIT(R S ",i=4096,i=5000"),
	SLICE_INIT(R S ",i=4096,s=c2FsdA=="),
	SLICE_INIT(R S ",i=4096," R),
	SLICE_INIT(R "," R S ",i=4096"),
	SLICE_INIT(R S S ",i=4096"),
	SLICE_INIT(R S ",i=4096,"),
	SLICE_INIT(R S ",i=4096,,x=y"),
	SLICE_INIT(R S ",i=4096,x"),
	SLICE_INIT(R S ",i=4096,x="),
	SLICE_INIT(R S ",i=4096,1=y"),
	SLICE_INIT(R S ",i=4096,x=\x01"),
	SLICE_INIT(V1_SERVER_FINAL),
};

START_TEST(first_refused)
{
	unsigned before = test_pbkdf2_runs();
	struct exchange x;

	begin_vector(&x);
	ck_assert_int_eq(exchange_step(&x, bad_first[_i]), SASL_BAD_CHALLENGE);
	ck_assert_msg(test_pbkdf2_runs() == before, "hashed before all was checked");
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FIRST)), SASL_BAD_CHALLENGE);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_CHALLENGE);
	exchange_end(&x);
}
END_TEST

static const struct slice good_first[] = {
	SLICE_INIT(R S ",i=4096"),
	SLICE_INIT(R S ",i=100000"),
	SLICE_INIT(R S ",i=4096,x=y"),
	SLICE_INIT(R S ",i=4096,x=y=z,Y=\xc3\xbc"),
	SLICE_INIT("r=" TEST_NONCE "!" S ",i=4096"),
	SLICE_INIT(R ",s=QQ==,i=4096"),
};

START_TEST(first_accepted)
{
	struct exchange x;

	begin_vector(&x);
	ck_assert_int_eq(exchange_step(&x, good_first[_i]), SASL_OK);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_SERVER);
	exchange_end(&x);
}
END_TEST

static const struct {
	struct slice text;
	enum sasl_status status;
} bad_final[] = {
	{SLICE_INIT(""), SASL_BAD_CHALLENGE},
	{SLICE_INIT("v="), SASL_BAD_CHALLENGE},
	{SLICE_INIT("v=*"), SASL_BAD_CHALLENGE},
	{SLICE_INIT("rmF9pqV8S7suAoZWja4dJRkFsKQ="), SASL_BAD_CHALLENGE},
	{SLICE_INIT("x=y,v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), SASL_BAD_CHALLENGE},
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,"), SASL_BAD_CHALLENGE},
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,v=AAAA"), SASL_BAD_CHALLENGE},
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,m=x"), SASL_BAD_CHALLENGE},
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ=\0"), SASL_BAD_CHALLENGE},
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQ"), SASL_BAD_CHALLENGE},
	{SLICE_INIT(V1_SERVER_FIRST), SASL_BAD_CHALLENGE},
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKR="), SASL_BAD_CHALLENGE}, /* spare bits */
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKM="), SASL_BAD_SERVER},
	{SLICE_INIT("v=smF9pqV8S7suAoZWja4dJRkFsKQ="), SASL_BAD_SERVER},
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsA=="), SASL_BAD_SERVER}, /* an octet short */
	{SLICE_INIT("v=rmF9pqV8S7suAoZWja4dJRkFsKQA"), SASL_BAD_SERVER}, /* an octet more */
	{SLICE_INIT("v=AAAA"), SASL_BAD_SERVER},
	{SLICE_INIT("e=invalid-proof"), SASL_REJECTED},
	{SLICE_INIT("e="), SASL_REJECTED},
};

START_TEST(final_refused)
{
	struct exchange x;

	begin_vector(&x);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FIRST)), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, bad_final[_i].text), bad_final[_i].status);
	ck_assert_int_eq(sasl_finish(x.sasl), bad_final[_i].status);
	exchange_end(&x);
}
END_TEST

START_TEST(server_error_words)
{
	struct exchange x;

	begin_vector(&x);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FIRST)), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("e=unknown-user")), SASL_REJECTED);
	ck_out(&x, "");
	ck_assert(slice_eq(sasl_server_error(x.sasl), SLICE_LIT("unknown-user")));
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FINAL)), SASL_UNEXPECTED);
	exchange_end(&x);
	begin_vector(&x);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT("e=no-resources")), SASL_REJECTED);
	ck_assert(slice_eq(sasl_server_error(x.sasl), SLICE_LIT("no-resources")));
	exchange_end(&x);
}
END_TEST

START_TEST(success_too_early)
{
	struct exchange x;

	exchange_begin(&x, AUTH_SCRAM_SHA_1, "user", "pencil");
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_SERVER);
	exchange_end(&x);
	begin_vector(&x);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_SERVER);
	exchange_end(&x);
	begin_vector(&x);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FIRST)), SASL_OK);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_BAD_SERVER);
	exchange_end(&x);
}
END_TEST

START_TEST(challenge_too_many)
{
	struct exchange x;

	begin_vector(&x);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FIRST)), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FINAL)), SASL_OK);
	ck_assert_int_eq(exchange_step(&x, SLICE_LIT(V1_SERVER_FINAL)), SASL_UNEXPECTED);
	ck_assert_int_eq(sasl_finish(x.sasl), SASL_UNEXPECTED);
	exchange_end(&x);
}
END_TEST

START_TEST(without_libraries)
{
	struct secret *secret = secret_new("pencil", 6);
	struct auth_credentials creds = {.user = "user", .secret = secret};
	struct sasl *s = sasl_new(AUTH_SCRAM_SHA_1, &creds, NULL);
	struct buf out;

	buf_init(&out, 100);
	ck_assert_int_eq(sasl_initial(s, &out), SASL_NO_CRYPTO);
	sasl_free(s);
	s = sasl_new(AUTH_SCRAM_SHA_1, &creds, &refusing_crypto);
	ck_assert_int_eq(sasl_initial(s, &out), SASL_NO_CRYPTO);
	ck_assert_uint_eq(out.n, 0);
	sasl_free(s);
	buf_fini(&out);
	secret_free(secret);
}
END_TEST

/* A long but allowed challenge is answered; one octet beyond the limit is not; nor is a mebibyte.
 */
START_TEST(size_of_challenge)
{
	static char text[1 << 20];
	struct exchange x;

	memset(text, 'x', sizeof(text));
	memcpy(text, "r=" TEST_NONCE, strlen("r=" TEST_NONCE));
	memcpy(text + SASL_CHALLENGE_MAX - strlen(S ",i=4096"), S ",i=4096", strlen(S ",i=4096"));
	begin_vector(&x);
	ck_assert_int_eq(
		exchange_step(&x, (struct slice){(unsigned char *)text, SASL_CHALLENGE_MAX}),
		SASL_OK);
	exchange_end(&x);
	memset(text + SASL_CHALLENGE_MAX, ' ', sizeof(text) - SASL_CHALLENGE_MAX);
	for (size_t n = SASL_CHALLENGE_MAX + 1; n <= sizeof(text); n = n * 2 - 1) {
		begin_vector(&x);
		ck_assert_int_eq(exchange_step(&x, (struct slice){(unsigned char *)text, n}),
			SASL_BAD_CHALLENGE);
		exchange_end(&x);
	}
}
END_TEST

TCase *tcase_scram(void)
{
	TCase *tc = tcase_create("scram");

	tcase_add_test(tc, vector_sha_1);
	tcase_add_test(tc, vector_sha_256);
	tcase_add_test(tc, exchange_sha_256);
	tcase_add_test(tc, initial_response_on_request);
	tcase_add_test(tc, server_error_words);
	tcase_add_test(tc, without_libraries);
	tcase_add_loop_test(tc, first_accepted, 0, sizeof(good_first) / sizeof(good_first[0]));
	return tc;
}

TCase *tcase_scram_hostile(void)
{
	TCase *tc = tcase_create("scram-hostile");

	tcase_add_loop_test(tc, first_refused, 0, sizeof(bad_first) / sizeof(bad_first[0]));
	tcase_add_loop_test(tc, final_refused, 0, sizeof(bad_final) / sizeof(bad_final[0]));
	tcase_add_test(tc, success_too_early);
	tcase_add_test(tc, challenge_too_many);
	tcase_add_test(tc, size_of_challenge);
	return tc;
}
