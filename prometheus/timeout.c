#include "timeout.h"

#include "base/slice.h"
#include "report/number.h"

#include <strings.h>

static const double scrape_default = 120, scrape_max = 86400;

static bool is_non_finite(const char *text)
{
	static const char *const words[] = {"inf", "infinity", "nan"};

	text += *text == '+' || *text == '-';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

bool timeout_header(const char *text, double *seconds)
{
	*seconds = 0;
	if (!text || is_non_finite(text))
		return true;
	if (!report_number_parse(slice_str(text), seconds))
		return false;
	if (!(*seconds > 0))
		*seconds = 0;
	return true;
}

double timeout_in_force(double module, double scrape, double offset)
{
	double t = scrape > 0 ? scrape : scrape_default;

	if (t > scrape_max)
		t = scrape_max;
	t = t - offset > t / 2 ? t - offset : t / 2;
	return module > 0 && module < t ? module : t;
}
