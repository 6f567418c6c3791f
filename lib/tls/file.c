/* Files of certificates, keys and revocation lists: regular ones, so that no open and no read waits
 * for somebody else. */
#include "tls/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One octet more than there should be, to see the end. */
static const char *fill(struct buf *out, int fd, size_t size)
{
	unsigned char *p = buf_extend(out, size + 1);
	size_t n = 0;
	ssize_t got;

	if (!p)
		return strerror(ENOMEM);
	do {
		got = read(fd, p + n, size + 1 - n);
		if (got < 0 && errno != EINTR)
			return strerror(errno);
		n += got > 0 ? (size_t)got : 0;
	} while (got != 0 && n <= size);
	buf_truncate(out, n);
	return n > size ? "it grew while it was read" : NULL;
}

static const char *load(struct buf *out, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return strerror(EISDIR);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_size >= TLS_FILE_OCTETS_MAX)
		return strerror(EFBIG);
	return fill(out, fd, (size_t)st.st_size);
}

const char *tls_file_read(struct buf *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	const char *why;

	buf_init_secret(out, TLS_FILE_OCTETS_MAX);
	if (fd < 0)
		return strerror(errno);
	why = load(out, fd);
	close(fd);
	if (why)
		buf_fini(out);
	return why;
}
