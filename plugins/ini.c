/* The ini files of monitoring-plugins. libinih was looked at and does not fit: it also separates by
 * ':' where no '=' comes first, takes an indented line for more of the value before it, cuts " ;"
 * from values, and drops what is beyond 200 octets of a line. Here a line is `name = value` up to
 * its end, quotes and all, as parse_ini.c of monitoring-plugins 2.3.3 reads it, but for two of its
 * defects: any number of blanks may stand before '=', and a name of one letter takes a value. */
#include "ini.h"

#include "options.h"
#include "read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct slice trimmed(struct slice s)
{
	while (s.n && blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool takes_argument(struct slice name)
{
	enum option_id id = OPTION_COUNT;

	if (name.n == 1)
		id = option_by_letter((char)name.p[0]);
	else if (option_by_name((const char *)name.p, name.n, &id) != OPTION_MATCH_ONE)
		return false;
	return id != OPTION_COUNT && option_info(id)->argument;
}

/* `port = 110` becomes --port=110, `p=110` becomes -p110, `jail=` becomes --jail. */
static bool add_option(struct words *out, struct slice name, struct slice value)
{
	const char *dash = name.n == 1 ? "-" : "--";
	bool valued = value.n > 0 || (name.n > 1 && takes_argument(name));
	const char *equals = name.n > 1 && valued ? "=" : "";
	char *word = NULL;

	if (asprintf(&word, "%s%.*s%s%.*s", dash, (int)name.n, (const char *)name.p, equals,
		    (int)value.n, value.n ? (const char *)value.p : "") < 0)
		return false;
	if (!words_take(out, word))
		return false;
	/* An empty argument of a letter needs a word of its own. */
	return value.n > 0 || name.n > 1 || !takes_argument(name) || words_add(out, "", 0);
}

enum ini_line { INI_LINE_OK, INI_LINE_BAD, INI_LINE_NO_MEMORY };

static enum ini_line option_line(struct slice line, struct words *out)
{
	size_t equals = slice_find(line, SLICE_LIT("="), 0);
	struct slice name;

	if (equals == (size_t)-1)
		return INI_LINE_BAD;
	name = trimmed((struct slice){line.p, equals});
	if (name.n == 0)
		return INI_LINE_BAD;
	line.p += equals + 1;
	line.n -= equals + 1;
	return add_option(out, name, trimmed(line)) ? INI_LINE_OK : INI_LINE_NO_MEMORY;
}

/* Is this header line that of the section? */
static bool header_is(struct slice line, const char *section)
{
	size_t end = slice_find(line, SLICE_LIT("]"), 0);

	if (end == (size_t)-1)
		return false;
	return slice_eq(trimmed((struct slice){line.p + 1, end - 1}), slice_str(section));
}

bool ini_section(
	struct slice text, const char *section, struct words *out, bool *found, size_t *bad_line)
{
	bool any_section = false, wanted = false;
	size_t number = 0;

	*found = false;
	while (text.n) {
		struct slice line = trimmed(slice_cut(&text, '\n'));
		enum ini_line status = INI_LINE_OK;

		number++;
		if (line.n == 0 || line.p[0] == ';' || line.p[0] == '#')
			continue;
		if (line.p[0] == '[') {
			any_section = true;
			wanted = header_is(line, section);
			continue;
		}
		if (wanted || !any_section) {
			status = any_section ? option_line(line, out) : INI_LINE_BAD;
			*found = true;
		}
		if (status != INI_LINE_OK) {
			*bad_line = status == INI_LINE_BAD ? number : 0;
			return false;
		}
	}
	return true;
}

/* --- finding the file ------------------------------------------------------------------------ */

static char *existing(const char *dir, size_t n, const char *file)
{
	char *path = NULL;

	if (asprintf(&path, "%.*s/%s", (int)n, dir, file) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char *search_path(const char *dirs)
{
	static const char *const names[] = {
		"monitoring-plugins.ini", "plugins.ini", "nagios-plugins.ini"};

	while (dirs && *dirs) {
		size_t n = strcspn(dirs, ":");

		for (size_t i = 0; n && i < sizeof(names) / sizeof(names[0]); i++) {
			char *path = existing(dirs, n, names[i]);

			if (path)
				return path;
		}
		dirs += n + (dirs[n] == ':');
	}
	return NULL;
}

static char *search_standard(void)
{
	static const char *const paths[] = {
		"/usr/local/etc/monitoring-plugins/monitoring-plugins.ini",
		"/usr/local/etc/monitoring-plugins.ini",
		"/etc/monitoring-plugins/monitoring-plugins.ini",
		"/etc/monitoring-plugins.ini",
		"/etc/nagios/plugins.ini",
		"/usr/local/nagios/etc/plugins.ini",
		"/usr/local/etc/nagios/plugins.ini",
		"/etc/opt/nagios/plugins.ini",
		"/etc/nagios-plugins.ini",
		"/usr/local/etc/nagios-plugins.ini",
		"/etc/opt/nagios-plugins.ini",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], F_OK) == 0)
			return strdup(paths[i]);
	return NULL;
}

static char *find_file(const char *locator)
{
	const char *at = locator ? strchr(locator, '@') : NULL;
	const char *named = getenv("MP_CONFIG_FILE");
	char *path;

	if (at && at[1])
		return strdup(at + 1);
	if (named && *named)
		return strdup(named);
	path = search_path(getenv("NAGIOS_CONFIG_PATH"));
	return path ? path : search_standard();
}

/* --- reading it ------------------------------------------------------------------------------ */

static bool holds_secret(const struct words *w, size_t from)
{
	for (size_t i = from; i < w->n; i++) {
		if (strncmp(w->v[i], "--pass=", 7) == 0 || strncmp(w->v[i], "-P", 2) == 0)
			return true;
	}
	return false;
}

/* A password in a file that others may write, or read, is none. */
static bool mode_allows(const char *path, const struct read_file *f, char *problem, char *warning)
{
	if (!S_ISREG(f->mode))
		return true;
	if (f->mode & S_IWOTH) {
		snprintf(problem, INI_PROBLEM_MAX,
			"Config file holds a password and is world-writable - %s", path);
		return false;
	}
	if (f->mode & (S_IRGRP | S_IROTH))
		snprintf(warning, INI_PROBLEM_MAX,
			"warning: %s holds a password and is readable by others", path);
	return true;
}

static bool read_section(const char *path, const char *section, uint64_t deadline_ns,
	struct words *out, char *problem, char *warning)
{
	struct read_file f;
	size_t from = out->n, bad_line = 0;
	bool found = false, ok;

	if (!read_file_until(
		    &f, strcmp(path, "-") == 0 ? NULL : path, INI_OCTETS_MAX, deadline_ns)) {
		snprintf(problem, INI_PROBLEM_MAX, "Can't read config file: %s - %s",
			strerror(f.sys_errno), path);
		return false;
	}
	ok = ini_section(buf_slice(&f.content), section, out, &found, &bad_line);
	if (!ok)
		snprintf(problem, INI_PROBLEM_MAX, "Config file error - %s, line %zu", path,
			bad_line);
	else if (!found)
		snprintf(problem, INI_PROBLEM_MAX, "Invalid section '%s' in config file '%s'",
			section, path);
	else if (holds_secret(out, from))
		ok = mode_allows(path, &f, problem, warning);
	buf_fini(&f.content);
	return ok && found;
}

bool ini_extra_opts(const char *locator, const char *default_section, uint64_t deadline_ns,
	struct words *out, char problem[INI_PROBLEM_MAX], char warning[INI_PROBLEM_MAX])
{
	size_t n = locator ? strcspn(locator, "@") : 0;
	char *section = n ? strndup(locator, n) : strdup(default_section);
	char *path = find_file(locator);
	bool ok = false;

	*warning = '\0';
	if (!section)
		snprintf(problem, INI_PROBLEM_MAX, "Out of memory");
	else if (!path)
		snprintf(problem, INI_PROBLEM_MAX,
			"Cannot find config file in any standard location.");
	else
		ok = read_section(path, section, deadline_ns, out, problem, warning);
	free(section);
	free(path);
	return ok;
}
