#include "report/metrics.h"

#include "base/text.h"
#include "report/words.h"

#include <string.h>

static const struct pop3_capa *plain_list(const struct report_item *item)
{
	return item->result->capa[CAPA_PLAIN];
}

/* A server that refuses CAPA offers no STLS; where it was not asked nothing is known. */
void metrics_stls_offered(struct exposition *e, const struct report_item *item)
{
	const struct pop3_capa *c = plain_list(item);
	const struct probe_result *r = item->result;
	bool lost = r->reason != REASON_NONE && r->phase == PHASE_CAPA;

	if (c)
		exposition_gauge(e, pop3_capa_find(c, SLICE_LIT("STLS"), NULL));
	else if (r->capa_asked[CAPA_PLAIN] && !lost)
		exposition_gauge(e, 0);
}

void metrics_plaintext_login(struct exposition *e, const struct report_item *item)
{
	const struct pop3_capa *c = plain_list(item);
	bool offered;
	uint32_t mechs;

	if (!c)
		return;
	offered = pop3_capa_find(c, SLICE_LIT("USER"), NULL);
	mechs = pop3_capa_sasl(c);
	for (int m = 0; m < AUTH_MECH_COUNT; m++)
		if (mechs & 1U << m && auth_mech_info((enum auth_mech)m)->reusable_secret)
			offered = true;
	exposition_gauge(e, offered);
}

/* Copies text without "<...@...>": an APOP timestamp is new in every greeting, and each would make
 * a series of its own. */
static void without_stamps(struct buf *out, struct slice text)
{
	while (text.n > 0) {
		const unsigned char *open = memchr(text.p, '<', text.n), *close = NULL;
		size_t before = open ? (size_t)(open - text.p) : text.n;

		if (open)
			close = memchr(open, '>', text.n - before);
		if (close && !memchr(open, '@', (size_t)(close - open)))
			before = (size_t)(close - text.p) + 1;
		else if (open && !close)
			before = text.n;
		buf_add(out, text.p, before);
		text.p += before;
		text.n -= before;
		if (close && close >= text.p) {
			text.n -= (size_t)(close + 1 - text.p);
			text.p = close + 1;
			/* What stood on either side must not run together. */
			if (out->n > 0 && out->p[out->n - 1] != ' ')
				buf_add_char(out, ' ');
		}
	}
	while (out->n > 0 && out->p[out->n - 1] == ' ')
		buf_truncate(out, out->n - 1);
}

void metrics_greeting(struct exposition *e, const struct report_item *item)
{
	struct slice text = words_chomp(buf_slice(&item->result->greeting));
	struct exposition_label label = {"banner", NULL};
	struct buf banner, value;

	if (!item->context->greeting_metric || text.n == 0)
		return;
	if (slice_prefix(text, SLICE_LIT("+OK "))) {
		text.p += 4;
		text.n -= 4;
	}
	buf_init(&banner, METRICS_TEXT_MAX);
	buf_init(&value, METRICS_TEXT_MAX);
	without_stamps(&banner, text);
	if (banner.failed)
		e->out->failed = true;
	label.value = metrics_label(e, &value, buf_slice(&banner));
	exposition_add(e, "", &label, 1, 1);
	buf_fini(&banner);
	buf_fini(&value);
}

/* One list; `seen` holds a record of each line written, so that a server that repeats itself does
 * not make two series with the same labels. */
static void list(struct exposition *e, const struct pop3_capa *c, const char *stage)
{
	struct buf tag, args, record, seen;

	buf_init(&tag, METRICS_TEXT_MAX);
	buf_init(&args, METRICS_TEXT_MAX);
	buf_init(&record, METRICS_TEXT_MAX);
	buf_init(&seen, METRICS_TEXT_MAX * 4);
	for (size_t i = 0; i < pop3_capa_count(c); i++) {
		struct slice name = pop3_capa_tag(c, i), line = pop3_capa_line(c, i);
		struct slice rest = {line.p + name.n, line.n - name.n};
		struct exposition_label labels[3] = {{"stage", stage}};

		while (rest.n > 0 && rest.p[0] == ' ') {
			rest.p++;
			rest.n--;
		}
		labels[1] = (struct exposition_label){"capability", metrics_label(e, &tag, name)};
		labels[2] = (struct exposition_label){"arguments", metrics_label(e, &args, rest)};
		buf_clear(&record);
		if (!buf_addf(&record, "\n%s\t%s\n", labels[1].value, labels[2].value))
			e->out->failed = true;
		if (name.n == 0 ||
			slice_find(buf_slice(&seen), buf_slice(&record), 0) != (size_t)-1)
			continue;
		if (buf_add_slice(&seen, buf_slice(&record)))
			exposition_add(e, "", labels, 3, 1);
	}
	if (seen.failed)
		e->out->failed = true;
	buf_fini(&tag);
	buf_fini(&args);
	buf_fini(&record);
	buf_fini(&seen);
}

void metrics_capabilities(struct exposition *e, const struct report_item *item)
{
	static const char *const stages[CAPA_STAGE_COUNT] = {
		[CAPA_PLAIN] = "plain",
		[CAPA_TLS] = "tls",
		[CAPA_AUTHENTICATED] = "authenticated",
	};

	for (size_t i = 0; item->context->capability_metric && i < CAPA_STAGE_COUNT; i++)
		if (item->result->capa[i])
			list(e, item->result->capa[i], stages[i]);
}
