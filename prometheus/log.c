#include "log.h"

#include "base/buf.h"
#include "base/text.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_OCTETS = 4096, VALUE_MAX = 1024 };

static const char *const level_names[] = {"debug", "info", "warn", "error"};

bool log_level_parse(const char *text, enum log_level *out)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static bool needs_quotes(const char *value)
{
	return *value == '\0' || strpbrk(value, " =\"\\") != NULL;
}

static void add_quoted(struct buf *out, const char *value)
{
	(void)buf_add_char(out, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			(void)buf_add_char(out, '\\');
		(void)buf_add_char(out, *value);
	}
	(void)buf_add_char(out, '"');
}

static void add_pair(const struct log *log, struct buf *out, const char *key, const char *value)
{
	struct buf safe;

	if (!value)
		return;
	buf_init(&safe, (size_t)VALUE_MAX * 4);
	(void)text_printable(&safe, slice_str(value), VALUE_MAX, TEXT_PLAIN);
	if (log->json)
		(void)buf_addf(out, "%s\"%s\":", out->n ? "," : "{", key);
	else
		(void)buf_addf(out, "%s%s=", out->n ? " " : "", key);
	if (log->json || needs_quotes(buf_str(&safe)))
		add_quoted(out, buf_str(&safe));
	else
		(void)buf_add_str(out, buf_str(&safe));
	buf_fini(&safe);
}

static void add_time(const struct log *log, struct buf *out)
{
	struct timespec now;
	char text[64];
	struct tm tm;
	size_t n;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &tm))
		return;
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03ldZ", now.tv_nsec / 1000000);
	add_pair(log, out, "ts", text);
}

/* A pipe that polls writable takes a page without waiting. */
static void put(struct slice line)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT))
		(void)!write(STDERR_FILENO, line.p, line.n);
}

void log_write(const struct log *log, enum log_level level, const char *msg, ...)
{
	struct buf line;
	const char *key;
	va_list args;

	if (level < log->level)
		return;
	buf_init(&line, LINE_MAX_OCTETS - 2);
	add_time(log, &line);
	add_pair(log, &line, "level", level_names[level]);
	add_pair(log, &line, "msg", msg);
	va_start(args, msg);
	while ((key = va_arg(args, const char *)))
		add_pair(log, &line, key, va_arg(args, const char *));
	va_end(args);
	line.max = LINE_MAX_OCTETS;
	line.failed = false;
	(void)buf_add_str(&line, log->json ? "}\n" : "\n");
	put(buf_slice(&line));
	buf_fini(&line);
}
