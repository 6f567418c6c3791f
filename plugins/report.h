/* What a run has to say, and the forms it is said in. */
#ifndef PLUGINS_REPORT_H
#define PLUGINS_REPORT_H

#include "outcome.h"
#include "words.h"

enum { OUTCOMES_MAX = 16 };

struct report {
	struct settings *settings;		 /* borrowed */
	struct outcome outcomes[OUTCOMES_MAX];	 /* owned */
	struct probe_login logins[OUTCOMES_MAX]; /* of --auth each: outcomes point here */
	char modules[OUTCOMES_MAX][32];		 /* likewise */
	size_t count;
	const struct outcome *shown; /* whose line, performance data and details are printed */
	enum probe_severity state;
	struct buf message; /* the first line up to the performance data; owned */
	struct words lines; /* further lines */
};

/* Renders it in one form. False: no memory. */
bool report_render(struct buf *out, enum output_format format, struct report *r);
/* Fills message, state and lines of a report of one outcome: what -v asks for comes along. */
void report_single(struct report *r);
void report_fini(struct report *r);
/* The exit code, as --fail-on has it. */
int report_exit(const struct report *r);

/* --auth each: asks what is offered, then tries each mechanism in a connection of its own, one
 * after the other. The worst decides. */
void each_run(struct report *r, struct plan *p);

/* multi-line and mp-test-json, the forms of monitoring-plugins 3. */
bool multiline_render(struct buf *out, const struct report *r);
bool mp_json_render(struct buf *out, const struct report *r);

/* Adds what -v, -vv, -vvv show of an outcome. */
void verbose_add(struct words *lines, const struct settings *s, const struct outcome *o);
/* A line of text by printf's rules, made printable and free of '|'. */
void lines_addf(struct words *lines, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes every --report; a failure becomes a further line. False: one failed. */
bool report_files(struct report *r);
/* Replaces path by content in one step. False with errno set. */
bool report_file_write(const char *path, struct slice content);

#endif
