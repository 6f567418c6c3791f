/* --wait: for services that are being started. */
#include "outcome.h"

#include <time.h>

static const uint64_t second_ns = 1000000000;

/* What passes by itself. A refused login does not, and each further try could lock the account. */
static bool may_pass(const struct outcome *o)
{
	static const enum probe_reason reasons[] = {
		REASON_REFUSED,
		REASON_UNREACHABLE, /* a UNIX socket that is not there yet */
		REASON_RESET,
		REASON_CLOSED,
		REASON_DNS_NOT_FOUND,
		REASON_DNS_FAILED,
		REASON_TIMEOUT,
		REASON_SYS_TEMP,
		REASON_IN_USE,
	};

	if (o->verdict.state == SEVERITY_OK)
		return false;
	/* Some servers refuse a login by closing: it is not tried again. */
	if (o->result->login_tried && o->result->phase == PHASE_AUTH &&
		o->result->reason != REASON_IN_USE && o->result->reason != REASON_SYS_TEMP)
		return false;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (o->result->reason == reasons[i])
			return true;
	return false;
}

static void pause_until(uint64_t when_ns)
{
	uint64_t now = net_now_ns();
	struct timespec ts;

	if (when_ns <= now)
		return;
	ts.tv_sec = (time_t)((when_ns - now) / second_ns);
	ts.tv_nsec = (long)((when_ns - now) % second_ns);
	(void)nanosleep(&ts, NULL);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void outcome_wait(struct outcome *o, struct plan *p)
{
	const struct settings *s = p->settings;
	const struct probe_login *login = s->user ? &p->login : NULL;
	uint64_t end = p->start_ns + s->wait_s * second_ns, began = p->start_ns;

	outcome_run(o, p, login, plan_deadline_ns(p));
	while (s->wait_s && may_pass(o) && net_now_ns() < end) {
		/* One try a second, so that a server that refuses at once is not hammered. */
		pause_until(earlier(began + second_ns, end));
		began = net_now_ns();
		if (began >= end)
			break;
		outcome_fini(o);
		outcome_run(o, p, login, earlier(began + s->timeout_s * second_ns, end));
	}
	if (s->wait_s)
		o->waited_ns = net_now_ns() - p->start_ns;
}
