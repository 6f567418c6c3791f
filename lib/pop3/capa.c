#include "pop3/capa.h"

#include "base/buf.h"
#include "pop3/limits.h"

#include <stdlib.h>

struct pop3_capa {
	struct buf text; /* all lines, one after the other */
	size_t count;
	uint16_t end[POP3_CAPA_LINES_MAX]; /* of line i in text */
};

struct pop3_capa *pop3_capa_new(void)
{
	struct pop3_capa *c = calloc(1, sizeof(*c));

	if (c != NULL)
		buf_init(&c->text, POP3_CAPA_OCTETS_MAX);
	return c;
}

void pop3_capa_free(struct pop3_capa *c)
{
	if (c == NULL)
		return;
	buf_fini(&c->text);
	free(c);
}

bool pop3_capa_add(struct pop3_capa *c, struct slice line)
{
	if (c->count == POP3_CAPA_LINES_MAX || !buf_add_slice(&c->text, line))
		return false;
	c->end[c->count++] = (uint16_t)c->text.n;
	return true;
}

size_t pop3_capa_count(const struct pop3_capa *c)
{
	return c->count;
}

struct slice pop3_capa_line(const struct pop3_capa *c, size_t i)
{
	size_t begin = i == 0 ? 0 : c->end[i - 1];

	return (struct slice){c->text.p == NULL ? NULL : c->text.p + begin, c->end[i] - begin};
}

struct slice pop3_capa_tag(const struct pop3_capa *c, size_t i)
{
	struct slice rest = pop3_capa_line(c, i);

	return slice_cut(&rest, ' ');
}

bool pop3_capa_find(const struct pop3_capa *c, struct slice tag, struct slice *args)
{
	for (size_t i = 0; i < c->count; i++) {
		struct slice rest = pop3_capa_line(c, i);

		if (!slice_ieq(slice_cut(&rest, ' '), tag))
			continue;
		if (args != NULL)
			*args = rest;
		return true;
	}
	return false;
}

uint32_t pop3_capa_sasl(const struct pop3_capa *c)
{
	struct slice rest;
	uint32_t mechs = 0;
	enum auth_mech mech;

	if (!pop3_capa_find(c, SLICE_LIT("SASL"), &rest))
		return 0;
	while (rest.n > 0)
		if (auth_mech_from_sasl(slice_cut(&rest, ' '), &mech))
			mechs |= 1u << mech;
	return mechs;
}
