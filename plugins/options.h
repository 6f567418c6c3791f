/* The table of options, as data. */
#ifndef PLUGINS_OPTIONS_H
#define PLUGINS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_id {
#define OPTION(id, letter, name, argument, compat, group, since, help) OPTION_##id,
#include "options.def"
	OPTION_COUNT,
};

enum option_group {
	GROUP_GENERAL,
	GROUP_TARGET,
	GROUP_RAW,
	GROUP_TLS,
	GROUP_LOGIN,
	GROUP_LIMITS,
	GROUP_OUTPUT,
	GROUP_COUNT,
};

struct option_info {
	const char *name;
	const char *argument; /* NULL: a flag */
	const char *since;
	const char *help;
	enum option_group group;
	char letter; /* 0: none */
	bool compat; /* one of check_pop's */
};

/* All return static storage. */
const struct option_info *option_info(enum option_id id);
const char *option_group_title(enum option_group group);
/* OPTION_COUNT when there is no such letter. */
enum option_id option_by_letter(char letter);

enum option_match {
	OPTION_MATCH_ONE,
	OPTION_MATCH_NONE,
	OPTION_MATCH_SEVERAL,
};

/* The option that the n octets of name mean, whole or abbreviated. An abbreviation is first looked
 * up among check_pop's own options: one that they resolve, or find ambiguous, keeps that meaning
 * whatever other options exist. Only what they do not know may abbreviate any other. */
enum option_match option_by_name(const char *name, size_t n, enum option_id *out);

#endif
