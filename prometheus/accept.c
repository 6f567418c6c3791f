#include "accept.h"

#include "base/slice.h"
#include "report/number.h"

#include <stddef.h>

enum { NAMED_WITH_VERSION = 4, NAMED = 3, TYPE = 2, ANY = 1 };

/* One element of the list. */
struct range {
	struct slice type;
	struct slice version; /* empty: none */
	double q;
};

static const struct {
	struct slice type, tree, version;
} formats[ACCEPT_FORMAT_COUNT] = {
	[ACCEPT_TEXT] = {SLICE_INIT("text/plain"), SLICE_INIT("text/*"), SLICE_INIT("0.0.4")},
	[ACCEPT_OPENMETRICS] = {SLICE_INIT("application/openmetrics-text"),
		SLICE_INIT("application/*"), SLICE_INIT("1.0.0")},
	[ACCEPT_JSON] = {SLICE_INIT("application/json"), SLICE_INIT("application/*"),
		SLICE_INIT("")},
};

static struct slice trim(struct slice s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static void parameter(struct range *r, struct slice p)
{
	struct slice name = trim(slice_cut(&p, '=')), value = trim(p);

	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"') {
		value.p++;
		value.n -= 2;
	}
	if (slice_ieq(name, SLICE_LIT("version")))
		r->version = value;
	else if (slice_ieq(name, SLICE_LIT("q")) && !report_number_parse(value, &r->q))
		r->q = 0;
}

static struct range next_range(struct slice *list)
{
	struct slice element = slice_cut(list, ',');
	struct range r = {.q = 1};

	r.type = trim(slice_cut(&element, ';'));
	while (element.n)
		parameter(&r, slice_cut(&element, ';'));
	return r;
}

/* How closely a range names a format; 0: not at all. */
static int closeness(const struct range *r, enum accept_format f)
{
	if (slice_ieq(r->type, formats[f].type)) {
		if (r->version.n == 0)
			return NAMED;
		return slice_eq(r->version, formats[f].version) ? NAMED_WITH_VERSION : 0;
	}
	if (slice_ieq(r->type, formats[f].tree))
		return TYPE;
	return slice_eq(r->type, SLICE_LIT("*/*")) ? ANY : 0;
}

/* The closest range decides how much a format is wanted. */
static double wanted(struct slice list, enum accept_format f, int *best)
{
	double q = 0;

	*best = 0;
	while (list.n) {
		struct range r = next_range(&list);
		int close = closeness(&r, f);

		if (close > *best || (close && close == *best && r.q > q)) {
			*best = close;
			q = r.q;
		}
	}
	return q;
}

enum accept_format accept_format(const char *header, bool json)
{
	enum accept_format found = ACCEPT_TEXT;
	double most = 0;
	int closest = 0;

	for (int i = 0; i < (json ? ACCEPT_FORMAT_COUNT : ACCEPT_JSON); i++) {
		enum accept_format f = (enum accept_format)i;
		int close;
		double q = wanted(slice_str(header), f, &close);

		/* Among equals the one that was named, then text. */
		if (q > most || (q > 0 && q >= most && close > closest)) {
			found = f;
			most = q;
			closest = close;
		}
	}
	return found;
}

bool accept_gzip(const char *header)
{
	struct slice list = slice_str(header);
	double q = 0;
	bool named = false;

	while (list.n) {
		struct range r = next_range(&list);
		bool gzip = slice_ieq(r.type, SLICE_LIT("gzip"));

		if (gzip || (!named && slice_eq(r.type, SLICE_LIT("*"))))
			q = r.q;
		named |= gzip;
	}
	return q > 0;
}
