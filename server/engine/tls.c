/* An SSL_CTX from two PEM files. */
#include "server/engine/tls.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* In ALPN's wire form; the shorter one ends before h2. */
static const unsigned char protocols[] = "\x08http/1.1\x02h2";
enum { PROTOCOLS_HTTP1 = 9, PROTOCOLS_ALL = 12 };

bool
tls_wanted(const struct config *config)
{
	return config->tls_cert_file.n || config->tls_key_file.n;
}

static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
	const unsigned char *in, unsigned in_size, void *http2)
{
	unsigned size = http2 ? PROTOCOLS_ALL : PROTOCOLS_HTTP1;
	unsigned char *chosen = NULL;

	(void)ssl;
	if (SSL_select_next_proto(&chosen, out_size, protocols, size, in, in_size) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static const char *
reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "unknown error";
}

static enum err
check_key_mode(const char *path, struct diag *diag)
{
	struct stat st;

	if (stat(path, &st))
		return OK; /* reading it will say why */
	if (st.st_mode & (S_IRWXO))
		return diag_set(diag, ERR_CONFIG,
			"server.tls.key_file %s is readable by others: chmod o-rwx it", path);
	return OK;
}

static enum err
load_files(SSL_CTX *ctx, const char *cert, const char *key, struct diag *diag)
{
	enum err e;

	if ((e = check_key_mode(key, diag)))
		return e;
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return diag_set(diag, ERR_CONFIG, "server.tls.cert_file %s: %s", cert, reason());
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return diag_set(diag, ERR_CONFIG, "server.tls.key_file %s: %s", key, reason());
	if (SSL_CTX_check_private_key(ctx) != 1)
		return diag_set(diag, ERR_CONFIG,
			"server.tls.key_file %s does not belong to the certificate %s", key, cert);
	return OK;
}

/* No tickets and no cache: nothing resumes, so no ticket key can leak a past
 * connection and a new certificate holds for every new handshake. */
static void
set_policy(SSL_CTX *ctx, bool http2)
{
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_NO_COMPRESSION |
					       SSL_OP_CIPHER_SERVER_PREFERENCE);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	/* Not 34 KB for each connection that says nothing. */
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, http2 ? ctx : NULL);
}

enum err
tls_open(const struct config *config, struct ssl_ctx_st **ret, struct diag *diag)
{
	struct arena a = {0};
	SSL_CTX *ctx = NULL;
	enum err e;

	if (!config->tls_cert_file.n || !config->tls_key_file.n)
		return diag_set(diag, ERR_CONFIG,
			"server.tls.cert_file and server.tls.key_file belong together: set both");
	ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx)
		return diag_set(diag, ERR_CRYPTO, "cannot make a TLS context: %s", reason());
	set_policy(ctx, config->http2);
	e = load_files(
		ctx, str_c(&a, config->tls_cert_file), str_c(&a, config->tls_key_file), diag);
	arena_free(&a);
	if (e) {
		SSL_CTX_free(ctx);
		return e;
	}
	*ret = ctx;
	return OK;
}

struct ssl_ctx_st *
tls_ref(struct ssl_ctx_st *ctx)
{
	if (ctx)
		(void)SSL_CTX_up_ref(ctx);
	return ctx;
}

void
tls_free(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

int64_t
tls_expiry_ms(struct ssl_ctx_st *ctx)
{
	const X509 *certificate = SSL_CTX_get0_certificate(ctx);
	struct tm end;

	if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1)
		return 0;
	return (int64_t)timegm(&end) * MS_PER_S;
}
