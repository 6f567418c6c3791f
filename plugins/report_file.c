/* --report FORMAT:FILE. A reader sees the old file or the new one, never half of one. */
#include "output_format.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, struct slice content)
{
	while (content.n) {
		ssize_t n = write(fd, content.p, content.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		content.p += n;
		content.n -= (size_t)n;
	}
	return true;
}

/* /dev/stdout, a FIFO, a terminal: nothing to replace. A symbolic link is replaced, not followed:
 * whoever can write to the directory must not steer where this goes. */
static bool is_special(const char *path)
{
	struct stat st;

	if (strncmp(path, "/dev/", 5) == 0)
		return true;
	return lstat(path, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode));
}

static bool write_special(const char *path, struct slice content)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool ok;

	if (fd < 0)
		return false;
	ok = write_all(fd, content);
	return close(fd) == 0 && ok;
}

/* The permissions that open() would have given: mkstemp() is stricter. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return 0666 & ~mask;
}

static bool fill(int fd, struct slice content)
{
	bool ok = write_all(fd, content) && fchmod(fd, usual_mode()) == 0 && fsync(fd) == 0;
	int saved = errno;

	if (close(fd) != 0 && ok)
		return false;
	errno = saved;
	return ok;
}

bool report_file_write(const char *path, struct slice content)
{
	char *temporary = NULL;
	int fd, saved;
	bool ok;

	if (is_special(path))
		return write_special(path, content);
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return false;
	fd = mkostemp(temporary, O_CLOEXEC);
	ok = fd >= 0 && fill(fd, content) && rename(temporary, path) == 0;
	saved = errno;
	if (!ok && fd >= 0)
		(void)unlink(temporary);
	free(temporary);
	errno = saved;
	return ok;
}

static bool one_file(struct report *r, const struct report_target *t)
{
	struct buf out;
	bool ok;

	buf_init(&out, REPORT_OUTPUT_MAX);
	ok = report_render(&out, t->format, r);
	if (!ok)
		errno = ENOMEM;
	ok = ok && report_file_write(t->path, buf_slice(&out));
	if (!ok)
		lines_addf(&r->lines, "warning: report %s:%s not written: %s",
			output_format_name(t->format), t->path, strerror(errno));
	buf_fini(&out);
	return ok;
}

bool report_files(struct report *r)
{
	bool ok = true;

	for (size_t i = 0; i < r->settings->report_count; i++)
		ok = one_file(r, &r->settings->reports[i]) && ok;
	return ok;
}
