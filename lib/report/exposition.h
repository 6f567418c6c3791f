/* Metrics as families of samples, apart from the syntax they are written in. One writer serves a
 * probe's page and an exporter's own; further syntaxes are further tables of functions. */
#ifndef REPORT_EXPOSITION_H
#define REPORT_EXPOSITION_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exposition_type {
	EXPOSITION_GAUGE,
	EXPOSITION_COUNTER,   /* the name ends in _total */
	EXPOSITION_INFO,      /* the name ends in _info, the value is 1; a gauge in text 0.0.4 */
	EXPOSITION_HISTOGRAM, /* samples have the suffixes _bucket, _sum, _count */
};

struct exposition_family {
	const char *name; /* as samples of it are called, suffixes of histograms aside */
	enum exposition_type type;
	const char *unit; /* base unit and end of the name ("seconds", "bytes"); NULL: none */
	const char *help;
};

struct exposition_label {
	const char *name, *value; /* value: UTF-8 without controls; escaped by the writer */
};

struct exposition;

/* A syntax. */
struct exposition_format {
	const char *content_type;
	bool (*family)(struct buf *out, const struct exposition_family *f);
	bool (*sample)(struct buf *out, const struct exposition_family *f, const char *suffix,
		const struct exposition_label *labels, size_t count, const char *value);
	bool (*end)(struct buf *out);
};

extern const struct exposition_format exposition_text;	      /* text 0.0.4 */
extern const struct exposition_format exposition_openmetrics; /* OpenMetrics 1.0.0 */

struct exposition {
	const struct exposition_format *format;
	struct buf *out; /* its `failed` tells how it went */
	const struct exposition_family *family;
	bool opened; /* the family's header is written: with its first sample */
	size_t samples;
};

void exposition_init(struct exposition *e, const struct exposition_format *format, struct buf *out);
/* Following samples belong to f. Families come in the order of their names, each once. */
void exposition_begin(struct exposition *e, const struct exposition_family *f);
/* suffix: "" or a histogram's. Labels of one family always have the same names. */
void exposition_add(struct exposition *e, const char *suffix, const struct exposition_label *labels,
	size_t count, double value);
void exposition_add_u64(struct exposition *e, const char *suffix,
	const struct exposition_label *labels, size_t count, uint64_t value);
/* Without labels. */
void exposition_gauge(struct exposition *e, double value);
/* False when out was too small. */
bool exposition_end(struct exposition *e);

#endif
