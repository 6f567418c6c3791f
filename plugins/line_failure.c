/* What went wrong in the dialogue, in check_pop's words where it has some. */
#include "base/text.h"
#include "line.h"

#include <string.h>

static const char *own_words(const struct probe_result *r)
{
	return *r->detail ? r->detail : probe_reason_words(r->reason);
}

static void add_host(struct buf *out, const struct settings *s)
{
	(void)text_printable(out, slice_str(settings_dial_host(s)), 256, TEXT_NO_PIPE);
}

/* " (detail)" when there is one that says more than the words do. */
static void add_detail(struct buf *out, const struct probe_result *r, const char *words)
{
	if (*r->detail && strcmp(r->detail, words) != 0)
		(void)buf_addf(out, " (%s)", r->detail);
}

static void not_connected(struct buf *out, const struct settings *s, const struct probe_result *r)
{
	static const char refused[] = "Connection refused";
	const char *words = own_words(r);

	if (settings_is_socket(s)) {
		(void)buf_add_str(out, "connect to file socket ");
		add_host(out, s);
		(void)buf_add_str(out, ": ");
	} else {
		(void)buf_add_str(out, "connect to address ");
		add_host(out, s);
		(void)buf_addf(out, " and port %u: ", (unsigned)settings_port(s));
	}
	if (r->reason != REASON_REFUSED || strncmp(words, refused, strlen(refused)) == 0) {
		(void)buf_add_str(out, words);
		return;
	}
	(void)buf_add_str(out, refused);
	add_detail(out, r, refused);
}

static void no_address(struct buf *out, const struct settings *s, const struct probe_result *r)
{
	(void)buf_add_str(out, "Invalid hostname, address or socket: ");
	add_host(out, s);
	(void)buf_addf(out, " (%s", probe_reason_words(r->reason));
	if (*r->detail && strcmp(r->detail, probe_reason_words(r->reason)) != 0)
		(void)buf_addf(out, ": %s", r->detail);
	(void)buf_add_char(out, ')');
}

/* The greeting was not what it should be; its text follows on the line. */
static bool bad_greeting(const struct probe_result *r)
{
	static const enum probe_reason reasons[] = {
		REASON_REJECTED,
		REASON_EXPECT_MISMATCH,
		REASON_PROTOCOL_ERROR,
		REASON_LINE_TOO_LONG,
		REASON_SYS_TEMP,
		REASON_SYS_PERM,
		REASON_IN_USE,
		REASON_LOGIN_DELAY,
	};

	if (r->phase != PHASE_GREETING)
		return false;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (r->reason == reasons[i])
			return true;
	return false;
}

static bool certificate_failure(struct buf *out, const struct probe_result *r)
{
	if (r->reason == REASON_CERT_EXPIRED)
		return line_certificate(out, r);
	if (r->reason == REASON_CERT_NOT_YET_VALID)
		return line_certificate_early(out, r);
	return false;
}

static void other_failure(struct buf *out, const struct settings *s, const struct probe_result *r)
{
	const char *mechanism = r->login_tried ? auth_mech_info(r->mech)->name : NULL;

	if (certificate_failure(out, r))
		return;
	if (settings_classic_only(s) && r->phase == PHASE_TLS)
		(void)buf_add_str(out, "Cannot make SSL connection. ");
	(void)text_printable(out, slice_str(own_words(r)), 256, TEXT_NO_PIPE);
	if (r->phase == PHASE_AUTH && mechanism && !strstr(own_words(r), mechanism))
		(void)buf_addf(out, " (%s)", mechanism);
}

void line_failure(struct buf *out, const struct settings *s, const struct outcome *o)
{
	const struct probe_result *r = o->result;
	static const char mismatch[] = "Unexpected response from host/socket";
	bool silent = r->received_octets == 0 || r->phase == PHASE_GREETING;

	if (r->reason == REASON_REFUSED || r->reason == REASON_UNREACHABLE) {
		not_connected(out, s, r);
	} else if (r->reason == REASON_DNS_NOT_FOUND || r->reason == REASON_DNS_FAILED) {
		no_address(out, s, r);
	} else if (r->reason == REASON_TIMEOUT) {
		(void)buf_addf(out, "Socket timeout after %lu seconds", s->timeout_s);
		if (!settings_classic_only(s))
			add_detail(out, r, probe_reason_words(REASON_TIMEOUT));
	} else if ((r->reason == REASON_CLOSED || r->reason == REASON_RESET) && silent &&
		   r->phase != PHASE_TLS) {
		(void)buf_add_str(out, "No data received from host");
	} else if (bad_greeting(r)) {
		(void)buf_add_str(out, mismatch);
		if (!settings_classic_only(s))
			add_detail(out, r, mismatch);
	} else {
		other_failure(out, s, r);
	}
}
