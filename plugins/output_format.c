#include "output_format.h"

#include <string.h>

const char *output_format_name(enum output_format f)
{
	static const char *const names[FORMAT_COUNT] = {
		[FORMAT_CLASSIC] = "classic",
		[FORMAT_MULTI_LINE] = "multi-line",
		[FORMAT_MP_TEST_JSON] = "mp-test-json",
		[FORMAT_JSON] = "json",
		[FORMAT_PROMETHEUS] = "prometheus",
		[FORMAT_TAP] = "tap",
		[FORMAT_JUNIT] = "junit",
	};

	return names[f];
}

bool output_format_parse(const char *text, size_t n, enum output_format *out)
{
	for (int i = 0; i < FORMAT_COUNT; i++) {
		const char *name = output_format_name((enum output_format)i);

		if (strlen(name) == n && memcmp(name, text, n) == 0) {
			*out = (enum output_format)i;
			return true;
		}
	}
	return false;
}
