#include "stats.h"

#include "process_stats.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct failure {
	struct failure *next;
	enum probe_phase phase;
	enum probe_reason reason;
	uint64_t count;
};

struct stats_module {
	struct stats_module *next;
	struct failure *failures; /* sorted by phase, then reason */
	uint64_t probes;
	char name[];
};

static const double bounds[STATS_BUCKETS] = {
	0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

static const char *const rejections[STATS_REJECTIONS] = {
	[STATS_TOO_MANY_PROBES] = "too_many_probes",
	[STATS_TARGET_NOT_ALLOWED] = "target_not_allowed",
};

void stats_init(struct stats *s)
{
	*s = (struct stats){0};
}

void stats_fini(struct stats *s)
{
	while (s->modules) {
		struct stats_module *m = s->modules;

		while (m->failures) {
			struct failure *f = m->failures;

			m->failures = f->next;
			free(f);
		}
		s->modules = m->next;
		free(m);
	}
}

static struct stats_module *module_of(struct stats *s, const char *name)
{
	struct stats_module **at = &s->modules, *m;
	size_t n = strlen(name) + 1;

	while (*at && strcmp((*at)->name, name) < 0)
		at = &(*at)->next;
	if (*at && strcmp((*at)->name, name) == 0)
		return *at;
	m = calloc(1, sizeof(*m) + n);
	if (!m)
		return NULL;
	memcpy(m->name, name, n);
	m->next = *at;
	*at = m;
	return m;
}

static int rank(const struct failure *f, enum probe_phase phase, enum probe_reason reason)
{
	if (f->phase != phase)
		return f->phase < phase ? -1 : 1;
	if (f->reason != reason)
		return f->reason < reason ? -1 : 1;
	return 0;
}

static void count_failure(struct stats_module *m, enum probe_phase phase, enum probe_reason reason)
{
	struct failure **at = &m->failures, *f;

	while (*at && rank(*at, phase, reason) < 0)
		at = &(*at)->next;
	if (!*at || rank(*at, phase, reason) != 0) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return;
		f->next = *at;
		f->phase = phase;
		f->reason = reason;
		*at = f;
	} else {
		f = *at;
	}
	f->count++;
}

void stats_probe(struct stats *s, const char *module, enum probe_phase phase,
	enum probe_reason reason, uint64_t ns)
{
	struct stats_module *m = module_of(s, module);
	double seconds = (double)ns / 1e9;
	size_t i = 0;

	if (m) {
		m->probes++;
		if (reason != REASON_NONE)
			count_failure(m, phase, reason);
	}
	while (i < STATS_BUCKETS && seconds > bounds[i])
		i++;
	s->buckets[i]++;
	s->count++;
	s->seconds += seconds;
}

static void write_build_info(const struct stats *s, struct exposition *e)
{
	const struct exposition_label labels[] = {
		{"compiler", __VERSION__}, {"version", POP3PROBE_VERSION}};

	(void)s;
	exposition_add(e, "", labels, 2, 1);
}

static void write_reload_ok(const struct stats *s, struct exposition *e)
{
	exposition_gauge(e, s->reload_ok);
}

static void write_reload_time(const struct stats *s, struct exposition *e)
{
	if (s->reload_seconds)
		exposition_gauge(e, (double)s->reload_seconds);
}

static void write_histogram(const struct stats *s, struct exposition *e)
{
	uint64_t sum = 0;

	for (size_t i = 0; i <= STATS_BUCKETS; i++) {
		char bound[32] = "+Inf";
		const struct exposition_label le = {"le", bound};

		/* OpenMetrics wants floats here, and both forms the same series. */
		if (i < STATS_BUCKETS)
			snprintf(bound, sizeof(bound), bounds[i] < 1 ? "%g" : "%.1f", bounds[i]);
		sum += s->buckets[i];
		exposition_add_u64(e, "_bucket", &le, 1, sum);
	}
	exposition_add(e, "_sum", NULL, 0, s->seconds);
	exposition_add_u64(e, "_count", NULL, 0, s->count);
}

static void write_failures(const struct stats *s, struct exposition *e)
{
	for (const struct stats_module *m = s->modules; m; m = m->next)
		for (const struct failure *f = m->failures; f; f = f->next) {
			const struct exposition_label labels[] = {{"module", m->name},
				{"phase", probe_phase_name(f->phase)},
				{"reason", probe_reason_name(f->reason)}};

			exposition_add_u64(e, "", labels, 3, f->count);
		}
}

static void write_in_flight(const struct stats *s, struct exposition *e)
{
	exposition_add_u64(e, "", NULL, 0, s->in_flight);
}

static void write_rejected(const struct stats *s, struct exposition *e)
{
	for (size_t i = 0; i < STATS_REJECTIONS; i++) {
		const struct exposition_label reason = {"reason", rejections[i]};

		exposition_add_u64(e, "", &reason, 1, s->rejected[i]);
	}
}

static void write_probes(const struct stats *s, struct exposition *e)
{
	for (const struct stats_module *m = s->modules; m; m = m->next) {
		const struct exposition_label module = {"module", m->name};

		exposition_add_u64(e, "", &module, 1, m->probes);
	}
}

/* Sorted by name. */
static const struct {
	struct exposition_family family;
	void (*write)(const struct stats *s, struct exposition *e);
} families[] = {
	{{"pop3_exporter_build_info", EXPOSITION_INFO, NULL, "Version of the exporter"},
		write_build_info},
	{{"pop3_exporter_config_last_reload_success_timestamp_seconds", EXPOSITION_GAUGE, "seconds",
		 "When the module file was last loaded without an error, in Unix time"},
		write_reload_time},
	{{"pop3_exporter_config_last_reload_successful", EXPOSITION_GAUGE, NULL,
		 "Whether the last attempt to load the module file was a success"},
		write_reload_ok},
	{{"pop3_exporter_probe_duration_seconds", EXPOSITION_HISTOGRAM, "seconds",
		 "How long probes took"},
		write_histogram},
	{{"pop3_exporter_probe_failures_total", EXPOSITION_COUNTER, NULL,
		 "Probes that were not OK, by where and why"},
		write_failures},
	{{"pop3_exporter_probes_in_flight", EXPOSITION_GAUGE, NULL, "Probes under way"},
		write_in_flight},
	{{"pop3_exporter_probes_rejected_total", EXPOSITION_COUNTER, NULL,
		 "Probes that were answered without a connection"},
		write_rejected},
	{{"pop3_exporter_probes_total", EXPOSITION_COUNTER, NULL, "Probes that were made"},
		write_probes},
};

bool stats_write(const struct stats *s, const struct exposition_format *format, struct buf *out)
{
	struct exposition e;

	exposition_init(&e, format, out);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		exposition_begin(&e, &families[i].family);
		families[i].write(s, &e);
	}
	process_stats_write(&e, s->start_seconds);
	return exposition_end(&e);
}
