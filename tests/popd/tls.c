/* TLS contexts: any version and any certificate, good or bad, the scenario asks for. */
#include "conn.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static SSL_CTX *context(const struct scenario *s, const char *certs, const char *name)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char chain[4096];
	char key[4096];
	char ca[4096];

	snprintf(chain, sizeof(chain), "%s/%s.pem", certs, name);
	snprintf(key, sizeof(key), "%s/%s.key", certs, name);
	snprintf(ca, sizeof(ca), "%s/ca.pem", certs);
	/* Level 0 is what lets old versions, short keys and SHA-1 be served at all. */
	SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL@SECLEVEL=0");
	SSL_CTX_set_min_proto_version(ctx, s->tls_min != 0 ? s->tls_min : TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, s->tls_max);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_CTX_use_certificate_chain_file(ctx, chain) != 1 ||
		SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
		fprintf(stderr, "popd: %s: %s\n", chain, ERR_reason_error_string(ERR_peek_error()));
		SSL_CTX_free(ctx);
		return NULL;
	}
	if (s->client_cert == CLIENT_CERT_REQUIRE) {
		SSL_CTX_load_verify_locations(ctx, ca, NULL);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	} else if (s->client_cert == CLIENT_CERT_REQUEST) {
		SSL_CTX_load_verify_locations(ctx, ca, NULL);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_any);
	}
	return ctx;
}

static int on_server_name(SSL *ssl, int *alert, void *arg)
{
	struct server *server = arg;
	const struct scenario *s = &server->scenario;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	record_note(SSL_get_app_data(ssl), "sni: %s", name != NULL ? name : "none");
	for (size_t i = 0; name != NULL && i < s->sni_count; i++) {
		if (strcasecmp(name, s->sni_name[i]) == 0)
			SSL_set_SSL_CTX(ssl, server->sni_tls[i]);
	}
	return SSL_TLSEXT_ERR_OK;
}

bool tls_setup(struct server *server, const char *certs)
{
	struct scenario *s = &server->scenario;

	server->tls = context(s, certs, s->cert);
	if (server->tls == NULL)
		return false;
	SSL_CTX_set_tlsext_servername_callback(server->tls, on_server_name);
	SSL_CTX_set_tlsext_servername_arg(server->tls, server);
	for (size_t i = 0; i < s->sni_count; i++) {
		server->sni_tls[i] = context(s, certs, s->sni_cert[i]);
		if (server->sni_tls[i] == NULL)
			return false;
	}
	return true;
}

void tls_note_peer(struct conn *c)
{
	X509 *cert = SSL_get0_peer_certificate(c->ssl);
	char name[256];

	record_note(c, "tls: %s", SSL_get_version(c->ssl));
	if (cert == NULL)
		return;
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
	record_note(c, "client-cert: %s", name);
}
