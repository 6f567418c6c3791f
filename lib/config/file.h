/* Files as a load sees them: whole, bounded, regular. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "base/buf.h"
#include "config/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { FILE_LIST_MAX = 4096 };

/* Fills content (a secret buffer, initialised here; empty when it failed); NULL, or static words
 * why not. st is of the file that was opened. */
const char *file_read(const char *path, size_t max, struct buf *content, struct stat *st);
/* NULL when path can be opened and is a regular file, or a folder where folders are allowed. */
const char *file_check(const char *path, bool folder_allowed);

struct file_list {
	char **paths;
	size_t count;
	void *glob;
	char *one[1];
};

/* The files that pattern stands for, sorted; a name that exists is taken as it is. NULL or words.
 * file_list_fini is due either way. */
const char *file_list_init(struct file_list *l, const char *pattern);
void file_list_fini(struct file_list *l);

/* A checksum over names and contents, in order; begins with 0. */
uint64_t file_checksum(uint64_t sum, const char *path, struct slice content);

#endif
