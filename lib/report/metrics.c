/* A value that is not known has no sample: no 0, no -1, no NaN in its place. */
#include "report/metrics.h"

#include "base/text.h"
#include "report/words.h"

#include <arpa/inet.h>
#include <string.h>

const char *metrics_label(struct exposition *e, struct buf *b, struct slice text)
{
	buf_clear(b);
	if (!text_printable(b, text, METRICS_LABEL_MAX, TEXT_PLAIN))
		e->out->failed = true;
	return buf_str(b);
}

static void seconds(struct exposition *e, uint64_t ns)
{
	if (ns != PROBE_NS_NONE)
		exposition_gauge(e, (double)ns / 1e9);
}

/* blackbox_exporter: 0 where the target was an address. */
static void dns_lookup(struct exposition *e, const struct report_item *item)
{
	uint64_t ns = item->result->phase_ns[PHASE_RESOLVE];

	seconds(e, ns == PROBE_NS_NONE && item->result->addresses_tried > 0 ? 0 : ns);
}

static void duration(struct exposition *e, const struct report_item *item)
{
	seconds(e, item->result->elapsed_ns);
}

static void timeout(struct exposition *e, const struct report_item *item)
{
	if (item->context->timeout_ns > 0)
		seconds(e, item->context->timeout_ns);
}

static void failed_due_to_regex(struct exposition *e, const struct report_item *item)
{
	bool mismatch = item->result->reason == REASON_EXPECT_MISMATCH;

	if (mismatch || item->result->phase_ns[PHASE_SCRIPT] != PROBE_NS_NONE)
		exposition_gauge(e, mismatch);
}

/* Only the deciding problem: one series, and no two that differ in nothing. */
static void failure(struct exposition *e, const struct report_item *item)
{
	const struct report_verdict *v = item->verdict;
	static const char *const severities[] = {"ok", "warning", "critical", "unknown"};
	struct exposition_label labels[3];

	if (v->state == SEVERITY_OK || v->problem_count == 0)
		return;
	labels[0] = (struct exposition_label){"phase", probe_phase_name(v->problems[0].phase)};
	labels[1] = (struct exposition_label){"reason", probe_reason_name(v->problems[0].reason)};
	labels[2] = (struct exposition_label){"severity", severities[v->problems[0].severity]};
	exposition_add(e, "", labels, 3, 1);
}

/* blackbox_exporter: FNV-1a, 32 bits, over the 4 or 16 octets of the address. */
static void ip_addr_hash(struct exposition *e, const struct report_item *item)
{
	const struct probe_result *r = item->result;
	size_t text = strcspn(r->address, "%"); /* a zone is no part of it */
	unsigned char octets[16];
	char address[sizeof(r->address)];
	uint32_t hash = 2166136261U;

	memcpy(address, r->address, text);
	address[text] = '\0';
	if ((r->family != 4 && r->family != 6) ||
		inet_pton(r->family == 4 ? AF_INET : AF_INET6, address, octets) != 1)
		return;
	for (size_t i = 0; i < (r->family == 4 ? 4 : sizeof(octets)); i++)
		hash = (hash ^ octets[i]) * 16777619U;
	exposition_add_u64(e, "", NULL, 0, hash);
}

static void ip_protocol(struct exposition *e, const struct report_item *item)
{
	if (item->result->family == 4 || item->result->family == 6)
		exposition_gauge(e, item->result->family);
}

static void phases(struct exposition *e, const struct report_item *item)
{
	for (size_t i = 0; i < PHASE_COUNT; i++) {
		uint64_t ns = item->result->phase_ns[i];
		struct exposition_label label = {"phase", probe_phase_name((enum probe_phase)i)};

		if (ns != PROBE_NS_NONE)
			exposition_add(e, "", &label, 1, (double)ns / 1e9);
	}
}

static bool is_step(const struct step_result *step)
{
	/* The frame of every program; its phases have the same times. */
	return step->name && step->state != STEP_STATE_NOT_REACHED && step->ns != PROBE_NS_NONE &&
	       step->phase != PHASE_CONNECT && step->phase != PHASE_TLS &&
	       step->phase != PHASE_QUIT;
}

/* Steps of one name in one sample. */
static void steps(struct exposition *e, const struct report_item *item)
{
	const struct probe_result *r = item->result;
	struct buf text;

	buf_init(&text, METRICS_TEXT_MAX);
	for (size_t i = 0; i < r->step_count; i++) {
		struct exposition_label label = {"step", NULL};
		uint64_t ns = 0;
		size_t first = r->step_count;

		if (!is_step(&r->steps[i]))
			continue;
		for (size_t k = r->step_count; k-- > 0;) {
			if (!is_step(&r->steps[k]) ||
				strcmp(r->steps[k].name, r->steps[i].name) != 0)
				continue;
			ns += r->steps[k].ns;
			first = k;
		}
		label.value = metrics_label(e, &text, slice_str(r->steps[i].name));
		if (first == i)
			exposition_add(e, "", &label, 1, (double)ns / 1e9);
	}
	buf_fini(&text);
}

static void limit_sample(struct exposition *e, const struct report_measurement *m,
	const char *severity, const struct report_range *range)
{
	struct exposition_label labels[] = {
		{"metric", probe_measure_name(m->measure)}, {"severity", severity}};

	exposition_add(e, "", labels, 2, report_range_alert(range, m->value));
}

static void limits(struct exposition *e, const struct report_item *item)
{
	const struct report_verdict *v = item->verdict;

	for (size_t i = 0; i < v->measurement_count; i++) {
		const struct report_measurement *m = &v->measurements[i];

		if (m->limit && m->limit->has_warning)
			limit_sample(e, m, "warning", &m->limit->warning);
		if (m->limit && m->limit->has_critical)
			limit_sample(e, m, "critical", &m->limit->critical);
	}
}

static void maildrop_bytes(struct exposition *e, const struct report_item *item)
{
	if (item->result->has_stat)
		exposition_add_u64(e, "", NULL, 0, item->result->octets);
}

static void maildrop_messages(struct exposition *e, const struct report_item *item)
{
	if (item->result->has_stat)
		exposition_add_u64(e, "", NULL, 0, item->result->messages);
}

static void received(struct exposition *e, const struct report_item *item)
{
	exposition_add_u64(e, "", NULL, 0, item->result->received_octets);
}

static void result_age(struct exposition *e, const struct report_item *item)
{
	if (item->context->age_ns > 0)
		seconds(e, item->context->age_ns);
}

static void sent(struct exposition *e, const struct report_item *item)
{
	exposition_add_u64(e, "", NULL, 0, item->result->sent_octets);
}

static void state(struct exposition *e, const struct report_item *item)
{
	exposition_gauge(e, report_exit_code(item->verdict->state));
}

static void stls_trailing(struct exposition *e, const struct report_item *item)
{
	if (item->result->phase_ns[PHASE_STLS] != PROBE_NS_NONE)
		exposition_add_u64(e, "", NULL, 0, item->result->stls_trailing_octets);
}

static void success(struct exposition *e, const struct report_item *item)
{
	enum probe_severity s = item->verdict->state;

	exposition_gauge(e, s == SEVERITY_OK || s == SEVERITY_WARNING);
}

#define GAUGE(name, unit, help)                                                                    \
	{                                                                                          \
		name, EXPOSITION_GAUGE, unit, help                                                 \
	}
#define INFO(name, help)                                                                           \
	{                                                                                          \
		name, EXPOSITION_INFO, NULL, help                                                  \
	}

/* Sorted by name. */
static const struct {
	struct exposition_family family;
	metrics_fn *collect;
} families[] = {
	{GAUGE("probe_dns_lookup_time_seconds", "seconds",
		 "Time taken for the name resolution, 0 for an address"),
		dns_lookup},
	{GAUGE("probe_duration_seconds", "seconds", "How long the probe took"), duration},
	{GAUGE("probe_failed_due_to_regex", NULL,
		 "Whether the probe failed because a reply was not the expected one"),
		failed_due_to_regex},
	{INFO("probe_failure_info", "Where and why the probe is not OK; absent while it is OK"),
		failure},
	{GAUGE("probe_ip_addr_hash", NULL, "Hash of the IP address, to see when it changes"),
		ip_addr_hash},
	{GAUGE("probe_ip_protocol", NULL, "Whether the probe used IP protocol 4 or 6"),
		ip_protocol},
	{INFO("probe_pop3_capability_info",
		 "A capability that the server offers, by the stage of the session"),
		metrics_capabilities},
	{GAUGE("probe_pop3_duration_seconds", "seconds", "Time spent in a phase of the probe"),
		phases},
	{INFO("probe_pop3_greeting_info", "The greeting of the server, without its timestamp"),
		metrics_greeting},
	{GAUGE("probe_pop3_limit_violated", NULL,
		 "Whether a measure is beyond its configured limit"),
		limits},
	{GAUGE("probe_pop3_maildrop_bytes", "bytes", "Size of the maildrop, as STAT tells it"),
		maildrop_bytes},
	{GAUGE("probe_pop3_maildrop_messages", NULL,
		 "Messages in the maildrop, as STAT tells them"),
		maildrop_messages},
	{GAUGE("probe_pop3_plaintext_login_offered", NULL,
		 "Whether the server offers a login that shows the secret before TLS"),
		metrics_plaintext_login},
	{GAUGE("probe_pop3_received_bytes", "bytes", "Bytes received from the server"), received},
	{GAUGE("probe_pop3_result_age_seconds", "seconds",
		 "Age of a result that is given again, as the login may not be repeated yet"),
		result_age},
	{GAUGE("probe_pop3_sent_bytes", "bytes", "Bytes sent to the server"), sent},
	{GAUGE("probe_pop3_state", NULL, "State: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"), state},
	{GAUGE("probe_pop3_step_duration_seconds", "seconds",
		 "Time spent in a step of the program; connect, tls and quit are phases only"),
		steps},
	{GAUGE("probe_pop3_stls_offered", NULL, "Whether the server offers STLS"),
		metrics_stls_offered},
	{GAUGE("probe_pop3_stls_trailing_bytes", "bytes",
		 "Bytes in clear text behind the reply to STLS; not 0 in an injection"),
		stls_trailing},
	{GAUGE("probe_ssl_cert_not_after_timestamp_seconds", "seconds",
		 "End of validity of a served certificate in Unix time; index 0 is the leaf"),
		metrics_cert_not_after},
	{GAUGE("probe_ssl_cert_not_before_timestamp_seconds", "seconds",
		 "Begin of validity of a served certificate in Unix time; index 0 is the leaf"),
		metrics_cert_not_before},
	{GAUGE("probe_ssl_earliest_cert_expiry", NULL,
		 "Earliest end of validity of all served certificates in Unix time"),
		metrics_earliest_expiry},
	{GAUGE("probe_ssl_last_chain_expiry_timestamp_seconds", "seconds",
		 "Latest end of validity of the verified chains in Unix time"),
		metrics_last_chain_expiry},
	{INFO("probe_ssl_last_chain_info", "The leaf certificate"), metrics_last_chain_info},
	{INFO("probe_ssl_verify_info", "Result of the verification, ok or the worst defect"),
		metrics_verify},
	{GAUGE("probe_success", NULL, "Whether the probe was a success: OK or WARNING"), success},
	{GAUGE("probe_timeout_seconds", "seconds", "Timeout that was in force"), timeout},
	{INFO("probe_tls_cipher_info", "TLS cipher in use"), metrics_cipher},
	{INFO("probe_tls_version_info", "TLS version in use"), metrics_tls_version},
};

bool report_metrics(
	struct buf *out, const struct exposition_format *format, const struct report_item *item)
{
	struct exposition e;

	exposition_init(&e, format, out);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		exposition_begin(&e, &families[i].family);
		families[i].collect(&e, item);
	}
	return exposition_end(&e);
}

bool report_prometheus(struct buf *out, const struct report_item *item)
{
	return report_metrics(out, &exposition_text, item);
}
