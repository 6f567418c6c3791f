/* What a run of the rig came to. */
#include "base/redact.h"
#include "test_probe.h"

#include <stdio.h>
#include <string.h>

const char *rig_verdict(const struct rig *r)
{
	static char text[64];

	if (r->result->reason == REASON_NONE)
		return "";
	snprintf(text, sizeof(text), "%s/%s", probe_phase_name(r->result->phase),
		probe_reason_name(r->result->reason));
	return text;
}

const char *rig_text(const struct buf *b)
{
	static char text[16384 + 1];
	size_t n = b->n < sizeof(text) - 1 ? b->n : sizeof(text) - 1;

	if (n > 0)
		memcpy(text, b->p, n);
	text[n] = '\0';
	return text;
}

static bool holds(struct slice in, const char *text)
{
	return slice_find(in, slice_str(text), 0) != (size_t)-1;
}

static bool capa_holds(const struct pop3_capa *c, const char *text)
{
	for (size_t i = 0; c != NULL && i < pop3_capa_count(c); i++)
		if (holds(pop3_capa_line(c, i), text))
			return true;
	return false;
}

bool rig_tells(const struct rig *r, const char *text)
{
	const struct probe_result *res = r->result;

	for (size_t i = 0; i < CAPA_STAGE_COUNT; i++)
		if (capa_holds(res->capa[i], text))
			return true;
	for (size_t i = 0; i < res->trace.count; i++)
		if (strstr(res->trace.lines[i].text, text) != NULL)
			return true;
	return strstr(res->detail, text) != NULL || holds(buf_slice(&res->server_text), text) ||
	       holds(buf_slice(&res->greeting), text);
}

bool rig_sent(const struct rig *r, const char *text)
{
	return redact_finds(buf_slice(&r->sent), slice_str(text));
}
