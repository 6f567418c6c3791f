#include "test_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
	char *p = strdup(text);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void make_cert(struct tls_cert *c, const char *cn, const char *issuer, int64_t end)
{
	char subject[128];

	snprintf(subject, sizeof(subject), "CN=%s", cn);
	*c = (struct tls_cert){.subject = copy(subject), .issuer = copy(issuer)};
	c->common_name = copy(cn);
	c->names = calloc(2, sizeof(*c->names));
	ck_assert_ptr_nonnull(c->names);
	c->names[0] = copy(cn);
	c->name_count = 1;
	c->not_before = NOW - 10 * DAY;
	c->not_after = end;
	memset(c->sha256, 0xab, sizeof(c->sha256));
	c->on_path = true;
}

static void make_tls(struct probe_result *r)
{
	struct tls_facts *f = &r->tls;

	r->has_tls = true;
	*f = (struct tls_facts){.handshake_done = true, .verify_ran = true, .verified = true};
	snprintf(f->version, sizeof(f->version), "TLS 1.3");
	snprintf(f->cipher, sizeof(f->cipher), "TLS_AES_256_GCM_SHA384");
	make_cert(&f->chain[0], "mail.example.org", "CN=Sub CA", NOW + 62 * DAY);
	make_cert(&f->chain[1], "Sub CA", "CN=Root", NOW + 90 * DAY);
	f->chain_count = f->served_count = 2;
	f->served_not_after = f->path_not_after = f->last_chain_not_after = NOW + 62 * DAY;
	f->path_not_after_subject = copy("mail.example.org");
	f->served_not_after_subject = copy("mail.example.org");
}

static void make_steps(struct sample *s)
{
	static const struct {
		const char *name;
		enum probe_phase phase;
	} rows[] = {
		{"connect", PHASE_CONNECT},
		{"greeting", PHASE_GREETING},
		{"capa", PHASE_CAPA},
		{"stls", PHASE_STLS},
		{"tls", PHASE_TLS},
		{"capa", PHASE_CAPA},
		{"login", PHASE_AUTH},
		{"quit", PHASE_QUIT},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		s->steps[i] = (struct step_result){
			.name = rows[i].name,
			.phase = rows[i].phase,
			.state = STEP_STATE_OK,
			.ns = (i + 1) * 1000000,
		};
	s->r.steps = s->steps;
	s->r.step_count = sizeof(rows) / sizeof(rows[0]);
}

static void make_capa(struct probe_result *r, enum capa_stage stage, const char *lines)
{
	struct slice rest = slice_str(lines);

	pop3_capa_free(r->capa[stage]);
	r->capa_asked[stage] = true;
	r->capa[stage] = pop3_capa_new();
	ck_assert_ptr_nonnull(r->capa[stage]);
	while (rest.n > 0) {
		struct slice line = slice_cut(&rest, '\n');

		ck_assert(pop3_capa_add(r->capa[stage], line, line) == POP3_ERROR_NONE);
	}
}

void sample_capa(struct sample *s, enum capa_stage stage, const char *lines)
{
	make_capa(&s->r, stage, lines);
}

static void make_result(struct sample *s)
{
	struct probe_result *r = &s->r;

	r->reason = REASON_NONE;
	buf_init(&r->server_text, SERVER_TEXT_MAX);
	buf_init(&r->greeting, SERVER_TEXT_MAX);
	buf_init(&r->raw, 65536);
	r->wall_seconds = NOW;
	r->elapsed_ns = 45000000;
	r->time_ns = 43000000;
	for (size_t i = 0; i < PHASE_COUNT; i++)
		r->phase_ns[i] = (i + 1) * 1000000;
	r->phase_ns[PHASE_PROXY] = r->phase_ns[PHASE_SCRIPT] = PROBE_NS_NONE;
	snprintf(r->address, sizeof(r->address), "192.0.2.1");
	r->family = 4;
	r->addresses_tried = 1;
	r->received_octets = 5000;
	r->text_octets = 3000;
	r->sent_octets = 900;
	r->greeting_ok = true;
	buf_add_str(&r->greeting, "+OK ready <1896.697@dev>");
	make_capa(r, CAPA_PLAIN, "STLS\nUSER\nTOP");
	make_capa(r, CAPA_TLS, "USER\nSASL PLAIN LOGIN\nTOP\nUIDL");
	r->login_tried = r->login_accepted = true;
	r->mech = AUTH_PLAIN;
	r->has_stat = true;
	r->messages = 2;
	r->octets = 4787;
}

void sample_init(struct sample *s)
{
	*s = (struct sample){.v = {.state = SEVERITY_OK}};
	report_policy_init(&s->policy);
	make_result(s);
	make_tls(&s->r);
	make_steps(s);
	s->ctx = (struct report_context){
		.host = "mail.example.org",
		.port = 110,
		.server_name = "mail.example.org",
		.module = "pop3_stls",
		.user = "monitor",
		.tls_mode = PROBE_TLS_STLS,
		.login = &s->login,
		.timeout_ns = 10 * (uint64_t)1000000000,
		.version = "1.0",
		.id = "7f",
	};
	s->item = (struct report_item){&s->r, &s->v, &s->ctx, "a message"};
}

void sample_fail(struct sample *s, enum probe_phase phase, enum probe_reason reason,
	const char *detail, const char *text)
{
	bool over = false;

	s->r.phase = phase;
	s->r.reason = reason;
	snprintf(s->r.detail, sizeof(s->r.detail), "%s", detail);
	buf_clear(&s->r.server_text);
	if (text)
		buf_add_str(&s->r.server_text, text);
	for (size_t i = 0; i < s->r.step_count; i++) {
		bool here = !over && s->steps[i].phase == phase;

		s->steps[i].state = over   ? STEP_STATE_NOT_REACHED
				    : here ? STEP_STATE_FAILED
					   : STEP_STATE_OK;
		over = over || here;
	}
}

static void forget_tls(struct probe_result *r)
{
	tls_facts_fini(&r->tls);
	r->tls = (struct tls_facts){.served_not_after = INT64_MAX};
	r->has_tls = false;
}

void sample_empty(struct sample *s)
{
	forget_tls(&s->r);
	for (int i = 0; i < CAPA_STAGE_COUNT; i++) {
		pop3_capa_free(s->r.capa[i]);
		s->r.capa[i] = NULL;
		s->r.capa_asked[i] = false;
	}
	for (size_t i = 0; i < PHASE_COUNT; i++)
		s->r.phase_ns[i] = PROBE_NS_NONE;
	buf_clear(&s->r.greeting);
	s->r.address[0] = '\0';
	s->r.family = 0;
	s->r.addresses_tried = 0;
	s->r.received_octets = s->r.text_octets = s->r.sent_octets = 0;
	s->r.greeting_ok = s->r.login_tried = s->r.login_accepted = s->r.has_stat = false;
	for (size_t i = 0; i < s->r.step_count; i++)
		s->steps[i].state = STEP_STATE_NOT_REACHED;
}

void sample_judge(struct sample *s)
{
	report_verdict_fini(&s->v);
	ck_assert(report_verdict_make(&s->v, &s->r, &s->policy, &s->ctx));
}

void sample_fini(struct sample *s)
{
	report_verdict_fini(&s->v);
	for (int i = 0; i < CAPA_STAGE_COUNT; i++)
		pop3_capa_free(s->r.capa[i]);
	tls_facts_fini(&s->r.tls);
	buf_fini(&s->r.server_text);
	buf_fini(&s->r.greeting);
	buf_fini(&s->r.raw);
}

const char *sample_print(
	struct sample *s, bool (*print)(struct buf *, const struct report_item *, size_t))
{
	static char text[65536];
	struct buf out;

	buf_init(&out, REPORT_OUTPUT_MAX);
	ck_assert(print(&out, &s->item, 1));
	ck_assert_uint_lt(out.n, sizeof(text));
	memcpy(text, out.p, out.n);
	text[out.n] = '\0';
	buf_fini(&out);
	return text;
}

Suite *suite_report(void)
{
	Suite *suite = suite_create("report");

	suite_add_tcase(suite, tcase_report_range());
	suite_add_tcase(suite, tcase_report_words());
	suite_add_tcase(suite, tcase_report_verdict());
	suite_add_tcase(suite, tcase_report_json());
	suite_add_tcase(suite, tcase_report_metrics());
	suite_add_tcase(suite, tcase_report_cases());
	return suite;
}
