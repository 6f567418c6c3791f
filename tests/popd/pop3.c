/* RFC 1939's AUTHORIZATION state, CAPA (RFC 2449) and STLS (RFC 2595). */
#include "conn.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void pop3_greeting(struct conn *c)
{
	const struct scenario *s = &c->server->scenario;
	const struct rule *rule = scenario_rule(s, "GREETING", c->layer, 1, c->number);
	unsigned char random[6];

	if (rule != NULL && c->queue->kind == ACT_GREET) {
		queue_copy(c, rule->actions);
		return;
	}
	if (s->greeting.len > 0) {
		reply_octets(c, s->greeting.data, s->greeting.len);
		return;
	}
	if (!s->apop) {
		reply(c, "+OK popd ready");
		return;
	}
	RAND_bytes(random, sizeof(random));
	snprintf(c->stamp, sizeof(c->stamp), "<%u.%02x%02x%02x%02x%02x%02x@popd.example>",
		c->number, random[0], random[1], random[2], random[3], random[4], random[5]);
	reply(c, "+OK popd ready %s", c->stamp);
}

static bool clear_text_refused(struct conn *c)
{
	return c->layer == LAYER_PLAIN && !c->server->scenario.cleartext_login;
}

const char *pop3_mechanisms(struct conn *c, struct octets *out)
{
	const char *own = c->server->scenario.mechanisms[c->layer];

	if (own != NULL) {
		octets_text(out, own);
		return (const char *)out->data;
	}
	if (!clear_text_refused(c))
		octets_text(out, "PLAIN LOGIN XOAUTH2 OAUTHBEARER ");
	octets_text(out, "CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 ");
	if (c->ssl != NULL && SSL_get0_peer_certificate(c->ssl) != NULL)
		octets_text(out, "EXTERNAL ");
	return (const char *)out->data;
}

static void capa(struct conn *c)
{
	const struct scenario *s = &c->server->scenario;
	struct octets out = {0};
	struct octets mechanisms = {0};

	octets_text(&out, "+OK Capability list follows\r\n");
	if (s->capa[c->layer] != NULL) {
		octets_text(&out, s->capa[c->layer]);
	} else {
		octets_text(&out, "TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\n");
		if (s->pipelining)
			octets_text(&out, "PIPELINING\r\n");
		if (!clear_text_refused(c))
			octets_text(&out, "USER\r\n");
		if (s->stls && c->layer == LAYER_PLAIN && c->server->tls != NULL)
			octets_text(&out, "STLS\r\n");
		if (*pop3_mechanisms(c, &mechanisms) != '\0')
			octets_printf(&out, "SASL %.*s\r\n", (int)mechanisms.len - 1,
				(const char *)mechanisms.data);
		octets_text(&out, "IMPLEMENTATION popd\r\n");
	}
	octets_text(&out, ".\r\n");
	reply_octets(c, out.data, out.len);
	octets_fini(&out);
	octets_fini(&mechanisms);
}

bool pop3_login(struct conn *c, struct user *user)
{
	if (user->locked) {
		reply(c, "-ERR [IN-USE] Do you have another POP session running?");
		return false;
	}
	user->locked = true;
	c->user = user;
	c->state = STATE_TRANSACTION;
	maildrop_open(c, user);
	reply(c, "+OK Logged in.");
	return true;
}

void pop3_login_failed(struct conn *c)
{
	reply(c, "-ERR [AUTH] Authentication failed.");
}

static void pass(struct conn *c, const char *password)
{
	struct user *user = scenario_user(&c->server->scenario, c->user_name);

	if (c->user_name[0] == '\0')
		reply(c, "-ERR USER first");
	else if (user == NULL || strcmp(user->password, password) != 0)
		pop3_login_failed(c);
	else
		pop3_login(c, user);
	c->user_name[0] = '\0';
}

static void apop(struct conn *c, const char *argument)
{
	const char *blank = strrchr(argument, ' ');
	char name[128];
	unsigned char md[EVP_MAX_MD_SIZE];
	char hex[33];
	struct octets text = {0};
	struct user *user;

	if (c->stamp[0] == '\0' || blank == NULL) {
		reply(c, "-ERR APOP not available");
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(blank - argument), argument);
	user = scenario_user(&c->server->scenario, name);
	octets_printf(&text, "%s%s", c->stamp, user != NULL ? user->password : "");
	EVP_Digest(text.data, text.len, md, NULL, EVP_md5(), NULL);
	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	octets_fini(&text);
	if (user != NULL && strcmp(hex, blank + 1) == 0)
		pop3_login(c, user);
	else
		pop3_login_failed(c);
}

static void stls(struct conn *c)
{
	if (c->layer == LAYER_TLS) {
		reply(c, "-ERR TLS is already active");
	} else if (!c->server->scenario.stls || c->server->tls == NULL) {
		reply(c, "-ERR TLS is not available");
	} else {
		reply(c, "+OK Begin TLS negotiation now.");
		queue_action(c, ACT_STARTTLS, 0, "", 0);
		queue_action(c, ACT_TLS_UP, 0, "", 0);
	}
}

static void authorization(struct conn *c, const char *verb, const char *argument)
{
	bool login = strcmp(verb, "USER") == 0 || strcmp(verb, "PASS") == 0;

	if (strcmp(verb, "STLS") == 0)
		stls(c);
	else if (strcmp(verb, "AUTH") == 0)
		sasl_command(c, argument);
	else if (strcmp(verb, "APOP") == 0)
		apop(c, argument);
	else if (login && clear_text_refused(c))
		reply(c, "-ERR [AUTH] Cleartext authentication disallowed on non-secure "
			 "connections.");
	else if (strcmp(verb, "USER") == 0 && *argument == '\0')
		reply(c, "-ERR No username");
	else if (strcmp(verb, "USER") == 0) {
		snprintf(c->user_name, sizeof(c->user_name), "%s", argument);
		reply(c, "+OK");
	} else if (strcmp(verb, "PASS") == 0)
		pass(c, argument);
	else
		reply(c, "-ERR Unknown command.");
}

static void quit(struct conn *c)
{
	size_t deleted = 0;

	for (size_t i = 0; c->marked != NULL && i < c->count; i++)
		deleted += c->marked[i];
	if (deleted > 0)
		reply(c, "+OK Logging out, messages deleted.");
	else
		reply(c, "+OK Logging out.");
	maildrop_close(c, true);
	c->state = STATE_DONE;
	queue_action(c, ACT_BYE, 0, "", 0);
}

/* The keyword in upper case; returns the argument, "" where there is none. */
static const char *split_verb(const char *line, char *verb, size_t size)
{
	size_t n = strcspn(line, " ");

	snprintf(verb, size, "%.*s", (int)n, line);
	for (char *p = verb; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return line[n] == ' ' ? line + n + 1 : "";
}

static unsigned count_verb(struct conn *c, const char *verb)
{
	for (size_t i = 0; i < 32; i++) {
		if (c->verbs[i][0] == '\0')
			snprintf(c->verbs[i], sizeof(c->verbs[i]), "%s", verb);
		if (strcmp(c->verbs[i], verb) == 0)
			return ++c->verb_count[i];
	}
	return 0;
}

void pop3_default(struct conn *c)
{
	char verb[24];
	const char *argument = split_verb((const char *)c->line.data, verb, sizeof(verb));

	if (c->queue != NULL && c->queue->kind == ACT_DEFAULT && c->state == STATE_AUTHORIZATION &&
		c->line.len == 0 && c->verb_count[0] == 0)
		pop3_greeting(c); /* `default` in a GREETING rule */
	else if (c->sasl.mech != NULL)
		sasl_response(c);
	else if (strcmp(verb, "QUIT") == 0)
		quit(c);
	else if (strcmp(verb, "CAPA") == 0)
		capa(c);
	else if (c->state == STATE_AUTHORIZATION)
		authorization(c, verb, argument);
	else if (!maildrop_command(c, verb, argument))
		reply(c, "-ERR Unknown command.");
}

void pop3_line(struct conn *c)
{
	char verb[24];
	const struct rule *rule;

	split_verb((const char *)c->line.data, verb, sizeof(verb));
	if (c->sasl.mech != NULL)
		strcpy(verb, "RESPONSE");
	else if (strcmp(verb, "QUIT") == 0)
		c->quit_seen = true;
	rule = scenario_rule(&c->server->scenario, verb, c->layer, count_verb(c, verb), c->number);
	if (rule != NULL)
		queue_copy(c, rule->actions);
	else
		pop3_default(c);
}

void pop3_session_end(struct conn *c)
{
	sasl_end(c);
	maildrop_close(c, false);
}
