/* One measured run of a program: started, fed nothing, its output thrown away. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stdbool.h>

struct sample {
	double cpu_ms;	     /* user + system, of the whole process */
	double wall_ms;	     /* from the fork to the reaping */
	double instructions; /* in user space; 0 where the machine does not count them */
	int code;	     /* exit code; 128 + signal */
};

/* Whether the processor's counter of instructions is open to us. */
bool sample_counts_instructions(void);

/* Runs ARGV once. Aborts when it cannot be started. */
struct sample sample_run(char *const argv[]);

/*
 * The most memory ARGV holds resident, in KiB: VmHWM at its exit, read through ptrace, since
 * ru_maxrss also counts what the parent held when it forked.
 */
long sample_peak_kib(char *const argv[]);

/* Instructions under valgrind's callgrind; 0 when there is no valgrind. */
double sample_callgrind(char *const argv[]);

#endif
