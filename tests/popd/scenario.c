#include "scenario.h"

#include "words.h"

#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *word;
	enum action_kind kind;
	bool has_ms;
	bool has_octets;
} action_words[] = {
	{"send", ACT_SEND, false, true},
	{"drip", ACT_DRIP, true, true},
	{"delay", ACT_DELAY, true, false},
	{"flood", ACT_FLOOD, false, true},
	{"records", ACT_RECORDS, false, true},
	{"keyupdates", ACT_KEYUPDATE, false, false},
	{"close", ACT_CLOSE, false, false},
	{"drop", ACT_DROP, false, false},
	{"halfclose", ACT_HALF, false, false},
	{"reset", ACT_RESET, false, false},
	{"bye", ACT_BYE, false, false},
	{"hang", ACT_HANG, false, false},
	{"noread", ACT_NOREAD, false, false},
	{"await", ACT_AWAIT, false, false},
	{"hello", ACT_HELLO, false, false},
	{"starttls", ACT_STARTTLS, false, false},
	{"default", ACT_DEFAULT, false, false},
};

enum { ACTION_WORDS = sizeof(action_words) / sizeof(action_words[0]) };

static bool parse_action(
	const struct words *w, size_t *i, struct action *action, const char **error)
{
	const char *word = words_text(w, *i);
	size_t k = 0;
	unsigned long ms = 0;

	while (k < ACTION_WORDS && strcmp(action_words[k].word, word) != 0)
		k++;
	if (k == ACTION_WORDS) {
		*error = "unknown action";
		return false;
	}
	action->kind = action_words[k].kind;
	++*i;
	if (action_words[k].has_ms && !words_number(w, (*i)++, 3600000, &ms)) {
		*error = "this action takes milliseconds first";
		return false;
	}
	action->ms = (unsigned)ms;
	if (action_words[k].has_octets) {
		if (*i >= w->count || !w->quoted[*i] || w->word[*i].len == 0) {
			*error = "this action takes \"octets\" in quotes";
			return false;
		}
		octets_add(&action->octets, w->word[*i].data, w->word[*i].len);
		++*i;
	}
	return true;
}

/* VERB[@plain|@tls][#NTH][%CONNECTION] */
static bool parse_trigger(struct rule *rule, const char *text, const char **error)
{
	size_t n = strcspn(text, "@#%");

	*error = "a trigger is VERB[@plain|@tls][#NTH][%CONNECTION]";
	rule->layer = LAYER_ANY;
	if (n == 0 || n >= sizeof(rule->verb))
		return false;
	memcpy(rule->verb, text, n);
	text += n;
	while (*text != '\0') {
		char mark = *text++;
		char *end;

		n = strcspn(text, "@#%");
		if (mark == '@' && n == 5 && strncmp(text, "plain", n) == 0) {
			rule->layer = LAYER_PLAIN;
		} else if (mark == '@' && n == 3 && strncmp(text, "tls", n) == 0) {
			rule->layer = LAYER_TLS;
		} else {
			unsigned value = (unsigned)strtoul(text, &end, 10);

			if (mark == '@' || value == 0 || end != text + n)
				return false;
			*(mark == '#' ? &rule->nth : &rule->connection) = value;
		}
		text += n;
	}
	return true;
}

static bool set_on(struct scenario *s, const struct words *w, const char **error)
{
	struct rule *rule = xcalloc(1, sizeof(*rule));
	struct rule **last_rule = &s->rules;
	struct action **last = &rule->actions;
	size_t i = 2;

	if (!parse_trigger(rule, words_text(w, 1), error) || w->count < 3) {
		free(rule);
		return false;
	}
	while (i < w->count) {
		*last = xcalloc(1, sizeof(**last));
		if (!parse_action(w, &i, *last, error))
			return false;
		last = &(*last)->next;
	}
	while (*last_rule != NULL)
		last_rule = &(*last_rule)->next;
	*last_rule = rule;
	return true;
}

void scenario_add_user(struct scenario *s, const char *name, const char *password, bool admin)
{
	struct user *user;

	if (s->users_are_defaults) {
		s->users_are_defaults = false;
		s->user_count = 0;
	}
	s->users = realloc(s->users, (s->user_count + 1) * sizeof(*s->users));
	user = &s->users[s->user_count++];
	*user = (struct user){.name = strdup(name), .password = strdup(password), .admin = admin};
}

static bool set_user(struct scenario *s, const struct words *w, const char **error)
{
	struct user *user;

	*error = "user NAME PASSWORD [admin] [token TEXT]";
	if (w->count < 3)
		return false;
	scenario_add_user(s, words_text(w, 1), words_text(w, 2), false);
	user = &s->users[s->user_count - 1];
	for (size_t i = 3; i < w->count; i++) {
		if (words_is(w, i, "admin"))
			user->admin = true;
		else if (words_is(w, i, "token") && i + 1 < w->count)
			user->token = strdup(words_text(w, ++i));
		else
			return false;
	}
	return true;
}

static void add_message(struct scenario *s, const char *text, size_t len)
{
	struct message *m;

	s->messages = realloc(s->messages, (s->message_count + 1) * sizeof(*s->messages));
	m = &s->messages[s->message_count++];
	m->text = memcpy(xcalloc(1, len + 1), text, len);
	m->len = len;
	snprintf(m->uid, sizeof(m->uid), "%08zx5b98f419", s->message_count);
}

static bool set_message(struct scenario *s, const struct words *w, const char **error)
{
	*error = "message \"TEXT\" [UID]";
	if (w->count < 2 || w->count > 3 || !w->quoted[1])
		return false;
	s->messages_are_defaults = false;
	add_message(s, words_text(w, 1), w->word[1].len);
	if (w->count == 3)
		snprintf(s->messages[s->message_count - 1].uid, sizeof(s->messages[0].uid), "%s",
			words_text(w, 2));
	return true;
}

static bool set_messages(struct scenario *s, const struct words *w, const char **error)
{
	unsigned long count;
	unsigned long size = 0;
	struct octets text = {0};

	*error = "messages COUNT [OCTETS]";
	if (!words_number(w, 1, 1000000, &count) ||
		(w->count > 2 && !words_number(w, 2, 100000000, &size)))
		return false;
	s->messages_are_defaults = false;
	octets_text(&text, "From: sender@example.com\r\nSubject: generated\r\n\r\n");
	while (text.len < size)
		octets_printf(&text, "%-76s\r\n", "filling");
	for (unsigned long i = 0; i < count; i++)
		add_message(s, (char *)text.data, text.len);
	octets_fini(&text);
	return true;
}

/* capa LAYER LINE... and mechanisms LAYER NAME...; LAYER is plain, tls or any. */
static bool set_list(char *list[2], const struct words *w, const char *separator)
{
	struct octets text = {0};

	octets_add(&text, "", 0);
	for (size_t i = 2; i < w->count; i++) {
		octets_text(&text, words_text(w, i));
		octets_text(&text, separator);
	}
	if (words_is(w, 1, "plain") || words_is(w, 1, "any"))
		list[LAYER_PLAIN] = strdup((char *)text.data);
	if (words_is(w, 1, "tls") || words_is(w, 1, "any"))
		list[LAYER_TLS] = strdup((char *)text.data);
	octets_fini(&text);
	return words_is(w, 1, "plain") || words_is(w, 1, "tls") || words_is(w, 1, "any");
}

static bool set_limit(struct scenario *s, const struct words *w, const char **error)
{
	unsigned long n;

	*error = "limit OCTETS close|drop|halfclose|reset|hang";
	if (!words_number(w, 1, 1UL << 40, &n))
		return false;
	for (size_t k = 0; k < ACTION_WORDS; k++) {
		if (words_is(w, 2, action_words[k].word) && !action_words[k].has_octets &&
			!action_words[k].has_ms) {
			s->limit = n;
			s->limit_end = action_words[k].kind;
			return true;
		}
	}
	return false;
}

static int tls_version(const char *text)
{
	static const char names[][4] = {"1.0", "1.1", "1.2", "1.3"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(text, names[i]) == 0)
			return TLS1_VERSION + i;
	}
	return 0;
}

static bool set_tls(struct scenario *s, const struct words *w, const char **error)
{
	*error = "tls [min|max] 1.0|1.1|1.2|1.3 ...";
	for (size_t i = 1; i + 1 < w->count; i += 2) {
		int version = tls_version(words_text(w, i + 1));

		if (version == 0)
			return false;
		if (words_is(w, i, "min"))
			s->tls_min = version;
		else if (words_is(w, i, "max"))
			s->tls_max = version;
		else
			return false;
	}
	return w->count >= 3 && w->count % 2 == 1;
}

static bool set_scram(struct scenario *s, const struct words *w, const char **error)
{
	unsigned long n;

	*error = "scram iterations N | bad-signature | no-signature | bad-nonce | first \"TEXT\"";
	if (words_is(w, 1, "bad-signature"))
		s->scram_bad_signature = true;
	else if (words_is(w, 1, "no-signature"))
		s->scram_no_signature = true;
	else if (words_is(w, 1, "bad-nonce"))
		s->scram_bad_nonce = true;
	else if (words_is(w, 1, "first") && w->count == 3)
		octets_add(&s->scram_first, w->word[2].data, w->word[2].len);
	else if (words_is(w, 1, "iterations") && words_number(w, 2, 100000000, &n))
		s->scram_iterations = (unsigned)n;
	else
		return false;
	return true;
}

static bool set_cert(struct scenario *s, const struct words *w, const char **error)
{
	*error = "cert NAME [for SERVER-NAME]";
	if (w->count == 2) {
		free(s->cert);
		s->cert = strdup(words_text(w, 1));
		return true;
	}
	if (w->count != 4 || !words_is(w, 2, "for") || s->sni_count == 8)
		return false;
	s->sni_cert[s->sni_count] = strdup(words_text(w, 1));
	s->sni_name[s->sni_count++] = strdup(words_text(w, 3));
	return true;
}

static bool set_client_cert(struct scenario *s, const struct words *w, const char **error)
{
	*error = "client-cert no|request|require";
	if (words_is(w, 1, "request"))
		s->client_cert = CLIENT_CERT_REQUEST;
	else if (words_is(w, 1, "require"))
		s->client_cert = CLIENT_CERT_REQUIRE;
	else
		return words_is(w, 1, "no");
	return true;
}

static bool set_switch(struct scenario *s, const struct words *w, const char **error)
{
	const struct {
		const char *word;
		bool *flag;
	} switches[] = {
		{"stls", &s->stls},
		{"apop", &s->apop},
		{"cleartext-login", &s->cleartext_login},
		{"two-line-xoauth2", &s->two_line_xoauth2},
		{"pipelining", &s->pipelining},
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (!words_is(w, 0, switches[i].word))
			continue;
		*error = "takes yes or no";
		*switches[i].flag = words_is(w, 1, "yes");
		return *switches[i].flag || words_is(w, 1, "no");
	}
	*error = "unknown setting";
	return false;
}

static bool set_number(struct scenario *s, const struct words *w, const char **error)
{
	unsigned long a = 0;
	unsigned long b = 0;

	*error = "takes a number";
	if (!words_number(w, 1, 3600000, &a) || (w->count > 2 && !words_number(w, 2, 3600000, &b)))
		return false;
	if (words_is(w, 0, "delay")) {
		s->delay_ms = (unsigned)a;
	} else if (words_is(w, 0, "drip")) {
		s->drip_ms = (unsigned)a;
	} else if (words_is(w, 0, "split")) {
		s->split_at = a;
		s->split_ms = (unsigned)b;
	} else if (words_is(w, 0, "receive-buffer")) {
		s->receive_buffer = (int)a;
	} else if (words_is(w, 0, "proxy-header")) {
		s->proxy = (int)a;
	} else if (words_is(w, 0, "plain-port")) {
		s->fixed_port[LAYER_PLAIN] = (int)a;
	} else if (words_is(w, 0, "tls-port")) {
		s->fixed_port[LAYER_TLS] = (int)a;
	} else {
		return set_switch(s, w, error);
	}
	return true;
}

static bool set_any(struct scenario *s, const struct words *w, const char **error)
{
	if (words_is(w, 0, "on"))
		return set_on(s, w, error);
	if (words_is(w, 0, "user"))
		return set_user(s, w, error);
	if (words_is(w, 0, "message"))
		return set_message(s, w, error);
	if (words_is(w, 0, "messages"))
		return set_messages(s, w, error);
	if (words_is(w, 0, "limit"))
		return set_limit(s, w, error);
	if (words_is(w, 0, "tls"))
		return set_tls(s, w, error);
	if (words_is(w, 0, "scram"))
		return set_scram(s, w, error);
	if (words_is(w, 0, "cert"))
		return set_cert(s, w, error);
	if (words_is(w, 0, "client-cert"))
		return set_client_cert(s, w, error);
	*error = "the layer is plain, tls or any";
	if (words_is(w, 0, "capa"))
		return set_list(s->capa, w, "\r\n");
	if (words_is(w, 0, "mechanisms"))
		return set_list(s->mechanisms, w, " ");
	if (words_is(w, 0, "greeting") && w->count == 2) {
		octets_add(&s->greeting, w->word[1].data, w->word[1].len);
		return true;
	}
	return words_number(w, 1, ~0UL, &(unsigned long){0}) ? set_number(s, w, error)
							     : set_switch(s, w, error);
}

bool scenario_line(struct scenario *s, char *line, const char **error)
{
	struct words w;
	bool ok = words_split(&w, line, error);

	if (ok && w.count > 0)
		ok = set_any(s, &w, error);
	words_fini(&w);
	return ok;
}

bool scenario_load(struct scenario *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	bool ok = true;

	if (f == NULL) {
		perror(path);
		return false;
	}
	while (ok && getline(&line, &size, f) > 0) {
		const char *error = "";

		number++;
		ok = scenario_line(s, line, &error);
		if (!ok)
			fprintf(stderr, "%s:%u: %s\n", path, number, error);
	}
	free(line);
	fclose(f);
	return ok;
}
