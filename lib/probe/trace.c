#include "probe/trace.h"

#include "base/text.h"

#include <stdlib.h>

static bool make_room(struct probe_trace *t)
{
	size_t cap = t->cap == 0 ? 16 : t->cap * 2;
	struct trace_line *lines;

	if (t->count < t->cap)
		return true;
	if (t->count >= TRACE_LINES_MAX)
		return false;
	lines = realloc(t->lines, cap * sizeof(*lines));
	if (lines == NULL)
		return false;
	t->lines = lines;
	t->cap = cap;
	return true;
}

void probe_trace_add(struct probe_trace *t, uint64_t at_ns, enum trace_from from, struct slice text)
{
	struct buf safe;
	char *copy = NULL;

	buf_init(&safe, SERVER_TEXT_MAX * 4);
	if (text_printable(&safe, text, SERVER_TEXT_MAX, TEXT_PLAIN) &&
		t->octets + safe.n <= TRACE_OCTETS_MAX && make_room(t))
		copy = buf_dup(&safe);
	if (copy == NULL) {
		t->dropped++;
	} else {
		t->lines[t->count++] = (struct trace_line){at_ns, from, copy};
		t->octets += safe.n;
	}
	buf_fini(&safe);
}

void probe_trace_fini(struct probe_trace *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->lines[i].text);
	free(t->lines);
	*t = (struct probe_trace){0};
}
