/* The TLS context of the listeners: TLS 1.2 and up, the operator's certificate. */
#ifndef SERVER_ENGINE_TLS_H
#define SERVER_ENGINE_TLS_H

#include "lib/base/diag.h"
#include "lib/config/config.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

/* True if certificate and key are configured. */
bool tls_wanted(const struct config *);
/* Reads both files.  ERR_CONFIG with a diag that names the file. */
MUST_USE enum err tls_open(const struct config *, struct ssl_ctx_st **ret, struct diag *);
/* Contexts are counted: connections keep the one they began with. */
struct ssl_ctx_st *tls_ref(struct ssl_ctx_st *);
void tls_free(struct ssl_ctx_st *);
/* When its certificate expires; 0 if that cannot be told. */
int64_t tls_expiry_ms(struct ssl_ctx_st *);

#endif
