#include "stats.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS 2000

static int compare(const void *a, const void *b)
{
	const double left = *(const double *)a;
	const double right = *(const double *)b;

	return (left > right) - (left < right);
}

static double *sorted(const double *values, size_t count)
{
	double *copy = calloc(count, sizeof(*copy));

	if (!copy)
		abort();
	memcpy(copy, values, count * sizeof(*copy));
	qsort(copy, count, sizeof(*copy), compare);
	return copy;
}

double stats_mean(const double *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return sum / (double)count;
}

double stats_median(const double *values, size_t count)
{
	double *order = sorted(values, count);
	const double median =
		count % 2 ? order[count / 2] : (order[count / 2 - 1] + order[count / 2]) / 2;

	free(order);
	return median;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static double redrawn_ratio(const double *ours, const double *theirs, size_t count, uint64_t *state)
{
	double our_sum = 0;
	double their_sum = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t pick = (size_t)(next_random(state) % count);

		our_sum += ours[pick];
		their_sum += theirs[pick];
	}
	return our_sum / their_sum;
}

struct interval stats_ratio_interval(const double *ours, const double *theirs, size_t count)
{
	static double ratios[DRAWS];
	uint64_t state = 0x9e3779b97f4a7c15U;

	for (size_t i = 0; i < DRAWS; i++)
		ratios[i] = redrawn_ratio(ours, theirs, count, &state);
	qsort(ratios, DRAWS, sizeof(ratios[0]), compare);
	return (struct interval){ratios[DRAWS / 40], ratios[DRAWS - DRAWS / 40]};
}

double stats_share_below(const double *ours, const double *theirs, size_t count)
{
	size_t below = 0;

	for (size_t i = 0; i < count; i++)
		below += ours[i] < theirs[i];
	return (double)below / (double)count;
}
