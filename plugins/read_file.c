#include "read_file.h"

#include "base/secret.h"
#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* For standard input and pipes (a shell's <(command)): whoever writes them has to be quick, as a
 * check may not hang. */
static const uint64_t wait_ns = 2 * (uint64_t)1000000000;

uint64_t read_file_deadline_ns(void)
{
	return net_now_ns() + wait_ns;
}

static bool fail(struct read_file *f, int sys_errno)
{
	f->sys_errno = sys_errno;
	buf_fini(&f->content);
	return false;
}

/* False: nothing came in time. Signals may wake it early; then a read says that nothing came. */
static bool await(int fd, uint64_t deadline_ns)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint64_t now = net_now_ns();

	if (now >= deadline_ns)
		return false;
	return poll(&p, 1, (int)((deadline_ns - now) / 1000000 + 1)) != 0;
}

static int read_chunks(struct read_file *f, int fd, uint64_t deadline_ns, char *chunk, size_t size)
{
	ssize_t n;

	do {
		if (!S_ISREG(f->mode) && !await(fd, deadline_ns))
			return ETIMEDOUT;
		n = read(fd, chunk, size);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return errno;
		if (n > 0 && !buf_add(&f->content, chunk, (size_t)n))
			return EFBIG;
	} while (n != 0);
	return 0;
}

static bool read_all(struct read_file *f, int fd, uint64_t deadline_ns)
{
	char chunk[4096];
	int error = read_chunks(f, fd, deadline_ns, chunk, sizeof(chunk));

	secret_wipe(chunk, sizeof(chunk));
	return error == 0 || fail(f, error);
}

bool read_file_until(struct read_file *f, const char *path, size_t max, uint64_t deadline_ns)
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
		ok = read_all(f, fd, deadline_ns);
	}
	if (path)
		close(fd);
	return ok;
}

bool read_file(struct read_file *f, const char *path, size_t max)
{
	return read_file_until(f, path, max, read_file_deadline_ns());
}
