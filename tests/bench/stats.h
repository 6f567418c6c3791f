/* Order statistics and the paired bootstrap. Arrays are not changed. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

struct interval {
	double low;
	double high;
};

double stats_mean(const double *values, size_t count);
double stats_median(const double *values, size_t count);

/* 95 % interval of mean(OURS) / mean(THEIRS), pairs redrawn together; the same at each call. */
struct interval stats_ratio_interval(const double *ours, const double *theirs, size_t count);

/* How many of the pairs have OURS below THEIRS, as a share. */
double stats_share_below(const double *ours, const double *theirs, size_t count);

#endif
