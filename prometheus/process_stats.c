#include "process_stats.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static void gauge(
	struct exposition *e, const char *name, const char *unit, const char *help, double value)
{
	const struct exposition_family f = {name, EXPOSITION_GAUGE, unit, help};

	exposition_begin(e, &f);
	exposition_gauge(e, value);
}

static void write_cpu(struct exposition *e)
{
	static const struct exposition_family f = {"process_cpu_seconds_total", EXPOSITION_COUNTER,
		NULL, "Total user and system CPU time spent in seconds"};
	struct rusage r;

	if (getrusage(RUSAGE_SELF, &r) != 0)
		return;
	exposition_begin(e, &f);
	exposition_gauge(e, (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
				    (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6);
}

static void write_open_fds(struct exposition *e)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	if (!d)
		return;
	while (readdir(d))
		n++;
	(void)closedir(d);
	/* ".", ".." and the folder itself. */
	gauge(e, "process_open_fds", NULL, "Number of open file descriptors",
		n > 3 ? (double)(n - 3) : 0);
}

/* In pages; 0: not known. */
static void read_memory(unsigned long *size, unsigned long *resident)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char line[128] = "", *rest;

	*size = *resident = 0;
	if (!f)
		return;
	if (fgets(line, sizeof(line), f)) {
		*size = strtoul(line, &rest, 10);
		*resident = strtoul(rest, NULL, 10);
	}
	(void)fclose(f);
}

void process_stats_write(struct exposition *e, int64_t start_seconds)
{
	double page = (double)sysconf(_SC_PAGESIZE);
	unsigned long size, resident;
	struct rlimit limit;

	read_memory(&size, &resident);
	write_cpu(e);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		gauge(e, "process_max_fds", NULL, "Maximum number of open file descriptors",
			(double)limit.rlim_cur);
	write_open_fds(e);
	if (resident)
		gauge(e, "process_resident_memory_bytes", "bytes", "Resident memory size in bytes",
			(double)resident * page);
	gauge(e, "process_start_time_seconds", "seconds",
		"Start time of the process since unix epoch in seconds", (double)start_seconds);
	if (size)
		gauge(e, "process_virtual_memory_bytes", "bytes", "Virtual memory size in bytes",
			(double)size * page);
}
