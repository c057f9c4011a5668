/* Making and replacing the configuration in force. */
#include "server/settings.h"

#include "lib/base/log.h"
#include "server/server.h"

#include <stdlib.h>

enum { PROXIES_MAX = 64 };

void
settings_free(struct settings *s)
{
	while (s) {
		struct settings *previous = s->previous;

		arena_free(&s->arena);
		free(s);
		s = previous;
	}
}

static enum err
read_proxies(struct settings *s, struct diag *diag)
{
	s->trusted_proxies = arena_array(&s->arena, struct ipnet, PROXIES_MAX);
	STR_EACH (word, s->config.trusted_proxies) {
		struct ipnet *net = &s->trusted_proxies[s->trusted_proxies_count];

		if (s->trusted_proxies_count == PROXIES_MAX || ipnet_parse(word, net))
			return diag_set(diag, ERR_CONFIG,
				"server.trusted_proxies: \"%.*s\" is no network; at most %d, as "
				"10.0.0.0/8",
				STR_ARG(word), PROXIES_MAX);
		s->trusted_proxies_count++;
	}
	return OK;
}

bool
settings_trust(const struct settings *s, struct ipaddr ip)
{
	for (size_t i = 0; i < s->trusted_proxies_count; i++)
		if (ipnet_has(&s->trusted_proxies[i], ip))
			return true;
	return false;
}

static void
apply_log(const struct config *config)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{"debug", LOG_DEBUG},
		{"info", LOG_INFO},
		{"warning", LOG_WARNING},
		{"error", LOG_ERROR},
	};
	enum log_level least = LOG_INFO;

	for (size_t i = 0; i < countof(levels); i++)
		if (str_is(config->log_level, levels[i].name))
			least = levels[i].level;
	log_setup(str_is(config->log_format, "json") ? LOG_JSON : LOG_LOGFMT, least, 2);
}

struct settings *
settings_new(void)
{
	return xcalloc(1, sizeof(struct settings));
}

void
settings_take(struct settings *s, const struct config_result *loaded)
{
	s->config = loaded->config;
	s->origins = loaded->origins;
	s->warnings = buf_str(&loaded->warnings);
}

enum err
settings_derive(struct settings *s, struct diag *diag)
{
	return read_proxies(s, diag);
}

void
settings_publish(struct server *server, struct settings *s)
{
	s->previous = atomic_load(&server->settings);
	apply_log(&s->config);
	atomic_store(&server->settings, s);
}
