/* Command lines into options, one after the other. */
#ifndef PLUGINS_ARGV_H
#define PLUGINS_ARGV_H

#include "options.h"

enum argv_kind {
	ARGV_OPTION,
	ARGV_POSITIONAL,
	ARGV_ERROR, /* `problem` says what */
	ARGV_END,
};

/* One thing found. Pointers are into argv. */
struct argv_item {
	enum argv_kind kind;
	enum option_id id;
	char *value; /* of the option, or the positional; NULL: a flag */
};

struct argv_parser {
	char *const *argv; /* borrowed; without the program's name */
	size_t count;
	size_t next;	     /* argument to look at */
	char *bundle;	     /* rest of a bundle of letters, or NULL */
	bool all_positional; /* behind -- */
	char problem[160];
};

void argv_parser_init(struct argv_parser *p, char *const *argv, size_t count);
struct argv_item argv_parser_next(struct argv_parser *p);

#endif
