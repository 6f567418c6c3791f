#include "pop3/listing.h"

enum num_status pop3_listing_pair(struct slice text, uint64_t *first, uint64_t *second)
{
	struct slice a = slice_cut(&text, ' ');
	struct slice b = slice_cut(&text, ' ');
	enum num_status status = num_parse_u64(a, first);

	if (status != NUM_OK)
		return status;
	return num_parse_u64(b, second);
}
