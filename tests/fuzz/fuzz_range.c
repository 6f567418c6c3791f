/* Threshold ranges: what was read prints to text that reads back as the same range. */
#include "fuzz.h"
#include "report/range.h"

#include <math.h>
#include <string.h>

/* Without the sign of zero, which means nothing here. */
static bool same(const struct report_range *a, const struct report_range *b)
{
	return !(a->start < b->start) && !(a->start > b->start) && !(a->end < b->end) &&
	       !(a->end > b->end) && a->inside == b->inside;
}

static void check_alerts(const struct report_range *a, const struct report_range *b)
{
	const double values[] = {0, -1, 1, 1e300, -1e300, a->start, a->end, nextafter(a->start, 0),
		nextafter(a->end, INFINITY)};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		FUZZ_CHECK(report_range_alert(a, values[i]) == report_range_alert(b, values[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_range range, back;
	char text[REPORT_RANGE_TEXT_MAX], in[512];

	if (size >= sizeof(in))
		return 0;
	memcpy(in, data, size);
	in[size] = '\0';
	if (report_range_parse(in, &range) != NULL)
		return 0;
	FUZZ_CHECK(!isnan(range.start) && !isnan(range.end));
	FUZZ_CHECK(range.start <= range.end);
	report_range_exact(&range, -1, text, sizeof(text));
	FUZZ_CHECK(report_range_parse(text, &back) == NULL);
	FUZZ_CHECK(same(&range, &back));
	check_alerts(&range, &back);
	report_range_text(&range, -1, text, sizeof(text));
	FUZZ_CHECK(fuzz_is_clean((struct slice){(unsigned char *)text, strlen(text)}, false));
	FUZZ_CHECK(strpbrk(text, " ;'=|") == NULL);
	return 0;
}
