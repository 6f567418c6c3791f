/* Options that do not go together. */
#ifndef PLUGINS_CHECK_SETTINGS_H
#define PLUGINS_CHECK_SETTINGS_H

#include "settings.h"

/* Calls fault for each combination that cannot be honoured; what may be NULL. */
void settings_check(
	struct settings *s, void (*fault)(struct settings *s, const char *words, const char *what));

#endif
