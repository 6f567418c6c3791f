/* -v: phases, certificates, capabilities. -vv: the transcript. -vvv: steps, settings, digests.
 * Always on lines of their own, behind the first, which monitoring cores read. */
#include "base/base64.h"
#include "base/text.h"
#include "line.h"
#include "report.h"
#include "version.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_OCTETS_MAX = 4096 };

void lines_addf(struct words *lines, const char *fmt, ...)
{
	char *text = NULL;
	struct buf shown;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	buf_init(&shown, 2 * LINE_OCTETS_MAX);
	(void)text_printable(&shown, slice_str(text), LINE_OCTETS_MAX, TEXT_NO_PIPE);
	free(text);
	text = buf_dup(&shown);
	buf_fini(&shown);
	if (text)
		line_defuse_tags(text);
	(void)words_take(lines, text);
}

static void date(int64_t when, char out[40])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, 40, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		*out = '\0';
}

static void add_phases(struct words *lines, const struct probe_result *r)
{
	struct buf text;

	buf_init(&text, 1024);
	for (int i = 0; i < PHASE_COUNT; i++)
		if (r->phase_ns[i] != PROBE_NS_NONE)
			(void)buf_addf(&text, "%s%s %.3f ms", text.n ? ", " : "",
				probe_phase_name((enum probe_phase)i),
				(double)r->phase_ns[i] / 1e6);
	if (text.n)
		lines_addf(lines, "phases: %s", buf_str(&text));
	buf_fini(&text);
}

static void add_address(struct words *lines, const struct probe_result *r)
{
	const char *family = r->family == 6 ? " (IPv6)" : r->family == 4 ? " (IPv4)" : "";

	if (*r->address)
		lines_addf(lines, "address: %s%s, %zu tried, %llu octets received, %llu sent",
			r->address, family, r->addresses_tried,
			(unsigned long long)r->received_octets, (unsigned long long)r->sent_octets);
}

static void add_names(struct buf *out, const struct tls_cert *c)
{
	for (size_t i = 0; i < c->name_count; i++)
		(void)buf_addf(out, "%s%s", i ? ", " : "", c->names[i]);
}

static void add_certificate(struct words *lines, const struct tls_facts *f, size_t i)
{
	const struct tls_cert *c = &f->chain[i];
	char begin[40], end[40];
	struct buf names;

	date(c->not_before, begin);
	date(c->not_after, end);
	lines_addf(lines, "certificate %zu: %s; issuer %s; valid %s to %s%s", i, c->subject,
		c->issuer, begin, end,
		f->verify_ran && !c->on_path ? "; not on the verified path" : "");
	if (!c->name_count)
		return;
	buf_init(&names, LINE_OCTETS_MAX);
	add_names(&names, c);
	lines_addf(lines, "certificate %zu: names %s", i, buf_str(&names));
	buf_fini(&names);
}

static void add_tls(struct words *lines, const struct tls_facts *f)
{
	const char *verdict = "not verified";

	if (f->verify_ran)
		verdict = f->verified ? "verified" : "verification failed";
	if (*f->version)
		lines_addf(lines, "tls: %s, %s, %s", f->version, f->cipher, verdict);
	if (f->verify_detail)
		lines_addf(lines, "tls: %s", f->verify_detail);
	for (size_t i = 0; i < f->chain_count; i++)
		add_certificate(lines, f, i);
}

static void add_capabilities(struct words *lines, const struct probe_result *r)
{
	static const char *const stages[CAPA_STAGE_COUNT] = {
		[CAPA_PLAIN] = "plain", [CAPA_TLS] = "tls", [CAPA_AUTHENTICATED] = "authenticated"};

	for (int stage = 0; stage < CAPA_STAGE_COUNT; stage++) {
		const struct pop3_capa *c = r->capa[stage];
		struct buf text;

		if (!c)
			continue;
		buf_init(&text, LINE_OCTETS_MAX);
		for (size_t i = 0; i < pop3_capa_count(c); i++) {
			(void)buf_add_str(&text, i ? ", " : "");
			(void)buf_add_slice(&text, pop3_capa_line(c, i));
		}
		lines_addf(lines, "capabilities (%s): %s", stages[stage], buf_str(&text));
		buf_fini(&text);
	}
}

static void add_transcript(struct words *lines, const struct probe_trace *t)
{
	static const char *const from[] = {
		[TRACE_CLIENT] = "C:", [TRACE_SERVER] = "S:", [TRACE_NOTE] = "--"};

	for (size_t i = 0; i < t->count; i++)
		lines_addf(lines, "%9.3f ms %s %s", (double)t->lines[i].at_ns / 1e6,
			from[t->lines[i].from], t->lines[i].text);
	if (t->dropped)
		lines_addf(lines, "%zu more lines", t->dropped);
}

static void add_steps(struct words *lines, const struct probe_result *r)
{
	static const char *const states[] = {[STEP_STATE_NOT_REACHED] = "not reached",
		[STEP_STATE_RUNNING] = "under way",
		[STEP_STATE_OK] = "ok",
		[STEP_STATE_FAILED] = "failed"};

	for (size_t i = 0; i < r->step_count; i++)
		lines_addf(lines, "step %zu: %s, %s, %.3f ms", i + 1,
			r->steps[i].name ? r->steps[i].name : "", states[r->steps[i].state],
			(double)r->steps[i].ns / 1e6);
}

static void add_digests(struct words *lines, const struct tls_facts *f)
{
	for (size_t i = 0; i < f->chain_count; i++) {
		struct buf text;

		buf_init(&text, 512);
		(void)buf_add_str(&text, "sha256//");
		(void)base64_encode(&text, (struct slice){f->chain[i].spki_sha256, 32});
		(void)buf_add_str(&text, ", fingerprint ");
		for (size_t k = 0; k < 32; k++)
			(void)buf_addf(&text, "%02x", f->chain[i].sha256[k]);
		lines_addf(lines, "certificate %zu: key %s", i, buf_str(&text));
		buf_fini(&text);
	}
}

static void add_settings(struct words *lines, const struct settings *s, const struct outcome *o)
{
	struct buf where;

	buf_init(&where, 1024);
	line_where(&where, s);
	lines_addf(lines, "%s %s as %s: %s, module %s, timeout %lu s", "pop3probe",
		POP3PROBE_VERSION, s->service.program, buf_str(&where), o->context.module,
		s->timeout_s);
	buf_fini(&where);
	if (o->context.server_name)
		lines_addf(lines, "server name: %s", o->context.server_name);
	if (s->user)
		lines_addf(lines, "user: %s", s->user);
	if (s->authz)
		lines_addf(lines, "authorization identity: %s", s->authz);
}

void verbose_add(struct words *lines, const struct settings *s, const struct outcome *o)
{
	const struct probe_result *r = o->result;

	if (s->verbose >= 3)
		add_settings(lines, s, o);
	if (s->verbose >= 1) {
		add_address(lines, r);
		add_phases(lines, r);
		if (r->has_tls)
			add_tls(lines, &r->tls);
		if (!s->jail)
			add_capabilities(lines, r);
	}
	if (s->verbose >= 2 && !s->jail)
		add_transcript(lines, &r->trace);
	if (s->verbose >= 3) {
		add_steps(lines, r);
		add_digests(lines, &r->tls);
	}
}
