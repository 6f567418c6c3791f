/* The ordinary server: its accounts, its mail, and how rules are looked up. */
#include "scenario.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const default_messages[] = {
	"From: Alice <alice@example.com>\r\nTo: bob@example.com\r\n"
	"Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n"
	"Subject: first message\r\n\r\nHello,\r\n\r\nthis is the first message.\r\n",

	"From: Carol <carol@example.com>\r\nTo: bob@example.com\r\n"
	"Date: Tue, 03 Nov 2026 11:30:00 +0000\r\nMessage-ID: <2@example.com>\r\n"
	"Subject: lines that begin with dots\r\n\r\n"
	".\r\n..\r\n.one dot\r\n..two dots\r\nthe end\r\n",

	"From: Dave <dave@example.com>\r\nTo: bob@example.com\r\n"
	"Date: Wed, 04 Nov 2026 12:45:00 +0000\r\nMessage-ID: <3@example.com>\r\n"
	"Subject: only headers\r\n\r\n",
};

static bool add_default_message(struct scenario *s, size_t i)
{
	struct octets line = {0};
	const char *error;
	bool ok;

	octets_text(&line, "message \"");
	octets_escaped(&line, default_messages[i], strlen(default_messages[i]));
	octets_text(&line, "\"");
	ok = scenario_line(s, (char *)line.data, &error);
	octets_fini(&line);
	return ok;
}

void scenario_init(struct scenario *s)
{
	*s = (struct scenario){.stls = true,
		.apop = true,
		.cleartext_login = true,
		.pipelining = true,
		.limit = SIZE_MAX,
		.scram_iterations = 4096,
		.cert = strdup("good"),
		.users_are_defaults = true,
		.messages_are_defaults = true};
}

void scenario_finish(struct scenario *s)
{
	if (s->users_are_defaults) {
		scenario_add_user(s, "alice", "wonderland-7Q", false);
		s->users[0].token = strdup("ya29.token-of-alice-5F");
		scenario_add_user(s, "bob", "builder-3K-secret", false);
		scenario_add_user(s, "admin", "overlord-9Z-secret", true);
	}
	for (size_t i = 0; s->messages_are_defaults && i < 3; i++) {
		(void)add_default_message(s, i);
		s->messages_are_defaults = true;
	}
	for (size_t i = 0; i < s->user_count; i++)
		s->users[i].deleted = xcalloc(s->message_count + 1, sizeof(bool));
}

struct user *scenario_user(struct scenario *s, const char *name)
{
	for (size_t i = 0; i < s->user_count; i++) {
		if (strcmp(s->users[i].name, name) == 0)
			return &s->users[i];
	}
	return NULL;
}

/* The first rule that fits; one for `*` fits every command that has none of its own. */
const struct rule *scenario_rule(
	const struct scenario *s, const char *verb, enum layer layer, unsigned nth, unsigned conn)
{
	static const char *const events[] = {"CONNECT", "GREETING", "TLS", "RESPONSE"};
	const struct rule *any = NULL;
	bool event = false;

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		event = event || strcmp(events[i], verb) == 0;
	for (const struct rule *r = s->rules; r != NULL; r = r->next) {
		if (r->layer != LAYER_ANY && r->layer != layer)
			continue;
		if ((r->nth != 0 && r->nth != nth) || (r->connection != 0 && r->connection != conn))
			continue;
		if (strcasecmp(r->verb, verb) == 0)
			return r;
		if (strcmp(r->verb, "*") == 0 && any == NULL && !event)
			any = r;
	}
	return any;
}
