#include "pop3/capa.h"

#include "base/buf.h"
#include "pop3/limits.h"

#include <stdlib.h>

/* Lines one after the other. */
struct lines {
	struct buf text;
	uint16_t end[POP3_CAPA_LINES_MAX]; /* of line i in text */
};

struct pop3_capa {
	size_t count;
	struct lines raw;   /* what is understood */
	struct lines shown; /* what people see */
};

struct pop3_capa *pop3_capa_new(void)
{
	struct pop3_capa *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	buf_init_secret(&c->raw.text, POP3_CAPA_OCTETS_MAX);
	/* "***" may be longer than what it stands for. */
	buf_init(&c->shown.text, 3 * (size_t)POP3_CAPA_OCTETS_MAX);
	return c;
}

void pop3_capa_free(struct pop3_capa *c)
{
	if (c == NULL)
		return;
	buf_fini(&c->raw.text);
	buf_fini(&c->shown.text);
	free(c);
}

enum pop3_error pop3_capa_add(struct pop3_capa *c, struct slice line, struct slice shown)
{
	if (c->count == POP3_CAPA_LINES_MAX || line.n > POP3_CAPA_OCTETS_MAX - c->raw.text.n)
		return POP3_ERROR_LINE;
	if (!buf_add_slice(&c->raw.text, line) || !buf_add_slice(&c->shown.text, shown))
		return POP3_ERROR_MEMORY;
	c->raw.end[c->count] = (uint16_t)c->raw.text.n;
	c->shown.end[c->count] = (uint16_t)c->shown.text.n;
	c->count++;
	return POP3_ERROR_NONE;
}

size_t pop3_capa_count(const struct pop3_capa *c)
{
	return c->count;
}

static struct slice line_of(const struct lines *l, size_t i)
{
	size_t begin = i == 0 ? 0 : l->end[i - 1];
	size_t n = l->end[i] - begin;

	return n == 0 ? SLICE_LIT("") : (struct slice){l->text.p + begin, n};
}

struct slice pop3_capa_line(const struct pop3_capa *c, size_t i)
{
	return line_of(&c->shown, i);
}

struct slice pop3_capa_tag(const struct pop3_capa *c, size_t i)
{
	struct slice rest = pop3_capa_line(c, i);

	return slice_cut(&rest, ' ');
}

static size_t find(const struct pop3_capa *c, struct slice tag)
{
	for (size_t i = 0; i < c->count; i++) {
		struct slice rest = line_of(&c->raw, i);

		if (slice_ieq(slice_cut(&rest, ' '), tag))
			return i;
	}
	return c->count;
}

static struct slice arguments(const struct lines *l, size_t i)
{
	struct slice rest = line_of(l, i);

	slice_cut(&rest, ' ');
	return rest;
}

bool pop3_capa_find(const struct pop3_capa *c, struct slice tag, struct slice *args)
{
	size_t i = find(c, tag);

	if (i == c->count)
		return false;
	if (args != NULL)
		*args = arguments(&c->raw, i);
	return true;
}

struct slice pop3_capa_shown(const struct pop3_capa *c, struct slice tag)
{
	size_t i = find(c, tag);

	return i == c->count ? (struct slice){NULL, 0} : arguments(&c->shown, i);
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
