/* CRAM-MD5 (RFC 2195) and SCRAM (RFC 5802, RFC 7677), server side. */
#include "sasl.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

static const unsigned char salt[] = "popd fixed salt";

enum verdict sasl_cram_md5(struct conn *c, const struct octets *in, struct octets *out)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	char expected[128 + 34];
	const char *blank;
	struct user *user;
	size_t n;

	if (in == NULL) {
		octets_printf(&c->sasl.text, "<%u.%p@popd.example>", c->number, (void *)c);
		octets_add(out, c->sasl.text.data, c->sasl.text.len);
		return VERDICT_MORE;
	}
	blank = strrchr((const char *)in->data, ' ');
	if (blank == NULL || (size_t)(blank - (const char *)in->data) >= sizeof(c->sasl.user))
		return VERDICT_BAD;
	snprintf(c->sasl.user, sizeof(c->sasl.user), "%.*s", (int)(blank - (const char *)in->data),
		(const char *)in->data);
	user = scenario_user(&c->server->scenario, c->sasl.user);
	if (user == NULL)
		return VERDICT_NO;
	HMAC(EVP_md5(), user->password, (int)strlen(user->password), c->sasl.text.data,
		c->sasl.text.len, md, NULL);
	n = (size_t)snprintf(expected, sizeof(expected), "%s ", c->sasl.user);
	for (size_t i = 0; i < 16; i++)
		snprintf(expected + n + 2 * i, 3, "%02x", md[i]);
	return sasl_verdict(c, user, strcmp(expected, (const char *)in->data) == 0, "");
}

/* The text behind `key` up to the next comma. */
static bool attribute(const char *text, const char *key, char *value, size_t size)
{
	const char *p = strstr(text, key);

	if (p == NULL)
		return false;
	p += strlen(key);
	snprintf(value, size, "%.*s", (int)strcspn(p, ","), p);
	return true;
}

static enum verdict server_first(struct conn *c, const struct octets *in, struct octets *out)
{
	const struct scenario *s = &c->server->scenario;
	const char *text = (const char *)in->data;
	const char *bare = strstr(text, ",n=");
	char nonce[128];

	if ((text[0] != 'n' && text[0] != 'y') || bare == NULL ||
		!attribute(text, ",r=", nonce, sizeof(nonce)))
		return VERDICT_BAD;
	attribute(bare, ",n=", c->sasl.user, sizeof(c->sasl.user));
	if (strncmp(text + 1, ",a=", 3) == 0)
		attribute(text, ",a=", c->sasl.authzid, sizeof(c->sasl.authzid));
	snprintf(c->sasl.nonce, sizeof(c->sasl.nonce), "%s%s", s->scram_bad_nonce ? "" : nonce,
		s->scram_bad_nonce ? "someotherserversnonce" : "3rfcNHY");
	octets_text(&c->sasl.text, bare + 1);
	octets_text(&c->sasl.text, ",");
	if (s->scram_first.len > 0) {
		octets_add(out, s->scram_first.data, s->scram_first.len);
	} else {
		octets_printf(out, "r=%s,s=", c->sasl.nonce);
		octets_base64(out, salt, sizeof(salt) - 1);
		octets_printf(out, ",i=%u", s->scram_iterations);
	}
	octets_add(&c->sasl.text, out->data, out->len);
	octets_text(&c->sasl.text, ",");
	return VERDICT_MORE;
}

static bool check_proof(
	const EVP_MD *md, struct conn *c, const struct user *user, const char *proof)
{
	unsigned char salted[EVP_MAX_MD_SIZE];
	unsigned char key[EVP_MAX_MD_SIZE];
	unsigned char stored[EVP_MAX_MD_SIZE];
	unsigned char signature[EVP_MAX_MD_SIZE];
	int n = EVP_MD_get_size(md);
	struct octets given = {0};
	bool ok;

	PKCS5_PBKDF2_HMAC(user->password, (int)strlen(user->password), salt, sizeof(salt) - 1,
		(int)c->server->scenario.scram_iterations, md, n, salted);
	HMAC(md, salted, n, (const unsigned char *)"Client Key", 10, key, NULL);
	EVP_Digest(key, (size_t)n, stored, NULL, md, NULL);
	HMAC(md, stored, n, c->sasl.text.data, c->sasl.text.len, signature, NULL);
	for (int i = 0; i < n; i++)
		key[i] ^= signature[i];
	ok = octets_unbase64(&given, proof, strlen(proof)) && given.len == (size_t)n &&
	     memcmp(given.data, key, given.len) == 0;
	octets_fini(&given);
	HMAC(md, salted, n, (const unsigned char *)"Server Key", 10, key, NULL);
	HMAC(md, key, n, c->sasl.text.data, c->sasl.text.len, signature, NULL);
	if (c->server->scenario.scram_bad_signature)
		signature[0] ^= 1;
	c->sasl.text.len = 0;
	octets_text(&c->sasl.text, "v=");
	octets_base64(&c->sasl.text, signature, (size_t)n);
	return ok;
}

static enum verdict client_final(
	const EVP_MD *md, struct conn *c, const struct octets *in, struct octets *out)
{
	const char *text = (const char *)in->data;
	const char *proof = strstr(text, ",p=");
	struct user *user = scenario_user(&c->server->scenario, c->sasl.user);
	char nonce[128] = "";

	if (proof == NULL || strncmp(text, "c=", 2) != 0)
		return VERDICT_BAD;
	attribute(text, ",r=", nonce, sizeof(nonce));
	octets_add(&c->sasl.text, text, (size_t)(proof - text));
	if (user == NULL || strcmp(nonce, c->sasl.nonce) != 0 ||
		!check_proof(md, c, user, proof + 3))
		return VERDICT_NO;
	if (c->server->scenario.scram_no_signature)
		return sasl_verdict(c, user, true, c->sasl.authzid);
	octets_add(out, c->sasl.text.data, c->sasl.text.len);
	return VERDICT_MORE;
}

static enum verdict scram(
	const EVP_MD *md, struct conn *c, const struct octets *in, struct octets *out)
{
	switch (c->sasl.step++) {
	case 0:
		return server_first(c, in, out);
	case 1:
		return client_final(md, c, in, out);
	default: /* the empty answer to server-final-message */
		return sasl_verdict(c, scenario_user(&c->server->scenario, c->sasl.user), true,
			c->sasl.authzid);
	}
}

enum verdict sasl_scram_sha_1(struct conn *c, const struct octets *in, struct octets *out)
{
	return scram(EVP_sha1(), c, in, out);
}

enum verdict sasl_scram_sha_256(struct conn *c, const struct octets *in, struct octets *out)
{
	return scram(EVP_sha256(), c, in, out);
}
