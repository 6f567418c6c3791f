/* GET /probe: what is asked for, and the result in the form that is wanted. */
#include "accept.h"
#include "pages.h"
#include "timeout.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A request that waits for its result. */
struct asker {
	struct exporter *exporter;
	struct web_request *request;
	struct flight_waiter waiter;
	enum accept_format format;
	bool debug;
};

/* --- the answer ------------------------------------------------------------------------------- */

static const char *content_type(enum accept_format f)
{
	switch (f) {
	case ACCEPT_TEXT:
	case ACCEPT_FORMAT_COUNT:
		break;
	case ACCEPT_OPENMETRICS:
		return exposition_openmetrics.content_type;
	case ACCEPT_JSON:
		return "application/json";
	}
	return exposition_text.content_type;
}

static bool render(struct buf *out, const struct asker *a, const struct outcome *o, uint64_t age_ns)
{
	struct report_context context;
	struct report_item item;
	struct buf message;
	bool ok;

	buf_init(&message, 16384);
	item = outcome_item(o, age_ns, a->debug, &context, &message);
	if (a->format == ACCEPT_JSON)
		ok = report_json(out, &item, 1);
	else
		ok = report_metrics(out,
			a->format == ACCEPT_TEXT ? &exposition_text : &exposition_openmetrics,
			&item);
	buf_fini(&message);
	return ok;
}

static void reply(struct asker *a, const struct outcome *o, uint64_t age_ns)
{
	struct buf body;

	buf_init(&body, PAGE_OCTETS_MAX);
	if (a->debug && a->format != ACCEPT_JSON) {
		page_debug_text(&body, o, age_ns);
		web_reply(a->request, 200, "text/plain; charset=utf-8", buf_slice(&body));
	} else if (render(&body, a, o, age_ns)) {
		web_reply(a->request, 200, content_type(a->format), buf_slice(&body));
	} else {
		web_reply_line(a->request, 500, "out of memory");
	}
	buf_fini(&body);
}

static void on_done(void *arg, struct outcome *o, uint64_t age_ns)
{
	struct asker *a = arg;
	char age[24];

	if (o && age_ns) {
		snprintf(age, sizeof(age), "%llu", (unsigned long long)(age_ns / 1000000000));
		web_add_header(a->request, "Age", age);
	}
	if (o)
		reply(a, o, age_ns);
	else
		web_reply_line(a->request, 500, "out of memory");
	free(a);
}

static void on_gone(void *arg)
{
	struct asker *a = arg;

	flights_leave(&a->exporter->flights, &a->waiter);
	free(a);
}

/* --- the question ----------------------------------------------------------------------------- */

/* A question, and what is wrong with it. */
struct question {
	struct outcome_request request;
	struct target target;
	enum accept_format format;
	bool debug;
	char problem[CONFIG_ERROR_MAX];
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct question *a, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(a->problem, sizeof(a->problem), fmt, args);
	va_end(args);
	for (char *p = a->problem; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	return false;
}

static bool set_module(struct question *a, struct exporter *e, const struct query *q)
{
	const char *name = query_get(q, "module"), *foreign, *near;

	name = name ? name : "pop3";
	a->request.config = e->config;
	a->request.module = config_module(e->config, name);
	if (a->request.module)
		return true;
	foreign = config_foreign_prober(e->config, name);
	if (foreign)
		return refuse(
			a, "module %.100s has prober %s, which is not one of ours", name, foreign);
	near = config_nearest_module(e->config, name);
	return near ? refuse(a, "unknown module %.100s, did you mean %s?", name, near)
		    : refuse(a, "unknown module %.100s", name);
}

/* What the engine cannot do must not be left out in silence. */
static bool is_possible(struct question *a)
{
	const struct config_module *m = a->request.module;

	if (m->query_count)
		return refuse(a, "module %s: query_response is not supported yet", m->name);
	if (m->proxy_protocol)
		return refuse(a, "module %s: proxy_protocol is not supported yet", m->name);
	return true;
}

static bool set_auth(struct question *a, const struct query *q)
{
	const struct config_module *m = a->request.module;
	const char *name = query_get(q, "auth");

	a->request.auth = m->auth;
	if (!name)
		return true;
	if (m->prober != CONFIG_PROBER_POP3)
		return refuse(a, "module %s takes no auth", m->name);
	a->request.auth = config_auth(a->request.config, name);
	return a->request.auth || refuse(a, "unknown auth %.100s", name);
}

static bool set_target(struct question *a, const struct query *q)
{
	const char *text = query_get(q, "target");

	if (!text || !*text)
		return refuse(a, "target parameter is missing");
	a->request.target = &a->target;
	switch (target_parse(text, &a->target)) {
	case TARGET_OK:
	case TARGET_BAD_PORT:
	case TARGET_BAD_HOST:
		break;
	case TARGET_BAD:
		return refuse(a, "target cannot be understood");
	}
	a->request.port = a->target.port;
	if (a->target.status == TARGET_OK && !a->target.port)
		a->request.port = config_module_port(a->request.module);
	return true;
}

static bool set_hostname(struct question *a, const struct query *q)
{
	const char *name = query_get(q, "hostname");
	struct target t;

	if (!name || !*name)
		return true;
	if (target_parse(name, &t) != TARGET_OK || t.port || t.is_path)
		return refuse(a, "hostname is neither a name nor an address");
	a->request.hostname = name;
	return true;
}

static bool set_timeout(struct question *a, struct exporter *e, struct web_request *r)
{
	const char *header = web_header(r, "X-Prometheus-Scrape-Timeout-Seconds");
	double scrape, seconds;

	if (!timeout_header(header, &scrape))
		return refuse(a, "X-Prometheus-Scrape-Timeout-Seconds is not a number");
	seconds = timeout_in_force(
		(double)a->request.module->timeout_ns / 1e9, scrape, e->flags->timeout_offset);
	a->request.timeout_ns = (uint64_t)(seconds * 1e9) + 1;
	a->request.timeout_ns -= a->request.timeout_ns % 1000;
	return true;
}

static bool set_flag(struct question *a, const struct query *q, const char *name, bool *flag)
{
	const char *value = query_get(q, name);

	*flag = value && (!*value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
	if (*flag || !value || strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
		return true;
	return refuse(a, "%s is neither true nor false", name);
}

static bool set_format(struct question *a, struct web_request *r, const struct query *q)
{
	const char *name = query_get(q, "format");

	a->format = accept_format(web_header(r, "Accept"), true);
	if (!name)
		return true;
	if (strcmp(name, "json") == 0)
		a->format = ACCEPT_JSON;
	else if (strcmp(name, "openmetrics") == 0)
		a->format = ACCEPT_OPENMETRICS;
	else if (strcmp(name, "text") == 0 || strcmp(name, "prometheus") == 0)
		a->format = ACCEPT_TEXT;
	else
		return refuse(a, "format is none of text, openmetrics, json");
	return true;
}

static void ask(struct exporter *e, struct web_request *r, const struct question *q)
{
	struct asker *a = calloc(1, sizeof(*a));

	if (!a) {
		web_reply_line(r, 500, "out of memory");
		return;
	}
	*a = (struct asker){.exporter = e, .request = r, .format = q->format, .debug = q->debug};
	a->waiter.done = on_done;
	a->waiter.arg = a;
	web_on_gone(r, on_gone, a);
	flights_ask(&e->flights, &q->request, &a->waiter);
}

void page_probe(struct exporter *e, struct web_request *r, const struct query *q)
{
	struct question a = {.problem = ""};

	if (set_module(&a, e, q) && is_possible(&a) && set_auth(&a, q) && set_target(&a, q) &&
		set_hostname(&a, q) && set_timeout(&a, e, r) && set_format(&a, r, q) &&
		set_flag(&a, q, "debug", &a.debug))
		ask(e, r, &a);
	else
		web_reply_line(r, 400, a.problem);
}
