/*
 * Variables that the Go original reads and this server does not (yet).  Whoever
 * moves over is told once, by name, instead of wondering.  When a key learns
 * one of them, its name leaves this table.
 */
#include "lib/config/loader.h"

static const char *const ignored_names[] = {
	"ENABLE_SWAGGER",
	"JWT_DOMAIN",
	"JWT_PRIVATE_CLAIM_PREFIX",
	"SESSION_FINGERPRINT",
	"SESSION_FINGERPRINT_IP",
	"SESSION_REMEMBER_ME_ENABLED",
	"SESSION_REMEMBER_ME_MAX_AGE",
	"DB_MAX_IDLE_CONNS",
	"DB_CONN_MAX_LIFETIME",
	"DB_CONN_MAX_IDLE_TIME",
	"DB_LOG_LEVEL",
	"RATE_LIMIT_CLEANUP_INTERVAL",
	"ENABLE_AUDIT_LOGGING",
	"AUDIT_LOG_BUFFER_SIZE",
	"AUDIT_LOG_CLEANUP_INTERVAL",
	"ENABLE_EXPIRED_TOKEN_CLEANUP",
	"EXPIRED_TOKEN_CLEANUP_INTERVAL",
	"METRICS_CACHE_TYPE",
	"METRICS_CACHE_CLIENT_TTL",
	"METRICS_CACHE_SIZE_PER_CONN",
	"USER_CACHE_TYPE",
	"USER_CACHE_TTL",
	"USER_CACHE_CLIENT_TTL",
	"USER_CACHE_SIZE_PER_CONN",
	"CLIENT_COUNT_CACHE_TYPE",
	"CLIENT_COUNT_CACHE_TTL",
	"CLIENT_COUNT_CACHE_CLIENT_TTL",
	"CLIENT_COUNT_CACHE_SIZE_PER_CONN",
	"CLIENT_CACHE_TYPE",
	"CLIENT_CACHE_TTL",
	"CLIENT_CACHE_CLIENT_TTL",
	"CLIENT_CACHE_SIZE_PER_CONN",
	"TOKEN_CACHE_ENABLED",
	"TOKEN_CACHE_TYPE",
	"TOKEN_CACHE_TTL",
	"TOKEN_CACHE_CLIENT_TTL",
	"TOKEN_CACHE_SIZE_PER_CONN",
	"CORS_ALLOWED_METHODS",
	"CORS_ALLOWED_HEADERS",
	"STATIC_CACHE_MAX_AGE",
	"REDIS_CONN_TIMEOUT",
	"CACHE_INIT_TIMEOUT",
	"AUDIT_SHUTDOWN_TIMEOUT",
	"REDIS_CLOSE_TIMEOUT",
	"CACHE_CLOSE_TIMEOUT",
	"DB_CLOSE_TIMEOUT",
};

void
ignored_warn(struct loader *l, struct str name)
{
	for (size_t i = 0; i < countof(ignored_names); i++)
		if (str_is(name, ignored_names[i]))
			loader_warning(
				l, "%s is set, but this server does not read it", ignored_names[i]);
}
