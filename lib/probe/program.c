#include "probe/program.h"

#include <string.h>

static const char *const verb_names[STEP_VERB_COUNT] = {
	[STEP_CONNECT] = "connect",
	[STEP_TLS] = "tls",
	[STEP_GREETING] = "greeting",
	[STEP_CAPA] = "capa",
	[STEP_STLS] = "stls",
	[STEP_LOGIN] = "login",
	[STEP_STAT] = "stat",
	[STEP_NOOP] = "noop",
	[STEP_SEND] = "send",
	[STEP_DELAY] = "delay",
	[STEP_EXPECT] = "expect",
	[STEP_QUIT] = "quit",
};

const char *step_verb_name(enum step_verb verb)
{
	return verb_names[verb];
}

const char *probe_step_name(const struct probe_step *step)
{
	return step->name != NULL ? step->name : verb_names[step->verb];
}

static const struct probe_step banner[] = {{.verb = STEP_GREETING}};
static const struct probe_step capa[] = {{.verb = STEP_GREETING}, {.verb = STEP_CAPA}};
static const struct probe_step login[] = {
	{.verb = STEP_GREETING}, {.verb = STEP_CAPA}, {.verb = STEP_LOGIN}};
static const struct probe_step stat[] = {
	{.verb = STEP_GREETING}, {.verb = STEP_CAPA}, {.verb = STEP_LOGIN}, {.verb = STEP_STAT}};

#define BODY(steps)                                                                                \
	{                                                                                          \
		steps, sizeof(steps) / sizeof((steps)[0])                                          \
	}

const struct probe_check probe_checks[] = {
	{"banner", BODY(banner)},
	{"capa", BODY(capa)},
	{"login", BODY(login)},
	{"stat", BODY(stat)},
	/* What a certificate says is known before the greeting; the greeting proves that POP3 is
	 * behind it. */
	{"tls-expiry", BODY(banner)},
};
const size_t probe_check_count = sizeof(probe_checks) / sizeof(probe_checks[0]);

const struct probe_check *probe_check_find(const char *name)
{
	for (size_t i = 0; i < probe_check_count; i++)
		if (strcmp(probe_checks[i].name, name) == 0)
			return &probe_checks[i];
	return NULL;
}

static const struct probe_step clear_prefix[] = {{.verb = STEP_CONNECT}};
static const struct probe_step implicit_prefix[] = {{.verb = STEP_CONNECT}, {.verb = STEP_TLS}};
/* RFC 2595 section 4: what was learnt before TLS is discarded, hence the second CAPA. */
static const struct probe_step stls_prefix[] = {{.verb = STEP_CONNECT}, {.verb = STEP_GREETING},
	{.verb = STEP_CAPA}, {.verb = STEP_STLS}, {.verb = STEP_TLS}, {.verb = STEP_CAPA}};
static const struct probe_step suffix[] = {{.verb = STEP_QUIT}};

static const struct probe_program prefixes[] = {
	[PROBE_TLS_NONE] = BODY(clear_prefix),
	[PROBE_TLS_IMPLICIT] = BODY(implicit_prefix),
	[PROBE_TLS_STLS] = BODY(stls_prefix),
};

static bool ends_in_quit(const struct probe_program *body)
{
	return body->count > 0 && body->steps[body->count - 1].verb == STEP_QUIT;
}

size_t probe_program_compose(
	enum probe_tls_mode mode, const struct probe_program *body, struct probe_step *out)
{
	const struct probe_program *prefix = &prefixes[mode];
	size_t quit = ends_in_quit(body) ? 0 : 1;
	size_t from = 0, n = prefix->count;

	memcpy(out, prefix->steps, prefix->count * sizeof(*out));
	if (mode == PROBE_TLS_STLS) {
		if (from < body->count && body->steps[from].verb == STEP_GREETING)
			out[1] = body->steps[from++];
		if (from < body->count && body->steps[from].verb == STEP_CAPA)
			from++;
	}
	if (n + (body->count - from) + quit > PROGRAM_STEPS_MAX)
		return 0;
	memcpy(out + n, body->steps + from, (body->count - from) * sizeof(*out));
	n += body->count - from;
	memcpy(out + n, suffix, quit * sizeof(*out));
	return n + quit;
}
