/* The test server and the exporter, started for one test and stopped behind it. */
#ifndef TESTS_EXPORTER_RIG_H
#define TESTS_EXPORTER_RIG_H

#include <stdbool.h>
#include <sys/types.h>

struct rig {
	pid_t popd, exporter;
	int plain, tls, refused, full; /* ports */
	int port;		       /* of the exporter */
	char dir[64];		       /* for files of the test; log, record */
};

/* Where the programs lie. */
void rig_set_build(const char *dir);
/* scenario: lines of popd's, or "". config: the module file's text, "@" stands for the folder of
 * certificates; NULL: none. flags: further ones, divided by blanks. Fails the test when one does
 * not start. */
void rig_start(struct rig *g, const char *scenario, const char *config, const char *flags);
void rig_stop(struct rig *g);
/* Starts popd alone: for a second server. */
void rig_write(const struct rig *g, const char *name, const char *text);
/* The content of a file of the test's, to be freed; "" when there is none. */
char *rig_read(const struct rig *g, const char *name);
/* Waits until the file holds text; false after 5 s. */
bool rig_wait_for(const struct rig *g, const char *name, const char *text);
/* The exit status as of waitpid, after at most so many seconds; -1: it still runs. */
int rig_wait_exit(struct rig *g, double seconds);
/* Puts ports into a path: {plain} {tls} {refused} {full}. Static storage. */
const char *rig_path(const struct rig *g, const char *path);

#endif
