/*
 * pairbench: what a check costs, ours against Debian's, run for run.
 *
 *	pairbench [-n PAIRS] [-o OURS] [-t THEIRS] [-c]
 *
 * The two take turns, each pair in the other order than the one before, against one server, so
 * that drift of the machine falls on both. CPU is user + system time of the whole process from
 * start to exit. -c adds instruction counts by callgrind. A table goes to standard output, the
 * same as JSON to build/bench/NAME.json.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample.h"
#include "stats.h"

#define PAIRS_MAX  100000
#define PEAK_RUNS  7
#define WARM_PAIRS 5
#define WORDS_MAX  16

/* A comparison; NULL in an argument list stands for the end, PORT and CA are filled in. */
struct contest {
	const char *name;
	const char *what;
	const char *port; /* the server's behaviour */
	const char *their_name;
	const char *their_words[WORDS_MAX];
	const char *our_name;
	const char *our_words[WORDS_MAX];
	bool old_too; /* the words of ours are known to Debian's plugin, too */
};

static const struct contest contests[] = {
	{"plain", "greeting, clear text", "ok", "check_pop", {"-H", "127.0.0.1", "-p", "PORT"},
		"check_pop", {"-H", "127.0.0.1", "-p", "PORT"}, true},
	{"tls", "greeting over TLS, certificate not verified", "tls", "check_spop",
		{"-H", "127.0.0.1", "-p", "PORT"}, "check_spop", {"-H", "127.0.0.1", "-p", "PORT"},
		true},
	{"tls-days", "greeting over TLS, certificate's days", "tls", "check_spop",
		{"-H", "127.0.0.1", "-p", "PORT", "-D", "30,10"}, "check_spop",
		{"-H", "127.0.0.1", "-p", "PORT", "-D", "30,10"}, true},
	{"tls-verified", "ours verifies against a hashed directory, theirs does not", "tls",
		"check_spop", {"-H", "127.0.0.1", "-p", "PORT"}, "check_spop",
		{"-H", "127.0.0.1", "-p", "PORT", "--sni", "localhost", "--tls-verify", "yes",
			"--tls-ca", "CA"},
		false},
};

struct side {
	char *argv[WORDS_MAX + 2];
	double *cpu;
	double *wall;
	double *instructions;
	long peak_kib;
	double callgrind;
	int code;
};

static char build_dir[PATH_MAX];
static char bench_dir[PATH_MAX + 16];
static size_t pairs = 300;
static bool callgrind;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "pairbench: %s: %s\n", what, strerror(errno));
	exit(2);
}

static char *join(const char *dir, const char *file)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		abort();
	return path;
}

/* --- the server ------------------------------------------------------------------------- */

static struct {
	char name[64];
	char port[16];
} ports[256];
static size_t port_count;
static int server_stdin;
static pid_t server_pid;

static void server_start(void)
{
	char *program = join(build_dir, "tests/fakepop");
	char *ca = join(bench_dir, "ca");
	int in[2];
	int out[2];
	FILE *stream;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		die("pipe");
	server_pid = fork();
	if (server_pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl(program, program, "-w", ca, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server_stdin = in[1];
	stream = fdopen(out[0], "r");
	while (stream && port_count < 255 && fscanf(stream, "%63s", ports[port_count].name) == 1 &&
		strcmp(ports[port_count].name, "ready") != 0 &&
		fscanf(stream, "%15s", ports[port_count].port) == 1)
		port_count++;
	if (!stream || !port_count)
		die(program);
	fclose(stream);
	free(program);
	free(ca);
}

static const char *port_of(const char *name)
{
	for (size_t i = 0; i < port_count; i++) {
		if (strcmp(ports[i].name, name) == 0)
			return ports[i].port;
	}
	die(name);
}

/* --- measuring -------------------------------------------------------------------------- */

static double *new_values(void)
{
	double *values = calloc(pairs, sizeof(*values));

	if (!values)
		abort();
	return values;
}

static void side_init(struct side *side, const struct contest *contest, const char *kind,
	const char *name, const char *const words[])
{
	char *dir = join(bench_dir, kind);
	int used = 0;

	*side = (struct side){.cpu = new_values(), .wall = new_values()};
	side->instructions = new_values();
	side->argv[used++] = join(dir, name);
	for (; words[used - 1]; used++) {
		const char *word = words[used - 1];

		if (strcmp(word, "PORT") == 0)
			side->argv[used] = strdup(port_of(contest->port));
		else if (strcmp(word, "CA") == 0)
			side->argv[used] = join(bench_dir, "ca");
		else
			side->argv[used] = strdup(word);
	}
	free(dir);
}

static void side_fini(struct side *side)
{
	for (int i = 0; side->argv[i]; i++)
		free(side->argv[i]);
	free(side->cpu);
	free(side->wall);
	free(side->instructions);
}

static void side_run(struct side *side, size_t index)
{
	const struct sample sample = sample_run(side->argv);

	side->cpu[index] = sample.cpu_ms;
	side->wall[index] = sample.wall_ms;
	side->instructions[index] = sample.instructions;
	side->code = sample.code;
}

static void run_pairs(struct side *theirs, struct side *ours)
{
	for (size_t i = 0; i < WARM_PAIRS; i++) {
		side_run(theirs, 0);
		side_run(ours, 0);
	}
	for (size_t i = 0; i < pairs; i++) {
		side_run(i % 2 ? ours : theirs, i);
		side_run(i % 2 ? theirs : ours, i);
	}
}

static void measure_rest(struct side *side)
{
	for (int i = 0; i < PEAK_RUNS; i++) {
		const long kib = sample_peak_kib(side->argv);

		if (kib > side->peak_kib)
			side->peak_kib = kib;
	}
	if (callgrind)
		side->callgrind = sample_callgrind(side->argv);
}

/* --- telling ---------------------------------------------------------------------------- */

static void tell_ratio(const char *what, const char *unit, const double *ours, const double *theirs)
{
	const struct interval interval = stats_ratio_interval(ours, theirs, pairs);

	printf("  %-14s median %9.3f %9.3f %-3s %6.3f   mean %9.3f %9.3f %6.3f [%.3f, %.3f]  less "
	       "in "
	       "%3.0f %%\n",
		what, stats_median(theirs, pairs), stats_median(ours, pairs), unit,
		stats_median(ours, pairs) / stats_median(theirs, pairs), stats_mean(theirs, pairs),
		stats_mean(ours, pairs), stats_mean(ours, pairs) / stats_mean(theirs, pairs),
		interval.low, interval.high, 100 * stats_share_below(ours, theirs, pairs));
}

static void tell_single(const char *what, double theirs, double ours, const char *unit)
{
	if (theirs <= 0 || ours <= 0)
		return;
	printf("  %-14s        %9.0f %9.0f %-3s %6.3f\n", what, theirs, ours, unit, ours / theirs);
}

static void tell(const struct contest *contest, const struct side *theirs, const struct side *ours)
{
	printf("%s: %s\n  %-14s        %9s %9s %-3s %6s\n", contest->name, contest->what, "",
		"theirs", "ours", "", "ratio");
	tell_ratio("CPU", "ms", ours->cpu, theirs->cpu);
	tell_ratio("wall", "ms", ours->wall, theirs->wall);
	if (sample_counts_instructions())
		tell_single("instructions", stats_median(theirs->instructions, pairs),
			stats_median(ours->instructions, pairs), "");
	tell_single("callgrind", theirs->callgrind, ours->callgrind, "");
	tell_single("peak resident", (double)theirs->peak_kib, (double)ours->peak_kib, "KiB");
	printf("\n");
	fflush(stdout);
}

static void json_side(FILE *out, const char *who, const struct side *side)
{
	fprintf(out,
		"  \"%s\": {\"cpu_ms_median\": %.4f, \"cpu_ms_mean\": %.4f, \"wall_ms_median\": "
		"%.4f,\n"
		"    \"instructions\": %.0f, \"callgrind\": %.0f, \"peak_kib\": %ld},\n",
		who, stats_median(side->cpu, pairs), stats_mean(side->cpu, pairs),
		stats_median(side->wall, pairs), stats_median(side->instructions, pairs),
		side->callgrind, side->peak_kib);
}

static void write_json(
	const struct contest *contest, const struct side *theirs, const struct side *ours)
{
	const struct interval interval = stats_ratio_interval(ours->cpu, theirs->cpu, pairs);
	char *file = NULL;
	char *path;
	FILE *out;

	if (asprintf(&file, "%s.json", contest->name) < 0)
		abort();
	path = join(bench_dir, file);
	out = fopen(path, "we");
	if (!out)
		die(path);
	fprintf(out, "{\n  \"name\": \"%s\",\n  \"pairs\": %zu,\n", contest->name, pairs);
	json_side(out, "theirs", theirs);
	json_side(out, "ours", ours);
	fprintf(out, "  \"cpu_ratio_of_medians\": %.4f,\n",
		stats_median(ours->cpu, pairs) / stats_median(theirs->cpu, pairs));
	fprintf(out, "  \"cpu_ratio_of_means\": %.4f,\n  \"cpu_ratio_95\": [%.4f, %.4f]\n}\n",
		stats_mean(ours->cpu, pairs) / stats_mean(theirs->cpu, pairs), interval.low,
		interval.high);
	fclose(out);
	free(file);
	free(path);
}

/* 0, or -1 when one of the two does not do its work: then a comparison says nothing. */
static int run_contest(const struct contest *contest)
{
	struct side theirs;
	struct side ours;
	int rc = 0;

	side_init(&theirs, contest, "theirs", contest->their_name, contest->their_words);
	side_init(&ours, contest, "ours", contest->our_name, contest->our_words);
	run_pairs(&theirs, &ours);
	if (theirs.code != 0 || ours.code != 0) {
		printf("%s: no comparison: exit codes %d (theirs), %d (ours)\n\n", contest->name,
			theirs.code, ours.code);
		rc = -1;
	} else {
		measure_rest(&theirs);
		measure_rest(&ours);
		tell(contest, &theirs, &ours);
		write_json(contest, &theirs, &ours);
	}
	side_fini(&theirs);
	side_fini(&ours);
	return rc;
}

/* --- the place -------------------------------------------------------------------------- */

static void link_plugins(const char *kind, const char *program)
{
	static const char *const names[] = {"check_pop", "check_spop"};
	char *dir = join(bench_dir, kind);
	char *target = realpath(program, NULL);

	if (!target)
		die(program);
	mkdir(dir, 0755);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = join(dir, names[i]);

		unlink(path);
		if (symlink(target, path) != 0)
			die(path);
		free(path);
	}
	free(dir);
	free(target);
}

static void find_build_dir(void)
{
	char path[PATH_MAX];
	const ssize_t got = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (got < 0)
		die("/proc/self/exe");
	path[got] = '\0';
	snprintf(build_dir, sizeof(build_dir), "%s", dirname(dirname(path)));
	snprintf(bench_dir, sizeof(bench_dir), "%s/bench", build_dir);
	mkdir(bench_dir, 0755);
}

static size_t parse_pairs(const char *text)
{
	const long value = strtol(text, NULL, 10);

	if (value < 2 || value > PAIRS_MAX) {
		fprintf(stderr, "pairbench: -n 2 to %d\n", PAIRS_MAX);
		exit(2);
	}
	return (size_t)value;
}

int main(int argc, char **argv)
{
	const char *theirs = "/usr/lib/nagios/plugins/check_tcp";
	const char *ours = NULL;
	bool stand_in;
	int failed = 0;
	int opt;

	find_build_dir();
	while ((opt = getopt(argc, argv, "n:o:t:c")) != -1) {
		if (opt == 'n')
			pairs = parse_pairs(optarg);
		else if (opt == 'o')
			ours = optarg;
		else if (opt == 't')
			theirs = optarg;
		else if (opt == 'c')
			callgrind = true;
		else
			return 2;
	}
	stand_in = ours && strstr(ours, "/nagios/plugins/") != NULL;
	link_plugins("theirs", theirs);
	link_plugins("ours", ours ? ours : join(build_dir, "check_pop3"));
	server_start();
	printf("%zu pairs; ratio = ours / theirs, in brackets its 95 %% interval\n\n", pairs);
	for (size_t i = 0; i < sizeof(contests) / sizeof(contests[0]); i++) {
		if (!stand_in || contests[i].old_too)
			failed |= run_contest(&contests[i]) != 0;
	}
	close(server_stdin);
	waitpid(server_pid, NULL, 0);
	return failed;
}
