#include "pages.h"

#include "accept.h"

#include <stdio.h>
#include <string.h>

static void page_config(struct exporter *e, struct web_request *r, const struct query *q)
{
	struct buf text;

	(void)q;
	buf_init(&text, PAGE_OCTETS_MAX);
	if (config_dump(e->config, &text))
		web_reply(r, 200, "text/plain; charset=utf-8", buf_slice(&text));
	else
		web_reply_line(r, 500, "out of memory");
	buf_fini(&text);
}

static void page_metrics(struct exporter *e, struct web_request *r, const struct query *q)
{
	const struct exposition_format *format = &exposition_text;
	struct buf text;

	(void)q;
	if (accept_format(web_header(r, "Accept"), false) == ACCEPT_OPENMETRICS)
		format = &exposition_openmetrics;
	buf_init(&text, PAGE_OCTETS_MAX);
	if (stats_write(&e->stats, format, &text))
		web_reply(r, 200, format->content_type, buf_slice(&text));
	else
		web_reply_line(r, 500, "out of memory");
	buf_fini(&text);
}

static void page_healthy(struct exporter *e, struct web_request *r, const struct query *q)
{
	(void)e;
	(void)q;
	web_reply_line(r, 200, "healthy");
}

static void page_ready(struct exporter *e, struct web_request *r, const struct query *q)
{
	(void)q;
	if (e->draining)
		web_reply_line(r, 503, "draining");
	else
		web_reply_line(r, 200, "ready");
}

static void page_reload(struct exporter *e, struct web_request *r, const struct query *q)
{
	char err[CONFIG_ERROR_MAX];

	(void)q;
	if (exporter_reload(e, err))
		web_reply_line(r, 200, "reloaded");
	else
		web_reply_line(r, 500, err);
}

static const struct {
	const char *path;
	page_fn *page;
	bool post;
} pages[] = {
	{"/probe", page_probe, false},
	{"/metrics", page_metrics, false},
	{"/-/healthy", page_healthy, false},
	{"/-/ready", page_ready, false},
	{"/-/reload", page_reload, true},
	{"/logs", page_logs, false},
	{"/config", page_config, false},
	{"/", page_landing, false},
};

static void answer(struct exporter *e, struct web_request *r, page_fn *page)
{
	struct query q;
	const char *problem = query_parse(&q, web_query(r));

	if (problem)
		web_reply_line(r, 400, problem);
	else
		page(e, r, &q);
	query_fini(&q);
}

static bool allowed(enum web_method method, bool post)
{
	return post ? method == WEB_POST : method == WEB_GET || method == WEB_HEAD;
}

void pages_handle(void *arg, struct web_request *r)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(web_path(r), pages[i].path) != 0)
			continue;
		if (allowed(web_method(r), pages[i].post)) {
			answer(arg, r, pages[i].page);
			return;
		}
		web_add_header(r, "Allow", pages[i].post ? "POST" : "GET, HEAD");
		web_reply_line(r, 405, "method not allowed");
		return;
	}
	web_reply_line(r, 404, "not found");
}
