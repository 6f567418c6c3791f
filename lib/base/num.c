#include "base/num.h"

enum num_status num_parse_u64(struct slice s, uint64_t *out)
{
	uint64_t value = 0;
	bool fits = true;

	if (s.n == 0)
		return NUM_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = s.p[i] - (unsigned)'0';

		if (digit > 9)
			return NUM_SYNTAX;
		fits = fits && value <= (UINT64_MAX - digit) / 10;
		value = value * 10 + digit;
	}
	if (!fits)
		return NUM_RANGE;
	*out = value;
	return NUM_OK;
}
