#include "read_file.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* For standard input and pipes (a shell's <(command)): whoever writes them has to be quick, as a
 * check may not hang. */
enum { WAIT_MS = 2000 };

static bool fail(struct read_file *f, int sys_errno)
{
	f->sys_errno = sys_errno;
	buf_fini(&f->content);
	return false;
}

static bool read_all(struct read_file *f, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char chunk[4096];
	ssize_t n;

	do {
		if (!S_ISREG(f->mode) && poll(&p, 1, WAIT_MS) == 0)
			return fail(f, ETIMEDOUT);
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return fail(f, errno);
		if (n > 0 && !buf_add(&f->content, chunk, (size_t)n))
			return fail(f, EFBIG);
	} while (n != 0);
	secret_wipe(chunk, sizeof(chunk));
	return true;
}

bool read_file(struct read_file *f, const char *path, size_t max)
{
	struct stat st;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : STDIN_FILENO;
	bool ok;

	*f = (struct read_file){0};
	buf_init_secret(&f->content, max);
	if (fd < 0)
		return fail(f, errno);
	if (fstat(fd, &st) != 0) {
		ok = fail(f, errno);
	} else {
		f->mode = st.st_mode;
		ok = read_all(f, fd);
	}
	if (path)
		close(fd);
	return ok;
}
