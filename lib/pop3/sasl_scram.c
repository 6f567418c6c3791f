/* SCRAM-SHA-1 (RFC 5802) and SCRAM-SHA-256 (RFC 7677), without channel binding. */
#include "pop3/sasl_scram.h"

#include "base/base64.h"
#include "pop3/sasl_internal.h"

#include <stdlib.h>

enum {
	NONCE_RANDOM_OCTETS = 18, /* 24 characters of base64 */
	NONCE_MAX = 24,
	NAME_OCTETS_MAX = 4096,
};

enum scram_stage { SCRAM_FIRST_DUE, SCRAM_FINAL_DUE, SCRAM_VERIFIED };

struct scram {
	enum scram_stage stage;
	struct buf gs2;	       /* gs2-header: "n,," or "n,a=...," */
	struct buf first_bare; /* client-first-message-bare */
	struct buf nonce;      /* c-nonce */
	struct scram_secrets secrets;
};

static void scram_free(struct sasl *s)
{
	struct scram *scram = s->state;

	if (!scram)
		return;
	buf_fini(&scram->gs2);
	buf_fini(&scram->first_bare);
	buf_fini(&scram->nonce);
	secret_wipe(scram, sizeof(*scram));
	free(scram);
	s->state = NULL;
}

static struct scram *scram_new(struct sasl *s)
{
	struct scram *scram = calloc(1, sizeof(*scram));

	if (!scram)
		return NULL;
	buf_init_secret(&scram->gs2, NAME_OCTETS_MAX);
	buf_init_secret(&scram->first_bare, NAME_OCTETS_MAX);
	buf_init_secret(&scram->nonce, NONCE_MAX);
	s->state = scram;
	return scram;
}

static enum sasl_status make_nonce(struct sasl *s, struct scram *scram)
{
	unsigned char octets[NONCE_RANDOM_OCTETS];

	if (!s->crypto->random(octets, sizeof(octets)))
		return sasl_fail(s, SASL_NO_CRYPTO, "no random octets");
	base64_encode(&scram->nonce, (struct slice){octets, sizeof(octets)});
	return sasl_written(s, &scram->nonce);
}

/* gs2-header = gs2-cbind-flag "," [ authzid ] ","; "n": we do no channel binding. */
static enum sasl_status make_gs2_header(struct sasl *s, struct scram *scram)
{
	enum sasl_status status = sasl_check_authzid(s);

	if (status != SASL_OK)
		return status;
	buf_add_str(&scram->gs2, "n,");
	if (s->creds->authzid && s->creds->authzid[0]) {
		buf_add_str(&scram->gs2, "a=");
		sasl_add_saslname(&scram->gs2, slice_str(s->creds->authzid));
	}
	buf_add_char(&scram->gs2, ',');
	return sasl_written(s, &scram->gs2);
}

/* client-first-message-bare = username "," nonce */
static enum sasl_status make_first_bare(struct sasl *s, struct scram *scram)
{
	enum sasl_status status;
	struct buf user;

	buf_init_secret(&user, NAME_OCTETS_MAX);
	status = sasl_prepare_user(s, &user);
	if (status == SASL_OK) {
		buf_add_str(&scram->first_bare, "n=");
		sasl_add_saslname(&scram->first_bare, buf_slice(&user));
		buf_add_str(&scram->first_bare, ",r=");
		buf_add_slice(&scram->first_bare, buf_slice(&scram->nonce));
		status = sasl_written(s, &scram->first_bare);
	}
	buf_fini(&user);
	return status;
}

static enum sasl_status scram_initial(struct sasl *s, struct buf *out)
{
	struct scram *scram = scram_new(s);
	enum sasl_status status;

	if (!scram)
		return sasl_fail(s, SASL_NO_MEMORY, "out of memory");
	status = make_gs2_header(s, scram);
	if (status == SASL_OK)
		status = make_nonce(s, scram);
	if (status == SASL_OK)
		status = make_first_bare(s, scram);
	buf_add_slice(out, buf_slice(&scram->gs2));
	buf_add_slice(out, buf_slice(&scram->first_bare));
	return status;
}

/* SaltedPassword := Hi(Normalize(password), salt, i) */
static enum sasl_status salt_password(
	struct sasl *s, const struct scram_first *first, unsigned char *salted)
{
	struct buf salt, password;
	enum sasl_status status = SASL_OK;

	buf_init(&salt, SASL_CHALLENGE_MAX);
	buf_init_secret(&password, SASL_CHALLENGE_MAX);
	if (!base64_decode(&salt, first->salt64))
		status = salt.failed ? sasl_written(s, &salt)
				     : sasl_fail(s, SASL_BAD_CHALLENGE, "the salt is no base64");
	if (status == SASL_OK)
		status = sasl_prepare_password(s, &password);
	if (status == SASL_OK && !s->crypto->pbkdf2(s->mechanism->alg, buf_slice(&password),
					 buf_slice(&salt), first->iterations, salted))
		status = sasl_fail(s, SASL_NO_CRYPTO, "the cryptographic library refuses PBKDF2");
	buf_fini(&salt);
	buf_fini(&password);
	return status;
}

/* ClientProof   := ClientKey XOR HMAC(H(ClientKey), AuthMessage)
 * ClientKey     := HMAC(SaltedPassword, "Client Key") */
static bool client_proof(const struct crypto_ops *crypto, enum crypto_digest alg,
	struct slice salted, struct slice auth_message, unsigned char *proof)
{
	unsigned char client_key[CRYPTO_DIGEST_MAX], stored_key[CRYPTO_DIGEST_MAX];
	size_t n = crypto->size(alg);
	bool done = crypto->hmac(alg, salted, SLICE_LIT("Client Key"), client_key) &&
		    crypto->digest(alg, (struct slice){client_key, n}, stored_key) &&
		    crypto->hmac(alg, (struct slice){stored_key, n}, auth_message, proof);

	for (size_t i = 0; done && i < n; i++)
		proof[i] ^= client_key[i];
	secret_wipe(client_key, sizeof(client_key));
	secret_wipe(stored_key, sizeof(stored_key));
	return done;
}

/* ServerSignature := HMAC(HMAC(SaltedPassword, "Server Key"), AuthMessage) */
static bool server_signature(const struct crypto_ops *crypto, enum crypto_digest alg,
	struct slice salted, struct slice auth_message, unsigned char *signature)
{
	unsigned char server_key[CRYPTO_DIGEST_MAX];
	struct slice key = {server_key, crypto->size(alg)};
	bool done = crypto->hmac(alg, salted, SLICE_LIT("Server Key"), server_key) &&
		    crypto->hmac(alg, key, auth_message, signature);

	secret_wipe(server_key, sizeof(server_key));
	return done;
}

bool scram_compute(const struct crypto_ops *crypto, enum crypto_digest alg, struct slice salted,
	struct slice auth_message, struct scram_secrets *out)
{
	return client_proof(crypto, alg, salted, auth_message, out->proof) &&
	       server_signature(crypto, alg, salted, auth_message, out->signature);
}

/* Both sides of the exchange so far, which proof and signature vouch for. */
static enum sasl_status sign(struct sasl *s, const struct scram_first *first,
	struct slice server_first, struct slice without_proof)
{
	struct scram *scram = s->state;
	unsigned char salted[CRYPTO_DIGEST_MAX];
	enum sasl_status status = salt_password(s, first, salted);
	struct slice key = {salted, s->crypto->size(s->mechanism->alg)};
	struct buf message;

	if (status != SASL_OK)
		return status;
	buf_init_secret(&message, 8 * (size_t)SASL_CHALLENGE_MAX);
	buf_add_slice(&message, buf_slice(&scram->first_bare));
	buf_add_char(&message, ',');
	buf_add_slice(&message, server_first);
	buf_add_char(&message, ',');
	buf_add_slice(&message, without_proof);
	status = sasl_written(s, &message);
	if (status == SASL_OK && !scram_compute(s->crypto, s->mechanism->alg, key,
					 buf_slice(&message), &scram->secrets))
		status = sasl_fail(s, SASL_NO_CRYPTO, "the cryptographic library refuses HMAC");
	buf_fini(&message);
	secret_wipe(salted, sizeof(salted));
	return status;
}

/* client-final-message-without-proof = channel-binding "," nonce */
static void add_without_proof(struct buf *out, struct scram *scram, struct slice nonce)
{
	buf_add_str(out, "c=");
	base64_encode(out, buf_slice(&scram->gs2));
	buf_add_str(out, ",r=");
	buf_add_slice(out, nonce);
}

static enum sasl_status rejected(struct sasl *s, struct slice words)
{
	sasl_keep_server_error(s, words);
	return sasl_fail(s, SASL_REJECTED, "the server ended the SCRAM exchange with an error");
}

static enum sasl_status scram_first_step(struct sasl *s, struct slice challenge, struct buf *out)
{
	struct scram *scram = s->state;
	size_t before = out->n;
	struct scram_first first;
	struct slice words;
	enum sasl_status status;

	switch (scram_parse_first(
		challenge, buf_slice(&scram->nonce), &first, &words, &s->problem)) {
	case SCRAM_MESSAGE:
		break;
	case SCRAM_SERVER_ERROR:
		return rejected(s, words);
	case SCRAM_MALFORMED:
		return SASL_BAD_CHALLENGE;
	}
	s->problem = "";
	add_without_proof(out, scram, first.nonce);
	status = sasl_written(s, out);
	if (status == SASL_OK)
		status = sign(
			s, &first, challenge, (struct slice){out->p + before, out->n - before});
	if (status != SASL_OK)
		return status;
	buf_add_str(out, ",p=");
	base64_encode(
		out, (struct slice){scram->secrets.proof, s->crypto->size(s->mechanism->alg)});
	scram->stage = SCRAM_FINAL_DUE;
	return SASL_OK;
}

static enum sasl_status verify(struct sasl *s, struct slice verifier64)
{
	struct scram *scram = s->state;
	enum sasl_status status = SASL_OK;
	size_t n = s->crypto->size(s->mechanism->alg);
	struct buf verifier;

	buf_init_secret(&verifier, SASL_CHALLENGE_MAX);
	if (!base64_decode(&verifier, verifier64))
		status = verifier.failed
				 ? sasl_written(s, &verifier)
				 : sasl_fail(s, SASL_BAD_CHALLENGE, "the signature is no base64");
	else if (verifier.n != n || !secret_equal(verifier.p, scram->secrets.signature, n))
		status = sasl_fail(s, SASL_BAD_SERVER,
			"the server's signature is wrong: it does not know the password");
	else
		scram->stage = SCRAM_VERIFIED;
	buf_fini(&verifier);
	return status;
}

/* RFC 5034 has no data in +OK, so the signature always comes as a challenge; the response to it is
 * empty, which is what out already holds. */
static enum sasl_status scram_final_step(struct sasl *s, struct slice challenge)
{
	struct slice verifier64, words;

	switch (scram_parse_final(challenge, &verifier64, &words, &s->problem)) {
	case SCRAM_MESSAGE:
		break;
	case SCRAM_SERVER_ERROR:
		return rejected(s, words);
	case SCRAM_MALFORMED:
		return SASL_BAD_CHALLENGE;
	}
	s->problem = "";
	return verify(s, verifier64);
}

static enum sasl_status scram_step(struct sasl *s, struct slice challenge, struct buf *out)
{
	const struct scram *scram = s->state;

	switch (scram->stage) {
	case SCRAM_FIRST_DUE:
		return scram_first_step(s, challenge, out);
	case SCRAM_FINAL_DUE:
		return scram_final_step(s, challenge);
	case SCRAM_VERIFIED:
		break;
	}
	return sasl_fail(s, SASL_UNEXPECTED, "a challenge after the server's signature");
}

/* RFC 5802 section 5: a server that does not prove that it knows the password may be anyone. */
static enum sasl_status scram_finish(struct sasl *s)
{
	const struct scram *scram = s->state;

	if (!scram || scram->stage != SCRAM_VERIFIED)
		return sasl_fail(s, SASL_BAD_SERVER,
			"+OK, but the server did not prove that it knows the password");
	return SASL_OK;
}

const struct sasl_mechanism sasl_scram_sha_1 = {
	.initial = scram_initial,
	.step = scram_step,
	.finish = scram_finish,
	.free = scram_free,
	.alg = CRYPTO_SHA1,
};

const struct sasl_mechanism sasl_scram_sha_256 = {
	.initial = scram_initial,
	.step = scram_step,
	.finish = scram_finish,
	.free = scram_free,
	.alg = CRYPTO_SHA256,
};
