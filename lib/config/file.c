#include "config/file.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *read_all(int fd, struct buf *content)
{
	char chunk[4096];
	const char *words = NULL;
	ssize_t n;

	do {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR)
			words = strerror(errno);
		else if (n > 0 && !buf_add(content, chunk, (size_t)n))
			words = "is too large";
	} while (n != 0 && !words);
	secret_wipe(chunk, sizeof(chunk));
	return words;
}

/* Judged by fstat after opening: the name may be given to another file in between. O_NONBLOCK keeps
 * a pipe from holding us up. */
static int open_checked(const char *path, struct stat *st, const char **words)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	*words = NULL;
	if (fd < 0) {
		*words = strerror(errno);
		return -1;
	}
	if (fstat(fd, st) != 0)
		*words = strerror(errno);
	else if (S_ISDIR(st->st_mode))
		*words = "is a directory";
	else if (!S_ISREG(st->st_mode))
		*words = "is no regular file";
	return fd;
}

const char *file_read(const char *path, size_t max, struct buf *content, struct stat *st)
{
	const char *words;
	int fd = open_checked(path, st, &words);

	buf_init_secret(content, max);
	if (!words && (uint64_t)st->st_size > max)
		words = "is too large";
	if (!words)
		words = read_all(fd, content);
	if (fd >= 0)
		close(fd);
	if (words)
		buf_fini(content);
	return words;
}

const char *file_check(const char *path, bool folder_allowed)
{
	const char *words;
	struct stat st;
	int fd = open_checked(path, &st, &words);

	if (fd < 0)
		return words;
	close(fd);
	return folder_allowed && S_ISDIR(st.st_mode) ? NULL : words;
}

const char *file_list_init(struct file_list *l, const char *pattern)
{
	glob_t *g;
	int status;

	*l = (struct file_list){.one = {(char *)(uintptr_t)pattern}, .count = 1};
	l->paths = l->one;
	if (access(pattern, F_OK) == 0 || !strpbrk(pattern, "*?["))
		return NULL;
	l->count = 0;
	l->glob = g = calloc(1, sizeof(*g));
	if (!g)
		return "out of memory";
	status = glob(pattern, GLOB_ERR, NULL, g);
	if (status == GLOB_NOMATCH)
		return "no file matches";
	if (status != 0)
		return status == GLOB_NOSPACE ? "out of memory" : "cannot be searched";
	l->paths = g->gl_pathv;
	l->count = g->gl_pathc;
	return l->count > FILE_LIST_MAX ? "matches too many files" : NULL;
}

void file_list_fini(struct file_list *l)
{
	if (l->glob)
		globfree(l->glob);
	free(l->glob);
	*l = (struct file_list){0};
}

/* FNV-1a: tells an edit from none, no more is asked of it. */
static uint64_t fnv(uint64_t sum, const void *p, size_t n)
{
	const unsigned char *octets = p;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ octets[i]) * UINT64_C(0x100000001b3);
	return sum;
}

uint64_t file_checksum(uint64_t sum, const char *path, struct slice content)
{
	uint64_t n = content.n;

	if (sum == 0)
		sum = UINT64_C(0xcbf29ce484222325);
	sum = fnv(sum, path, strlen(path) + 1);
	sum = fnv(sum, &n, sizeof(n));
	return fnv(sum, content.p, content.n);
}
