#include "report/words.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool words_safe(struct buf *out, struct slice text, size_t max)
{
	return text_printable(out, text, max, TEXT_NO_PIPE);
}

bool words_safe_str(struct buf *out, const char *text, size_t max)
{
	return words_safe(out, slice_str(text), max);
}

struct slice words_chomp(struct slice line)
{
	while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	return line;
}

const char *words_host(const struct report_context *ctx)
{
	return ctx->host ? ctx->host : "127.0.0.1";
}

static bool broken_down(int64_t t, struct tm *tm)
{
	time_t seconds = (time_t)t;

	return gmtime_r(&seconds, tm) != NULL && tm->tm_year > -1900 && tm->tm_year < 8100;
}

/* By hand: strftime would follow a locale. */
const char *words_date_classic(int64_t t, char out[WORDS_DATE_MAX])
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm;

	if (!broken_down(t, &tm))
		return "an unknown date";
	snprintf(out, WORDS_DATE_MAX, "%s %s %2d %02d:%02d:%02d %d +0000", days[tm.tm_wday],
		months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
	return out;
}

const char *words_date_rfc3339(int64_t t, char out[WORDS_DATE_MAX])
{
	struct tm tm;

	if (!broken_down(t, &tm))
		return "";
	snprintf(out, WORDS_DATE_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return out;
}

void words_hex(const unsigned char *p, size_t n, char *out)
{
	static const char hex_digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = hex_digits[p[i] >> 4];
		*out++ = hex_digits[p[i] & 15];
	}
	*out = '\0';
}

bool words_class_name(struct buf *out, const struct report_context *ctx)
{
	buf_add_str(out, "pop3.");
	words_safe_str(out, words_host(ctx), 0);
	if (ctx->port != 0)
		buf_addf(out, ":%u", (unsigned)ctx->port);
	buf_add_char(out, '.');
	return words_safe_str(out, ctx->module ? ctx->module : "pop3", 0);
}

bool words_is_defect(enum probe_reason reason)
{
	if (reason == REASON_NONE)
		return false;
	for (int d = 0; d < TLS_DEFECT_COUNT; d++)
		if (probe_defect_reason((enum tls_defect)d) == reason)
			return true;
	return false;
}

bool words_offered(struct buf *out, const struct pop3_capa *c)
{
	enum { TAGS_MAX = 12 };
	size_t n = pop3_capa_count(c);

	if (n == 0)
		return buf_add_str(out, "nothing is offered");
	buf_add_str(out, "offered: ");
	for (size_t i = 0; i < n && i < TAGS_MAX; i++) {
		if (i > 0)
			buf_add_str(out, ", ");
		words_safe(out, pop3_capa_tag(c, i), WORDS_NAME_MAX / 2);
	}
	if (n > TAGS_MAX)
		buf_addf(out, " and %zu more", n - TAGS_MAX);
	return !out->failed;
}
