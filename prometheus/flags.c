#include "flags.h"

#include "base/num.h"
#include "report/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY_DEFAULT = 10 };

/* Each returns NULL or what is wrong with the value. */
typedef const char *set_fn(struct flags *f, const char *value);

static const char *set_config_file(struct flags *f, const char *value)
{
	f->config_file = value;
	return NULL;
}

static const char *set_web_config_file(struct flags *f, const char *value)
{
	f->web_config_file = value;
	return NULL;
}

static const char *set_listen(struct flags *f, const char *value)
{
	if (f->listen_count == FLAGS_LISTEN_MAX)
		return "too many addresses";
	f->listen[f->listen_count++] = value;
	return NULL;
}

static const char *set_offset(struct flags *f, const char *value)
{
	double seconds;

	if (!report_number_parse(slice_str(value), &seconds) || seconds < 0)
		return "not a number of seconds";
	f->timeout_offset = seconds;
	return NULL;
}

static const char *parse_count(const char *value, size_t *out)
{
	uint64_t n;

	if (num_parse_u64(slice_str(value), &n) != NUM_OK || n > 1000000)
		return "not a number from 0 to 1000000";
	*out = (size_t)n;
	return NULL;
}

static const char *set_history(struct flags *f, const char *value)
{
	return parse_count(value, &f->history_limit);
}

static const char *set_probes_max(struct flags *f, const char *value)
{
	return parse_count(value, &f->probes_max);
}

static const char *set_log_level(struct flags *f, const char *value)
{
	return log_level_parse(value, &f->log.level) ? NULL : "not debug, info, warn or error";
}

static const char *set_log_format(struct flags *f, const char *value)
{
	f->log.json = strcmp(value, "json") == 0;
	return f->log.json || strcmp(value, "logfmt") == 0 ? NULL : "not logfmt or json";
}

static const char *set_allow(struct flags *f, const char *value)
{
	return allow_add(&f->allow, value);
}

static const struct {
	const char *name;
	set_fn *set;
} with_value[] = {
	{"--config.file", set_config_file},
	{"--web.listen-address", set_listen},
	{"--web.config.file", set_web_config_file},
	{"--timeout-offset", set_offset},
	{"--history.limit", set_history},
	{"--log.level", set_log_level},
	{"--log.format", set_log_format},
	{"--targets.allow", set_allow},
	{"--probes.max", set_probes_max},
};

static const struct {
	const char *name;
	enum flags_act act;
} without_value[] = {
	{"--config.check", FLAGS_CHECK},
	{"--help", FLAGS_HELP},
	{"-h", FLAGS_HELP},
	{"--version", FLAGS_VERSION},
	{"-V", FLAGS_VERSION},
};

const char *flags_help(void)
{
	return "usage: pop3_exporter [flags]\n"
	       "\n"
	       "Probes POP3 servers for Prometheus.\n"
	       "\n"
	       "  --config.file FILE          modules and credentials; a glob for several files\n"
	       "  --config.check              read the file, say whether it is good, and end\n"
	       "  --web.listen-address A      HOST:PORT, default :9995; repeatable\n"
	       "  --web.config.file FILE      TLS and basic auth of the web server\n"
	       "  --timeout-offset SECONDS    taken off the scrape timeout, default 0.5\n"
	       "  --history.limit N           results kept of each target, default 10\n"
	       "  --targets.allow CIDR[:PORTS]  probe these addresses only; repeatable\n"
	       "  --probes.max N              probes at once; default by descriptors\n"
	       "  --log.level LEVEL           debug, info, warn, error\n"
	       "  --log.format FORMAT         logfmt, json\n"
	       "  --version, --help\n";
}

static void bad(struct flags *f, const char *flag, const char *what)
{
	f->act = FLAGS_BAD;
	snprintf(f->problem, sizeof(f->problem), "%.120s: %s", flag, what);
}

static bool is_act(struct flags *f, const char *arg)
{
	for (size_t i = 0; i < sizeof(without_value) / sizeof(without_value[0]); i++) {
		if (strcmp(arg, without_value[i].name) == 0) {
			f->act = without_value[i].act;
			return true;
		}
	}
	return false;
}

static set_fn *setter(const char *arg, size_t n)
{
	for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
		if (strlen(with_value[i].name) == n && memcmp(arg, with_value[i].name, n) == 0)
			return with_value[i].set;
	return NULL;
}

/* Returns how many arguments were taken. */
static int parse_one(struct flags *f, char *const argv[])
{
	const char *arg = argv[0], *value = strchr(arg, '=');
	size_t n = value ? (size_t)(value - arg) : strlen(arg);
	set_fn *set = setter(arg, n);
	const char *problem;
	int taken = 1;

	if (is_act(f, arg))
		return 1;
	if (!set) {
		bad(f, arg, "unknown flag");
		return 1;
	}
	if (value) {
		value++;
	} else {
		value = argv[1];
		taken = 2;
	}
	problem = value ? set(f, value) : "needs a value";
	if (problem)
		bad(f, arg, problem);
	return taken;
}

void flags_parse(struct flags *f, int argc, char *const argv[])
{
	*f = (struct flags){
		.timeout_offset = 0.5,
		.history_limit = HISTORY_DEFAULT,
		.log = {.level = LOG_LEVEL_INFO},
	};
	for (int i = 1; i < argc && f->act != FLAGS_BAD;)
		i += parse_one(f, argv + i);
	if (f->listen_count == 0)
		f->listen[f->listen_count++] = ":9995";
}

void flags_fini(struct flags *f)
{
	allow_fini(&f->allow);
}
