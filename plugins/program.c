/* The program of steps that the options ask for. */
#include "plan.h"

#include <string.h>

enum {
	BODY_STEPS_MAX = 8,
};

/* check_tcp waits for so long without an octet before it gives up on -e (READ_TIMEOUT). */
static const uint64_t silence_ns = 2 * (uint64_t)1000000000;
/* More than comes between two segments of one greeting. */
static const uint64_t pause_ns = 1000 * (uint64_t)1000000;

static void add(struct probe_step *body, size_t *n, enum step_verb verb)
{
	body[(*n)++] = (struct probe_step){.verb = verb};
}

static void expectation(struct plan *p)
{
	const struct settings *s = p->settings;

	p->greeting_pattern = SLICE_LIT("+OK");
	p->expect = (struct step_expect){
		.patterns = s->pattern_count ? s->patterns : &p->greeting_pattern,
		.count = s->pattern_count ? s->pattern_count : 1,
		.all = s->all,
		.prefix = s->pattern_count == 0,
		.max_octets = s->max_octets,
		.silence_ns = silence_ns,
	};
}

/* check_pop's way: -s, -d, then octets until -e is met. Without -e and -m a greeting is due; under
 * the old names one whose line does not end is taken once nothing more comes. */
static size_t raw_body(struct plan *p, struct probe_step *body)
{
	const struct settings *s = p->settings;
	size_t n = 0;

	if (s->has_send && s->send.n) {
		add(body, &n, STEP_SEND);
		body[n - 1].text = buf_slice(&s->send);
	}
	if (s->delay_s) {
		add(body, &n, STEP_DELAY);
		body[n - 1].ns = s->delay_s * (uint64_t)1000000000;
	}
	if (s->pattern_count || s->max_octets) {
		add(body, &n, STEP_EXPECT);
		body[n - 1].expect = &p->expect;
	} else {
		add(body, &n, STEP_GREETING);
		if (s->service.old_name)
			body[n - 1].ns = pause_ns;
	}
	return n;
}

static size_t dialogue_body(const struct plan *p, bool with_login, struct probe_step *body)
{
	const struct settings *s = p->settings;
	size_t n = 0;

	add(body, &n, STEP_GREETING);
	if (s->user || s->capa.n || s->capa_forbid.n || s->stls)
		add(body, &n, STEP_CAPA);
	if (s->user && with_login) {
		add(body, &n, STEP_LOGIN);
		if (!s->expect_reject)
			add(body, &n, STEP_STAT);
	}
	return n;
}

/* What composing cannot know: -q, and -e on a greeting that STLS put in front. */
static void patch(struct plan *p, size_t count)
{
	const struct settings *s = p->settings;

	for (size_t i = 0; i < count; i++) {
		if (p->steps[i].verb == STEP_QUIT && s->has_quit)
			p->steps[i].text = buf_slice(&s->quit);
		if (p->steps[i].verb == STEP_GREETING && s->pattern_count)
			p->steps[i].expect = &p->expect;
	}
}

bool plan_compose(struct plan *p, bool with_login)
{
	struct probe_step body[BODY_STEPS_MAX];
	struct probe_program program = {.steps = body};

	expectation(p);
	program.count = settings_dialogue(p->settings) ? dialogue_body(p, with_login, body)
						       : raw_body(p, body);
	p->program = (struct probe_program){
		.steps = p->steps,
		.count = probe_program_compose(p->tls_mode, &program, p->steps),
	};
	patch(p, p->program.count);
	return p->program.count > 0;
}
