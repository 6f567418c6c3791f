#include "probe/measures.h"

#include <stddef.h>
#include <string.h>

enum { SECONDS_PER_DAY = 24 * 60 * 60 };

static const struct {
	const char *name, *unit, *help;
} measures[] = {
#define MEASURE(id, name, unit, help) [MEASURE_##id] = {name, unit, help},
#include "probe/measures.def"
};

_Static_assert(sizeof(measures) / sizeof(measures[0]) == MEASURE_COUNT, "a row per measure");

const char *probe_measure_name(enum probe_measure m)
{
	return m < MEASURE_COUNT ? measures[m].name : "none";
}

const char *probe_measure_unit(enum probe_measure m)
{
	return m < MEASURE_COUNT ? measures[m].unit : "";
}

const char *probe_measure_help(enum probe_measure m)
{
	return m < MEASURE_COUNT ? measures[m].help : "";
}

bool probe_measure_parse(const char *name, enum probe_measure *out)
{
	for (size_t i = 0; name && i < MEASURE_COUNT; i++) {
		if (strcmp(name, measures[i].name) == 0) {
			*out = (enum probe_measure)i;
			return true;
		}
	}
	return false;
}

static bool seconds(uint64_t ns, double *value)
{
	if (ns == PROBE_NS_NONE)
		return false;
	*value = (double)ns / 1e9;
	return true;
}

static bool count(bool known, uint64_t n, double *value)
{
	if (known)
		*value = (double)n;
	return known;
}

bool probe_result_cert_end(const struct probe_result *r, int64_t *not_after, const char **subject)
{
	const struct tls_facts *f = &r->tls;
	bool path = f->verified && f->path_not_after != INT64_MAX;

	if (!r->has_tls || f->chain_count == 0)
		return false;
	*not_after = path ? f->path_not_after : f->chain[0].not_after;
	if (!subject)
		return true;
	if (path && f->path_not_after_subject && *not_after != f->chain[0].not_after)
		*subject = f->path_not_after_subject;
	else
		*subject = tls_cert_label(&f->chain[0]);
	return true;
}

/* Whole days, truncated: whether it has ended is for probe_result_cert_end() to say. */
static bool cert_days(const struct probe_result *r, double *value)
{
	int64_t end, left, days;

	if (!probe_result_cert_end(r, &end, NULL) ||
		__builtin_sub_overflow(end, r->wall_seconds, &left))
		return false;
	days = left / SECONDS_PER_DAY;
	*value = (double)days;
	return true;
}

bool probe_measure_value(const struct probe_result *r, enum probe_measure m, double *value)
{
	switch (m) {
	case MEASURE_TIME:
		return seconds(r->time_ns, value) || seconds(r->elapsed_ns, value);
	case MEASURE_TIME_RESOLVE:
		return seconds(r->phase_ns[PHASE_RESOLVE], value);
	case MEASURE_TIME_CONNECT:
		return seconds(r->phase_ns[PHASE_CONNECT], value);
	case MEASURE_TIME_PROXY:
		return seconds(r->phase_ns[PHASE_PROXY], value);
	case MEASURE_TIME_TLS:
		return seconds(r->phase_ns[PHASE_TLS], value);
	case MEASURE_TIME_GREETING:
		return seconds(r->phase_ns[PHASE_GREETING], value);
	case MEASURE_TIME_CAPA:
		return seconds(r->phase_ns[PHASE_CAPA], value);
	case MEASURE_TIME_STLS:
		return seconds(r->phase_ns[PHASE_STLS], value);
	case MEASURE_TIME_AUTH:
		return seconds(r->phase_ns[PHASE_AUTH], value);
	case MEASURE_TIME_STAT:
		return seconds(r->phase_ns[PHASE_STAT], value);
	case MEASURE_TIME_SCRIPT:
		return seconds(r->phase_ns[PHASE_SCRIPT], value);
	case MEASURE_TIME_QUIT:
		return seconds(r->phase_ns[PHASE_QUIT], value);
	case MEASURE_CERT_DAYS:
		return cert_days(r, value);
	case MEASURE_MESSAGES:
		return count(r->has_stat, r->messages, value);
	case MEASURE_OCTETS:
		return count(r->has_stat, r->octets, value);
	case MEASURE_TIME_DELIVERY: /* measured by a round trip, not by a single probe */
	case MEASURE_COUNT:
		break;
	}
	return false;
}
