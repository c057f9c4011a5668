/* From a configuration that was read again to the one in force. */
#include "server/keep/reload.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "server/engine/http.h"
#include "server/keep/metrics.h"
#include "server/keep/notify.h"
#include "server/server.h"

static void
log_lines(enum log_level level, const char *message, struct str lines)
{
	while (lines.n)
		log_event(level, message, LOG_FIELDS(log_str("what", str_cut(&lines, '\n'))));
}

struct asked {
	config_visitor *told;
	void *context;
	const struct config_origin *was;
	struct config_origin *is;
};

static void
tell_change(void *context, const struct config_key *key, struct str was, struct str is)
{
	const struct asked *asked = context;
	size_t i = (size_t)(key - config_keys);

	/* What waits for a restart is what it was, and is from where it was. */
	if (key->fixed)
		asked->is[i] = asked->was[i];
	if (asked->told)
		asked->told(asked->context, key, was, is);
	if (key->fixed)
		log_warning("configuration change needs a restart", log_c("key", key->path),
			log_str("was", was), log_str("is", is));
	else
		log_info("configuration changed", log_c("key", key->path), log_str("was", was),
			log_str("is", is));
}

static enum err
load(struct server *server, struct settings *s, struct config_result *result, struct diag *diag)
{
	enum err e = config_load(&s->arena, server->source, result);

	log_lines(LOG_WARNING, "configuration", buf_str(&result->warnings));
	log_lines(LOG_ERROR, "configuration", buf_str(&result->problems));
	settings_take(s, result);
	if (e) {
		struct str problems = buf_str(&result->problems);
		struct str first = str_cut(&problems, '\n');

		return diag_set(diag, e, "the configuration has mistakes: %.*s", STR_ARG(first));
	}
	return OK;
}

/* All that can fail comes before anything is changed. */
static enum err
replace(struct server *server, struct settings *s, struct asked *asked, struct diag *diag)
{
	struct settings *now = atomic_load(&server->settings);
	struct config_result *result = arena_new(&s->arena, struct config_result);
	size_t count;
	enum err e;

	asked->was = now->origins;
	asked->is = result->origins;
	if ((e = load(server, s, result, diag)) || (e = settings_derive(s, diag)))
		return e;
	if ((e = http_reload_tls(server->http, &s->config, diag)))
		return e;
	count = config_adopt(&s->arena, &now->config, &s->config, tell_change, asked);
	if (!config_providers_same(&now->config, &s->config)) {
		log_info("configuration changed", log_c("key", "providers"));
		count++;
	}
	if (count)
		settings_publish(server, s);
	log_info("reloaded", log_i64("changed", (int64_t)count),
		log_c("certificate", s->config.tls_cert_file.n ? "read again" : "none"));
	return OK;
}

enum err
reload_configuration(struct server *server, config_visitor *told, void *context, struct diag *diag)
{
	struct asked asked = {told, context, NULL, NULL};
	struct settings *s = settings_new();
	const char *why;
	enum err e;

	(void)pthread_mutex_lock(&server->reloading);
	notify_send(server->notify, "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)clock_monotonic_us());
	e = replace(server, s, &asked, diag);
	if (atomic_load(&server->settings) != s)
		settings_free(s);
	if (e)
		log_error("not reloaded: nothing is changed", log_c("why", diag->text));
	metrics_note_reload(server, e);
	why = e ? "not reloaded, see the log" : health_reason(&server->health);
	notify_send(server->notify, "READY=1\nSTATUS=%s", why ? why : "ready");
	(void)pthread_mutex_unlock(&server->reloading);
	return e;
}
