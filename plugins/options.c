#include "options.h"

#include <string.h>

static const struct option_info options[OPTION_COUNT] = {
#define OPTION(id, letter, name, argument, compat, group, since, help)                             \
	[OPTION_##id] = {name, argument, since, help, GROUP_##group, letter, compat},
#include "options.def"
};

const struct option_info *option_info(enum option_id id)
{
	return &options[id];
}

const char *option_group_title(enum option_group group)
{
	static const char *const titles[GROUP_COUNT] = {
		[GROUP_GENERAL] = "General",
		[GROUP_TARGET] = "Target and time",
		[GROUP_RAW] = "Greeting",
		[GROUP_TLS] = "TLS",
		[GROUP_LOGIN] = "Login",
		[GROUP_LIMITS] = "Limits and states",
		[GROUP_OUTPUT] = "Output",
	};

	return titles[group];
}

enum option_id option_by_letter(char letter)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (letter && options[i].letter == letter)
			return (enum option_id)i;
	return OPTION_COUNT;
}

static enum option_match abbreviated(const char *name, size_t n, bool compat, enum option_id *out)
{
	enum option_match match = OPTION_MATCH_NONE;

	for (int i = 0; i < OPTION_COUNT; i++) {
		if (options[i].compat != compat || strncmp(options[i].name, name, n) != 0)
			continue;
		if (match == OPTION_MATCH_ONE)
			return OPTION_MATCH_SEVERAL;
		match = OPTION_MATCH_ONE;
		*out = (enum option_id)i;
	}
	return match;
}

enum option_match option_by_name(const char *name, size_t n, enum option_id *out)
{
	enum option_match match;

	for (int i = 0; i < OPTION_COUNT; i++) {
		if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0) {
			*out = (enum option_id)i;
			return OPTION_MATCH_ONE;
		}
	}
	match = abbreviated(name, n, true, out);
	return match == OPTION_MATCH_NONE ? abbreviated(name, n, false, out) : match;
}
