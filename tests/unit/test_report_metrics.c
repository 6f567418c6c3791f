#include "test_report.h"

#include <stdio.h>
#include <string.h>

static bool prometheus(struct buf *out, const struct report_item *items, size_t count)
{
	return count == 1 && report_prometheus(out, items);
}

static bool openmetrics(struct buf *out, const struct report_item *items, size_t count)
{
	return count == 1 && report_metrics(out, &exposition_openmetrics, items);
}

static bool has_line(const char *text, const char *line)
{
	const char *p = text;
	size_t n = strlen(line);

	while ((p = strstr(p, line))) {
		if ((p == text || p[-1] == '\n') && p[n] == '\n')
			return true;
		p++;
	}
	return false;
}

static size_t series(const char *text)
{
	size_t n = 0;

	for (const char *p = text; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		n += *p != '#';
	return n;
}

static const char *const fine[] = {
	"# HELP probe_success Whether the probe was a success: OK or WARNING",
	"# TYPE probe_success gauge",
	"# TYPE probe_tls_version_info gauge",
	"probe_success 1",
	"probe_pop3_state 0",
	"probe_duration_seconds 0.045",
	"probe_timeout_seconds 10",
	"probe_dns_lookup_time_seconds 0.001",
	"probe_ip_protocol 4",
	/* FNV-1a of c0 00 02 01 */
	"probe_ip_addr_hash 1969986452",
	"probe_pop3_duration_seconds{phase=\"auth\"} 0.008",
	"probe_pop3_step_duration_seconds{step=\"capa\"} 0.009",
	"probe_pop3_step_duration_seconds{step=\"login\"} 0.007",
	"probe_pop3_maildrop_messages 2",
	"probe_pop3_maildrop_bytes 4787",
	"probe_pop3_received_bytes 5000",
	"probe_pop3_sent_bytes 900",
	"probe_pop3_stls_offered 1",
	"probe_pop3_stls_trailing_bytes 0",
	"probe_pop3_plaintext_login_offered 1",
	"probe_ssl_earliest_cert_expiry 1800856800",
	"probe_ssl_last_chain_expiry_timestamp_seconds 1800856800",
	"probe_ssl_last_chain_info{fingerprint_sha256="
	"\"abababababababababababababababababababababab"
	"abababababababababab\",issuer=\"CN=Sub CA\",subject=\"CN=mail.example.org\","
	"subjectalternative=\"mail.example.org\"} 1",
	"probe_ssl_cert_not_after_timestamp_seconds{chain_index=\"1\",fingerprint_sha256=\"abababab"
	"abababababababababababababababababababababababababababab\",subject=\"CN=Sub CA\",issuer="
	"\"CN=Root\"} 1803276000",
	"probe_ssl_verify_info{result=\"ok\"} 1",
	"probe_tls_version_info{version=\"TLS 1.3\"} 1",
	"probe_tls_cipher_info{cipher=\"TLS_AES_256_GCM_SHA384\"} 1",
};

START_TEST(metrics_of_success)
{
	struct sample s;
	const char *text;

	sample_init(&s);
	sample_judge(&s);
	text = sample_print(&s, prometheus);
	ck_assert_msg(has_line(text, fine[_i]), "no %s", fine[_i]);
	ck_assert_ptr_null(strstr(text, "probe_failure_info"));
	ck_assert_ptr_null(strstr(text, "greeting_info"));
	ck_assert_ptr_null(strstr(text, "capability_info"));
	sample_fini(&s);
}
END_TEST

/* Families once, sorted, HELP and TYPE first; no two samples alike; ends in a line feed. */
static void check_form(const char *text)
{
	char seen[256][512], family[128] = "";
	size_t count = 0;

	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	while (*text) {
		size_t n = strcspn(text, "\n"), name;
		const char *key = text + (strncmp(text, "# HELP ", 7) == 0 ? 7 : 0);

		name = strcspn(key, " {");
		if (key != text) {
			ck_assert_int_lt(strncmp(family, key, name), 0);
			snprintf(family, sizeof(family), "%.*s", (int)name, key);
		} else if (*text != '#') {
			ck_assert_msg(strlen(family) == name && !strncmp(text, family, name),
				"%.*s", (int)n, text);
			ck_assert_uint_lt(count, 256);
			for (size_t i = 0; i < count; i++)
				ck_assert_msg(strncmp(seen[i], text, strlen(seen[i])) != 0, "%s",
					seen[i]);
			snprintf(seen[count++], sizeof(seen[0]), "%.*s ",
				(int)(memrchr(text, ' ', n)
						? (const char *)memrchr(text, ' ', n) - text
						: 0),
				text);
		}
		text += n + 1;
	}
}

START_TEST(metrics_form)
{
	struct sample s;

	sample_init(&s);
	s.ctx.greeting_metric = s.ctx.capability_metric = true;
	for (int reason = 0; reason < REASON_COUNT; reason++) {
		sample_fail(&s, PHASE_TLS, (enum probe_reason)reason, "", "-ERR");
		sample_judge(&s);
		check_form(sample_print(&s, prometheus));
	}
	sample_empty(&s);
	sample_judge(&s);
	check_form(sample_print(&s, prometheus));
	sample_fini(&s);
}
END_TEST

/* Also where the server serves a dozen certificates. */
START_TEST(metrics_are_bounded)
{
	struct sample s;

	sample_init(&s);
	for (size_t i = 2; i < TLS_CHAIN_MAX; i++) {
		s.r.tls.chain[i] = s.r.tls.chain[1];
		s.r.tls.chain_count++;
	}
	sample_fail(&s, PHASE_QUIT, REASON_INTERNAL, "", NULL);
	sample_judge(&s);
	ck_assert_uint_le(series(sample_print(&s, prometheus)), REPORT_SERIES_MAX);
	ck_assert_uint_ge(series(sample_print(&s, prometheus)), 35);
	s.ctx.tls_mode = PROBE_TLS_IMPLICIT;
	s.r.phase_ns[PHASE_STLS] = PROBE_NS_NONE;
	s.steps[3].name = "capa";
	ck_assert_uint_le(series(sample_print(&s, prometheus)), REPORT_SERIES_MAX);
	s.r.tls.chain_count = 2;
	sample_fini(&s);
}
END_TEST

START_TEST(metrics_of_failure)
{
	struct sample s;
	const char *text;

	sample_init(&s);
	s.r.tls.verified = false;
	s.r.tls.defects = 1U << TLS_DEFECT_EXPIRED;
	s.policy.limits[MEASURE_TIME].has_critical = true;
	ck_assert_ptr_null(report_range_parse("0.01", &s.policy.limits[MEASURE_TIME].critical));
	sample_fail(&s, PHASE_TLS, REASON_CERT_EXPIRED, "", NULL);
	sample_judge(&s);
	text = sample_print(&s, prometheus);
	ck_assert(has_line(text, "probe_success 0"));
	ck_assert(has_line(text, "probe_pop3_state 2"));
	ck_assert(has_line(text, "probe_failure_info{phase=\"tls\",reason=\"cert_expired\","
				 "severity=\"critical\"} 1"));
	ck_assert(has_line(text, "probe_ssl_verify_info{result=\"cert_expired\"} 1"));
	ck_assert(has_line(
		text, "probe_pop3_limit_violated{metric=\"time\",severity=\"critical\"} 1"));
	ck_assert_ptr_nonnull(strstr(text, "probe_ssl_cert_not_after"));
	ck_assert_ptr_null(strstr(text, "last_chain_expiry"));
	ck_assert_ptr_null(strstr(text, "step=\"login\""));
	sample_fini(&s);
}
END_TEST

START_TEST(metrics_of_warning)
{
	struct sample s;
	const char *text;

	sample_init(&s);
	sample_fail(&s, PHASE_AUTH, REASON_IN_USE, "", NULL);
	sample_judge(&s);
	text = sample_print(&s, prometheus);
	ck_assert(has_line(text, "probe_success 1"));
	ck_assert(has_line(text, "probe_pop3_state 1"));
	ck_assert(has_line(text, "probe_failure_info{phase=\"auth\",reason=\"in_use\","
				 "severity=\"warning\"} 1"));
	sample_fini(&s);
}
END_TEST

START_TEST(metrics_of_nothing)
{
	struct sample s;
	const char *text;

	sample_init(&s);
	sample_empty(&s);
	s.r.step_count = 0;
	sample_fail(&s, PHASE_CONNECT, REASON_TOO_MANY_PROBES, "", NULL);
	s.r.step_count = 0;
	sample_judge(&s);
	text = sample_print(&s, prometheus);
	ck_assert(has_line(text, "probe_success 0"));
	ck_assert(has_line(text, "probe_failure_info{phase=\"connect\",reason=\"too_many_probes\","
				 "severity=\"unknown\"} 1"));
	ck_assert_uint_eq(series(text), 7);
	sample_fini(&s);
}
END_TEST

START_TEST(metrics_of_server_text)
{
	struct sample s;
	const char *text;

	sample_init(&s);
	s.ctx.greeting_metric = s.ctx.capability_metric = true;
	sample_capa(&s, CAPA_TLS, "X\"} 1\nX\"} 1\nIMPLEMENTATION a\\b\xff\n");
	buf_clear(&s.r.greeting);
	buf_add_str(&s.r.greeting, "+OK <not a stamp> hi \"x\" \\ <1.2@dev> \x1b");
	sample_judge(&s);
	text = sample_print(&s, prometheus);
	ck_assert_msg(has_line(text, "probe_pop3_greeting_info{banner=\"<not a stamp> hi \\\"x\\\" "
				     "\\\\  \\\\x1b\"} 1"),
		"%s", text);
	ck_assert(has_line(text, "probe_pop3_capability_info{stage=\"tls\",capability=\"X\\\"}\","
				 "arguments=\"1\"} 1"));
	ck_assert(has_line(text, "probe_pop3_capability_info{stage=\"tls\",capability="
				 "\"IMPLEMENTATION\",arguments=\"a\\\\b\\\\xff\"} 1"));
	check_form(text);
	sample_fini(&s);
}
END_TEST

START_TEST(metrics_stls_offers)
{
	struct sample s;

	sample_init(&s);
	sample_capa(&s, CAPA_PLAIN, "TOP\nSASL CRAM-MD5");
	sample_judge(&s);
	ck_assert(has_line(sample_print(&s, prometheus), "probe_pop3_stls_offered 0"));
	ck_assert(has_line(sample_print(&s, prometheus), "probe_pop3_plaintext_login_offered 0"));
	sample_capa(&s, CAPA_PLAIN, "TOP\nSASL PLAIN");
	ck_assert(has_line(sample_print(&s, prometheus), "probe_pop3_plaintext_login_offered 1"));
	pop3_capa_free(s.r.capa[CAPA_PLAIN]);
	s.r.capa[CAPA_PLAIN] = NULL;
	ck_assert(has_line(sample_print(&s, prometheus), "probe_pop3_stls_offered 0"));
	s.r.capa_asked[CAPA_PLAIN] = false;
	ck_assert_ptr_null(strstr(sample_print(&s, prometheus), "_offered"));
	sample_fini(&s);
}
END_TEST

START_TEST(metrics_ip6)
{
	struct sample s;

	sample_init(&s);
	snprintf(s.r.address, sizeof(s.r.address), "::1%%lo");
	s.r.family = 6;
	sample_judge(&s);
	/* FNV-1a of fifteen 00 and 01 */
	ck_assert(has_line(sample_print(&s, prometheus), "probe_ip_addr_hash 1751717746"));
	sample_fini(&s);
}
END_TEST

START_TEST(metrics_openmetrics)
{
	struct sample s;
	const char *text;

	sample_init(&s);
	sample_judge(&s);
	text = sample_print(&s, openmetrics);
	ck_assert(has_line(text, "# TYPE probe_tls_version info"));
	ck_assert(has_line(text, "probe_tls_version_info{version=\"TLS 1.3\"} 1"));
	ck_assert(has_line(text, "# UNIT probe_duration_seconds seconds"));
	ck_assert_str_eq(text + strlen(text) - 6, "# EOF\n");
	sample_fini(&s);
}
END_TEST

START_TEST(exposition_counter_and_histogram)
{
	static const struct exposition_family counter = {
		"x_total", EXPOSITION_COUNTER, NULL, "a \\ and\nb \"q\""};
	static const struct exposition_family histogram = {
		"y_seconds", EXPOSITION_HISTOGRAM, "seconds", "how long"};
	struct exposition_label le = {"le", "+Inf"};
	struct exposition e;
	struct buf out;

	buf_init(&out, 4096);
	exposition_init(&e, &exposition_text, &out);
	exposition_begin(&e, &counter);
	exposition_add_u64(&e, "", NULL, 0, 3);
	exposition_begin(&e, &histogram);
	exposition_add_u64(&e, "_bucket", &le, 1, 2);
	exposition_add(&e, "_sum", NULL, 0, 0.5);
	ck_assert(exposition_end(&e));
	ck_assert_str_eq(buf_str(&out),
		"# HELP x_total a \\\\ and\\nb \"q\"\n# TYPE x_total counter\nx_total 3\n"
		"# HELP y_seconds how long\n# TYPE y_seconds histogram\n"
		"y_seconds_bucket{le=\"+Inf\"} 2\ny_seconds_sum 0.5\n");
	buf_clear(&out);
	exposition_init(&e, &exposition_openmetrics, &out);
	exposition_begin(&e, &counter);
	exposition_add_u64(&e, "", NULL, 0, 3);
	ck_assert(exposition_end(&e));
	ck_assert_str_eq(buf_str(&out), "# TYPE x counter\n# HELP x a \\\\ and\\nb \\\"q\\\"\n"
					"x_total 3\n# EOF\n");
	buf_fini(&out);
}
END_TEST

TCase *tcase_report_metrics(void)
{
	TCase *t = tcase_create("metrics");

	tcase_add_loop_test(t, metrics_of_success, 0, sizeof(fine) / sizeof(fine[0]));
	tcase_add_test(t, metrics_form);
	tcase_add_test(t, metrics_are_bounded);
	tcase_add_test(t, metrics_of_failure);
	tcase_add_test(t, metrics_of_warning);
	tcase_add_test(t, metrics_of_nothing);
	tcase_add_test(t, metrics_of_server_text);
	tcase_add_test(t, metrics_stls_offers);
	tcase_add_test(t, metrics_ip6);
	tcase_add_test(t, metrics_openmetrics);
	tcase_add_test(t, exposition_counter_and_histogram);
	return t;
}
