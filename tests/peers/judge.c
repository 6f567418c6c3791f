#include "row.h"

#include <ctype.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 1, 2))) static char *say(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	return text;
}

/* --- masking ---------------------------------------------------------------------------- */

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* The length of a decimal fraction at TEXT, with a point or a comma, or 0. */
static size_t fraction(const char *text)
{
	const size_t whole = digits(text);

	if (!whole || (text[whole] != '.' && text[whole] != ',') || !digits(text + whole + 1))
		return 0;
	return whole + 1 + digits(text + whole + 1);
}

/* How much of TEXT at START is a measured time: before " second", or behind "time=". */
static size_t measured(const char *start, const char *text)
{
	const size_t length = fraction(text);

	if (!length)
		return 0;
	if (strncmp(text + length, " second", 7) == 0)
		return length;
	if (text - start >= 5 && strncmp(text - 5, "time=", 5) == 0)
		return length;
	return 0;
}

/* OpenSSL's error lines begin with the thread's address. */
static size_t thread_id(const char *text)
{
	const size_t length = strspn(text, "0123456789ABCDEF");

	return length >= 8 && strncmp(text + length, ":error:", 7) == 0 ? length : 0;
}

char *mask(const char *raw, size_t octets)
{
	char *out = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&out, &size);

	for (size_t i = 0; i < octets;) {
		const unsigned char octet = (unsigned char)raw[i];
		const size_t time_length = measured(raw, raw + i);
		const size_t id_length = thread_id(raw + i);

		if (time_length || id_length) {
			fputc(time_length ? 'T' : 'X', stream);
			i += time_length + (time_length ? 0 : id_length);
			continue;
		}
		if (octet == '\n' || octet == '\r' || octet == '\t')
			fprintf(stream, "\\%c", octet == '\n' ? 'n' : octet == '\r' ? 'r' : 't');
		else if (octet < 0x20 || octet >= 0x7f)
			fprintf(stream, "\\x%02x", octet);
		else
			fputc(octet, stream);
		i++;
	}
	fclose(stream);
	return out;
}

/* --- what holds for every line of ours -------------------------------------------------- */

/* Length of the UTF-8 sequence at P, 0 when it is not one, or is a C1 or bidi control. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
	const size_t length = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	unsigned long point = p[0] < 0x80 ? p[0] : p[0] & (0xffU >> (length + 1));

	if ((p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (p[i] & 0x3f);
	}
	if ((point < 0x20 && point != '\n') || (point >= 0x7f && point < 0xa0))
		return 0;
	if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069))
		return 0;
	return length;
}

static bool clean(const char *raw, size_t octets)
{
	size_t length;

	for (size_t i = 0; i < octets; i += length) {
		length = utf8_length((const unsigned char *)raw + i, octets - i);
		if (!length)
			return false;
	}
	return true;
}

/* label=value[unit][;...]... with blanks between, as Icinga reads it. */
static bool perfdata_parses(const char *perf)
{
	regex_t regex;
	bool ok;

	if (regcomp(&regex, "^( *[A-Za-z_]+=-?[0-9]+(\\.[0-9]+)?[A-Za-z%]*(;[-0-9.:~@]*){0,4})+ *$",
		    REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	ok = regexec(&regex, perf, 0, NULL, 0) == 0;
	regfree(&regex);
	return ok;
}

static char *first_line(const char *raw)
{
	return strndup(raw, strcspn(raw, "\n"));
}

static char *judge_line(const char *line)
{
	const char *bar = strchr(line, '|');

	if (!*line)
		return say("ours printed nothing");
	if (bar && strchr(bar + 1, '|'))
		return say("more than one | on ours' first line: %s", line);
	if (bar && !perfdata_parses(bar + 1))
		return say("ours' perfdata does not parse: %s", bar + 1);
	return NULL;
}

static char *judge_manners(const struct row *row)
{
	const struct outcome *ours = &row->ours;
	char *line;
	char *fault;

	if (ours->code > 3)
		return say("ours ended with %d", ours->code);
	if (ours->seconds > row->within)
		return say("ours took %.2f s, may take %.2f s", ours->seconds, row->within);
	if (!clean(ours->raw, ours->raw_octets))
		return say("control characters or bad UTF-8 in ours: %s", ours->text);
	line = first_line(ours->raw);
	fault = judge_line(line);
	free(line);
	return fault;
}

/* --- what the row asks for -------------------------------------------------------------- */

static bool matches(const char *regex, const char *text)
{
	regex_t compiled;
	char why[128];
	int rc = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB);

	if (rc != 0) {
		regerror(rc, &compiled, why, sizeof(why));
		fprintf(stderr, "peers: %s: %s\n", regex, why);
		return false;
	}
	rc = regexec(&compiled, text, 0, NULL, 0);
	regfree(&compiled);
	return rc == 0;
}

static char *judge_server(const char *who, const char *regex, const char *line)
{
	if (!regex || matches(regex, line ? line : ""))
		return NULL;
	return say("the server saw of %s: %s, not /%s/", who, line ? line : "(nothing)", regex);
}

char *row_judge_record(const struct row *row)
{
	const struct outcome *theirs = &row->theirs;

	if (row->was_code != ANY_CODE && theirs->code != row->was_code)
		return say("theirs: exit code %d, recorded %d: %s", theirs->code, row->was_code,
			theirs->text);
	if (!matches(row->was, theirs->text))
		return say("theirs: '%s', recorded /%s/", theirs->text, row->was);
	if (theirs->seconds < row->was_slow)
		return say("theirs took only %.2f s", theirs->seconds);
	return judge_server("theirs", row->server_was, theirs->server);
}

/* What may follow the classic part of a line. */
static bool may_follow(const char *text)
{
	return *text == '\0' || strncmp(text, ", ", 2) == 0 || strncmp(text, " [", 2) == 0 ||
	       strncmp(text, " (", 2) == 0 || strncmp(text, "; ", 2) == 0;
}

/* Cuts LINE at its bar; the performance data or NULL. Blanks before the bar go, too. */
static char *cut_perfdata(char *line)
{
	char *bar = strchr(line, '|');
	size_t length;

	if (bar)
		*bar = '\0';
	length = strlen(line);
	while (length && line[length - 1] == ' ')
		line[--length] = '\0';
	return bar ? bar + 1 : NULL;
}

static char *compare_lines(char *theirs, char *ours)
{
	const char *their_perf = cut_perfdata(theirs);
	const char *our_perf = cut_perfdata(ours);
	const size_t length = strlen(theirs);

	if (strncmp(theirs, ours, length) != 0 || !may_follow(ours + length))
		return say("the line differs: theirs '%s', ours '%s'", theirs, ours);
	if (their_perf && (!our_perf || strcmp(their_perf, our_perf) != 0))
		return say("perfdata differ: theirs '%s', ours '%s'", their_perf,
			our_perf ? our_perf : "(none)");
	return NULL;
}

/* The first line, masked. Cut before masking, which spells a line end as a server's text may. */
static char *first_masked(const struct outcome *outcome)
{
	return mask(outcome->raw, strcspn(outcome->raw, "\n"));
}

static char *judge_same(const struct row *row)
{
	char *theirs;
	char *ours;
	char *fault;

	if (row->ours.code != row->theirs.code)
		return say("exit code: theirs %d, ours %d: %s", row->theirs.code, row->ours.code,
			row->ours.text);
	if (row->want == WANT_CODE)
		return NULL;
	theirs = first_masked(&row->theirs);
	ours = first_masked(&row->ours);
	fault = compare_lines(theirs, ours);
	free(theirs);
	free(ours);
	return fault;
}

static char *judge_regex(const struct row *row)
{
	char *line;
	char *fault = NULL;

	if (row->want == WANT_BETTER && row->code != ANY_CODE && row->ours.code != row->code)
		return say("ours: exit code %d, wanted %d: %s", row->ours.code, row->code,
			row->ours.text);
	if (!row->regex)
		return NULL;
	line = first_masked(&row->ours);
	if (!matches(row->regex, line))
		fault = say("ours: '%s', wanted /%s/", line, row->regex);
	free(line);
	return fault;
}

char *row_judge(const struct row *row)
{
	char *fault = row_judge_record(row);

	if (!fault)
		fault = judge_manners(row);
	if (!fault && row->want != WANT_BETTER)
		fault = judge_same(row);
	if (!fault)
		fault = judge_regex(row);
	if (!fault)
		fault = judge_server("ours", row->server, row->ours.server);
	return fault;
}
