/* AUTH (RFC 5034) and the mechanisms without a digest of their own. */
#include "sasl.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static struct user *allowed(struct conn *c, struct user *user, const char *authzid)
{
	if (user == NULL || *authzid == '\0' || strcmp(authzid, user->name) == 0)
		return user;
	return user->admin ? scenario_user(&c->server->scenario, authzid) : NULL;
}

enum verdict sasl_verdict(struct conn *c, struct user *user, bool proved, const char *authzid)
{
	struct user *target = proved ? allowed(c, user, authzid) : NULL;

	if (target == NULL)
		return VERDICT_NO;
	c->user = target; /* sasl_finish takes it from here */
	return VERDICT_OK;
}

/* authzid NUL authcid NUL passwd, RFC 4616 */
static enum verdict plain(struct conn *c, const struct octets *in, struct octets *out)
{
	const char *authzid = (const char *)in->data;
	const char *name = authzid + strlen(authzid) + 1;
	const char *end = authzid + in->len;
	const char *password = name <= end ? name + strlen(name) + 1 : end + 1;
	struct user *user;

	(void)out;
	if (name > end || password > end || memchr(password, '\0', (size_t)(end - password)))
		return VERDICT_BAD;
	user = scenario_user(&c->server->scenario, name);
	return sasl_verdict(
		c, user, user != NULL && strcmp(user->password, password) == 0, authzid);
}

static enum verdict login(struct conn *c, const struct octets *in, struct octets *out)
{
	struct user *user;

	if (in == NULL || c->sasl.step++ == 0) {
		if (in == NULL) {
			octets_text(out, "Username:");
			return VERDICT_MORE;
		}
		snprintf(c->sasl.user, sizeof(c->sasl.user), "%s", (const char *)in->data);
		octets_text(out, "Password:");
		return VERDICT_MORE;
	}
	user = scenario_user(&c->server->scenario, c->sasl.user);
	return sasl_verdict(
		c, user, user != NULL && strcmp(user->password, (const char *)in->data) == 0, "");
}

static enum verdict external(struct conn *c, const struct octets *in, struct octets *out)
{
	X509 *cert = c->ssl != NULL ? SSL_get0_peer_certificate(c->ssl) : NULL;
	char name[128] = "";

	(void)out;
	if (cert == NULL || SSL_get_verify_result(c->ssl) != X509_V_OK)
		return VERDICT_NO;
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
	return sasl_verdict(
		c, scenario_user(&c->server->scenario, name), true, (const char *)in->data);
}

/* The value of `key` in fields that ^A ends; "" where there is none. */
static void field(const struct octets *in, const char *key, char *value, size_t size)
{
	const char *p = strstr((const char *)in->data, key);
	const char *end;

	*value = '\0';
	if (p == NULL)
		return;
	p += strlen(key);
	end = strchr(p, '\001');
	if (end != NULL)
		snprintf(value, size, "%.*s", (int)(end - p), p);
}

static enum verdict token(struct conn *c, const char *name, const char *text, struct octets *out)
{
	struct user *user = scenario_user(&c->server->scenario, name);

	if (user != NULL && user->token != NULL && strcmp(user->token, text) == 0)
		return sasl_verdict(c, user, true, "");
	c->sasl.failed = true;
	octets_text(
		out, "{\"status\":\"invalid_token\",\"schemes\":\"bearer\",\"scope\":\"mail\"}");
	return VERDICT_MORE;
}

static enum verdict xoauth2(struct conn *c, const struct octets *in, struct octets *out)
{
	char name[128];
	char text[2048];

	if (c->sasl.failed)
		return VERDICT_NO;
	if (strncmp((const char *)in->data, "user=", 5) != 0)
		return VERDICT_BAD;
	field(in, "user=", name, sizeof(name));
	field(in, "\001auth=Bearer ", text, sizeof(text));
	return token(c, name, text, out);
}

/* n,a=NAME,^Ahost=…^Aport=…^Aauth=Bearer …^A^A, RFC 7628 */
static enum verdict oauthbearer(struct conn *c, const struct octets *in, struct octets *out)
{
	const char *data = (const char *)in->data;
	char name[128] = "";
	char text[2048];

	if (c->sasl.failed)
		return VERDICT_NO;
	if (strncmp(data, "n,a=", 4) != 0)
		return VERDICT_BAD;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(data + 4, ","), data + 4);
	field(in, "\001auth=Bearer ", text, sizeof(text));
	return token(c, name, text, out);
}

static const struct mech mechs[] = {
	{"PLAIN", true, plain},
	{"LOGIN", false, login},
	{"CRAM-MD5", false, sasl_cram_md5},
	{"SCRAM-SHA-1", true, sasl_scram_sha_1},
	{"SCRAM-SHA-256", true, sasl_scram_sha_256},
	{"XOAUTH2", true, xoauth2},
	{"OAUTHBEARER", true, oauthbearer},
	{"EXTERNAL", true, external},
};

static bool offered(struct conn *c, const char *name)
{
	struct octets list = {0};
	const char *p = pop3_mechanisms(c, &list);
	bool found = false;

	while (*p != '\0' && !found) {
		size_t n = strcspn(p, " ");

		found = n == strlen(name) && strncasecmp(p, name, n) == 0;
		p += n + strspn(p + n, " ");
	}
	octets_fini(&list);
	return found;
}

static void challenge(struct conn *c, const struct octets *text)
{
	struct octets line = {0};

	octets_text(&line, "+ ");
	octets_base64(&line, text->data, text->len);
	octets_text(&line, "\r\n");
	reply_octets(c, line.data, line.len);
	octets_fini(&line);
}

static void finish(struct conn *c, enum verdict verdict)
{
	struct user *user = c->user;

	c->user = NULL;
	sasl_end(c);
	if (verdict == VERDICT_OK)
		pop3_login(c, user);
	else if (verdict == VERDICT_NO)
		pop3_login_failed(c);
	else
		reply(c, "-ERR Invalid SASL response.");
}

static void step(struct conn *c, const struct octets *in)
{
	struct octets out = {0};
	enum verdict verdict = c->sasl.mech->step(c, in, &out);

	if (verdict == VERDICT_MORE)
		challenge(c, &out);
	else
		finish(c, verdict);
	octets_fini(&out);
}

static void decoded_step(struct conn *c, const char *text)
{
	struct octets in = {0};

	octets_add(&in, "", 0);
	if (octets_unbase64(&in, text, strlen(text)))
		step(c, &in);
	else
		finish(c, VERDICT_BAD);
	octets_fini(&in);
}

void sasl_command(struct conn *c, const char *argument)
{
	char name[32];
	size_t n = strcspn(argument, " ");
	const char *initial = argument[n] == ' ' ? argument + n + 1 : NULL;
	const struct octets empty = {0};

	snprintf(name, sizeof(name), "%.*s", (int)n, argument);
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
		if (strcasecmp(name, mechs[i].name) == 0 && offered(c, name))
			c->sasl.mech = &mechs[i];
	}
	if (c->sasl.mech == NULL)
		reply(c, "-ERR Unsupported authentication mechanism.");
	else if (initial != NULL && c->server->scenario.two_line_xoauth2 &&
		 strcasecmp(name, "XOAUTH2") == 0)
		finish(c, VERDICT_BAD);
	else if (initial != NULL)
		decoded_step(c, strcmp(initial, "=") == 0 ? "" : initial);
	else if (c->sasl.mech->client_first)
		challenge(c, &empty);
	else
		step(c, NULL);
}

void sasl_response(struct conn *c)
{
	if (strcmp((const char *)c->line.data, "*") == 0)
		finish(c, VERDICT_NO);
	else
		decoded_step(c, (const char *)c->line.data);
}

void sasl_end(struct conn *c)
{
	octets_fini(&c->sasl.text);
	memset(&c->sasl, 0, sizeof(c->sasl));
}
