#include "test_report.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *parse(struct sample *s)
{
	const char *text = sample_print(s, report_json);
	struct json_object *o = json_tokener_parse(text);

	ck_assert_msg(o != NULL, "%s", text);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	return o;
}

/* "tls.chain.0.names" */
static struct json_object *at(struct json_object *o, const char *path)
{
	struct slice rest = slice_str(path);

	while (rest.n > 0) {
		struct slice name = slice_cut(&rest, '.');
		char key[64];

		ck_assert_uint_lt(name.n, sizeof(key));
		memcpy(key, name.p, name.n);
		key[name.n] = '\0';
		if (json_object_is_type(o, json_type_array))
			o = json_object_array_get_idx(o, strtoul(key, NULL, 10));
		else
			ck_assert_msg(json_object_object_get_ex(o, key, &o), "no %s", path);
	}
	return o;
}

static const struct {
	const char *path, *json;
} wanted[] = {
	{"schema", "1"},
	{"version", "\"1.0\""},
	{"id", "\"7f\""},
	{"timestamp", "\"2026-11-24T06:00:00Z\""},
	{"target", "{\"host\":\"mail.example.org\",\"port\":110,\"address\":\"192.0.2.1\","
		   "\"family\":4,\"server_name\":\"mail.example.org\"}"},
	{"module", "\"pop3_stls\""},
	{"state", "\"OK\""},
	{"exit_code", "0"},
	{"success", "true"},
	{"message", "\"a message\""},
	{"duration_seconds", "0.045000"},
	{"phases.auth", "0.008000"},
	{"problems", "[]"},
	{"greeting", "\"+OK ready <1896.697@dev>\""},
	{"capabilities", "{\"plain\":[\"STLS\",\"USER\",\"TOP\"],\"tls\":[\"USER\",\"SASL PLAIN "
			 "LOGIN\",\"TOP\",\"UIDL\"],\"authenticated\":null}"},
	{"tls.version", "\"TLS 1.3\""},
	{"tls.cipher", "\"TLS_AES_256_GCM_SHA384\""},
	{"tls.verify", "\"ok\""},
	{"tls.chain.0",
		"{\"subject\":\"CN=mail.example.org\",\"issuer\":\"CN=Sub CA\",\"names\":[\"mail."
		"example.org\"],\"not_before\":\"2026-11-14T06:00:00Z\",\"not_after\":\"2027-01-"
		"25T06:00:00Z\",\"fingerprint_sha256\":"
		"\"abababababababababababababababababababababababababababababababab\"}"},
	{"auth", "{\"mechanism\":\"PLAIN\",\"user\":\"monitor\",\"accepted\":true}"},
	{"maildrop", "{\"messages\":2,\"octets\":4787}"},
	{"steps.6", "{\"name\":\"login\",\"seconds\":0.007000,\"state\":\"OK\",\"message\":null,"
		    "\"captures\":{}}"},
	{"measurements.0", "{\"name\":\"time\",\"value\":0.043000,\"unit\":\"s\",\"warning\":\"2\","
			   "\"critical\":null,\"state\":\"OK\"}"},
};

START_TEST(json_members)
{
	struct sample s;
	struct json_object *o, *copy;

	sample_init(&s);
	s.policy.limits[MEASURE_TIME].has_warning = true;
	ck_assert_ptr_null(report_range_parse("2", &s.policy.limits[MEASURE_TIME].warning));
	sample_judge(&s);
	o = parse(&s);
	copy = at(o, wanted[_i].path);
	ck_assert_str_eq(
		json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN), wanted[_i].json);
	ck_assert(!json_object_object_get_ex(o, "transcript", NULL));
	json_object_put(o);
	sample_fini(&s);
}
END_TEST

START_TEST(json_of_nothing)
{
	static const char *const nulls[] = {"greeting", "tls", "auth", "maildrop", "target.address",
		"target.family", "capabilities.plain", "capabilities.tls", "steps.0.seconds"};
	struct sample s;
	struct json_object *o;

	sample_init(&s);
	sample_empty(&s);
	sample_fail(&s, PHASE_RESOLVE, REASON_DNS_NOT_FOUND, "", NULL);
	for (size_t i = 0; i < s.r.step_count; i++)
		s.steps[i].state = i == 0 ? STEP_STATE_FAILED : STEP_STATE_NOT_REACHED;
	sample_judge(&s);
	o = parse(&s);
	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		if (strcmp(nulls[i], "steps.0.seconds") != 0)
			ck_assert_msg(!at(o, nulls[i]), "%s", nulls[i]);
	ck_assert_str_eq(json_object_get_string(at(o, "steps.0.state")), "CRITICAL");
	ck_assert_str_eq(json_object_get_string(at(o, "steps.1.state")), "SKIPPED");
	ck_assert_ptr_null(at(o, "steps.1.seconds"));
	ck_assert_str_eq(json_object_get_string(at(o, "problems.0.reason")), "dns_not_found");
	ck_assert_str_eq(json_object_get_string(at(o, "problems.0.phase")), "resolve");
	ck_assert_str_eq(json_object_get_string(at(o, "problems.0.severity")), "CRITICAL");
	ck_assert_int_eq(json_object_get_int(at(o, "exit_code")), 2);
	ck_assert(!json_object_get_boolean(at(o, "success")));
	json_object_put(o);
	sample_fini(&s);
}
END_TEST

START_TEST(json_numbers_exact)
{
	struct sample s;
	struct json_object *o;

	sample_init(&s);
	s.r.octets = UINT64_MAX;
	s.r.messages = 9007199254740993;
	sample_judge(&s);
	o = parse(&s);
	ck_assert(json_object_get_uint64(at(o, "maildrop.octets")) == UINT64_MAX);
	ck_assert(json_object_get_uint64(at(o, "maildrop.messages")) == 9007199254740993);
	ck_assert_ptr_nonnull(strstr(sample_print(&s, report_json), "18446744073709551615"));
	ck_assert_ptr_nonnull(strstr(sample_print(&s, report_json),
		"\"name\":\"messages\",\"value\":9007199254740993,"));
	json_object_put(o);
	sample_fini(&s);
}
END_TEST

START_TEST(json_hostile)
{
	struct sample s;
	struct json_object *o;

	sample_init(&s);
	sample_capa(&s, CAPA_TLS, "X\x1b[31m\",\"state\":\"OK\n\xe2\x80\xae</script>\x7f");
	buf_clear(&s.r.greeting);
	buf_add(&s.r.greeting, "+OK \0\xff|", 7);
	sample_fail(&s, PHASE_AUTH, REASON_AUTH_REJECTED, "", "-ERR \xc2\x9b");
	s.item.message = "x \x01 y";
	sample_judge(&s);
	o = parse(&s);
	ck_assert_str_eq(json_object_get_string(at(o, "message")), "x \\x01 y");
	ck_assert_str_eq(json_object_get_string(at(o, "greeting")), "+OK \\x00\\xff|");
	ck_assert_str_eq(
		json_object_get_string(at(o, "capabilities.tls.0")), "X\\x1b[31m\",\"state\":\"OK");
	ck_assert_str_eq(json_object_get_string(at(o, "capabilities.tls.1")),
		"\\xe2\\x80\\xae</script>\\x7f");
	ck_assert_str_eq(json_object_get_string(at(o, "problems.0.message")),
		"login rejected (PLAIN): -ERR \\xc2\\x9b; check user and password");
	json_object_put(o);
	sample_fini(&s);
}
END_TEST

START_TEST(json_ok_failures_are_no_problems)
{
	struct sample s;
	struct json_object *o;

	sample_init(&s);
	s.policy.states[REASON_REJECTED] = SEVERITY_OK;
	sample_fail(&s, PHASE_GREETING, REASON_REJECTED, "", "-ERR");
	sample_judge(&s);
	ck_assert_uint_eq(s.v.problem_count, 1);
	o = parse(&s);
	ck_assert_uint_eq(json_object_array_length(at(o, "problems")), 0);
	ck_assert_str_eq(json_object_get_string(at(o, "steps.1.state")), "OK");
	ck_assert_ptr_null(at(o, "steps.1.message"));
	json_object_put(o);
	sample_fini(&s);
}
END_TEST

START_TEST(json_transcript)
{
	char hello[] = "+OK hi", capa[] = "CAPA", note[] = "connected";
	struct trace_line lines[] = {
		{.at_ns = 500000, .from = TRACE_NOTE, .text = note},
		{.at_ns = 1000000, .from = TRACE_SERVER, .text = hello},
		{.at_ns = 2000000, .from = TRACE_CLIENT, .text = capa},
	};
	struct sample s;
	struct json_object *o;

	sample_init(&s);
	s.r.trace = (struct probe_trace){.lines = lines, .count = 3};
	s.ctx.transcript = true;
	sample_judge(&s);
	o = parse(&s);
	ck_assert_str_eq(
		json_object_to_json_string_ext(at(o, "transcript"), JSON_C_TO_STRING_PLAIN),
		"[{\"at\":0.001000,\"from\":\"server\",\"line\":\"+OK hi\"},"
		"{\"at\":0.002000,\"from\":\"client\",\"line\":\"CAPA\"}]");
	json_object_put(o);
	sample_fini(&s);
}
END_TEST

START_TEST(json_of_several)
{
	struct sample s;
	struct report_item items[2];
	struct json_object *o;
	struct buf out;

	sample_init(&s);
	sample_judge(&s);
	items[0] = items[1] = s.item;
	buf_init(&out, REPORT_OUTPUT_MAX);
	ck_assert(report_json(&out, items, 2));
	o = json_tokener_parse(buf_str(&out));
	ck_assert_uint_eq(json_object_array_length(o), 2);
	ck_assert_str_eq(json_object_get_string(at(o, "1.state")), "OK");
	json_object_put(o);
	buf_fini(&out);
	buf_init(&out, 100);
	ck_assert(!report_json(&out, items, 2));
	buf_fini(&out);
	sample_fini(&s);
}
END_TEST

TCase *tcase_report_json(void)
{
	TCase *t = tcase_create("json");

	tcase_add_loop_test(t, json_members, 0, sizeof(wanted) / sizeof(wanted[0]));
	tcase_add_test(t, json_of_nothing);
	tcase_add_test(t, json_numbers_exact);
	tcase_add_test(t, json_hostile);
	tcase_add_test(t, json_ok_failures_are_no_problems);
	tcase_add_test(t, json_transcript);
	tcase_add_test(t, json_of_several);
	return t;
}
