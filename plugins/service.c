#include "service.h"

#include <stdio.h>
#include <string.h>

static void label_of(struct service *s, const char *after)
{
	size_t n = 0;

	for (; after[n] && n + 1 < sizeof(s->label); n++) {
		char c = after[n];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		/* The label is the caller's, but begins a line that others parse. */
		s->label[n] = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
	}
	s->label[n] = '\0';
	if (n == 0)
		snprintf(s->label, sizeof(s->label), "POP3");
}

/* check_tcp goes by prefix alone and so checks "pop3s" in clear text on port 110. Here a label that
 * begins with S or ends in S is never clear text. */
static bool label_means_tls(const char *label)
{
	size_t n = strlen(label);

	return label[0] == 'S' || label[n - 1] == 'S';
}

void service_init(struct service *s, const char *argv0)
{
	const char *base = argv0 ? strrchr(argv0, '/') : NULL;
	const char *after;

	*s = (struct service){.port = 110};
	base = base ? base + 1 : argv0;
	if (!base || !*base)
		base = "check_pop3";
	snprintf(s->program, sizeof(s->program), "%s", base);
	for (char *c = s->program; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '|')
			*c = '_';
	after = strncmp(base, "check_", 6) == 0 ? base + 6 : base;
	label_of(s, after);
	s->old_name = strcmp(base, "check_pop") == 0 || strcmp(base, "check_spop") == 0;
	s->implicit_tls = label_means_tls(s->label);
	if (s->implicit_tls)
		s->port = 995;
}
