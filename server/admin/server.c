/* /api/admin/v1/server: how it goes, what is configured, and reading that again. */
#include "server/server.h"
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/config/value.h"
#include "lib/store/client.h"
#include "lib/store/user.h"
#include "server/admin/admin.h"
#include "server/handlers.h"
#include "server/settings.h"

#include <unistd.h>

enum { NODE_MAX = 256 };

static struct str
node_name(struct arena *arena)
{
	char name[NODE_MAX] = "";

	(void)gethostname(name, sizeof name - 1);
	return str_printf(arena, "%s:%ld", name, (long)getpid());
}

static enum err
count_rows(struct exchange *x, struct buf *out)
{
	int64_t users, admins, clients, pending;
	struct store *s = x->cx.store;
	enum err e;

	if ((e = user_count(s, &users)) || (e = user_count_active_admins(s, &admins)) ||
		(e = client_count(s, &clients)) || (e = client_count_pending(s, &pending)))
		return e;
	json_member_i64(out, "users", users);
	json_member_i64(out, "admins", admins);
	json_member_i64(out, "clients", clients);
	json_member_i64(out, "clients_pending", pending);
	return OK;
}

static void
write_queues(struct buf *out, const struct server *server)
{
	static const char *const names[POOL_COUNT] = {
		[POOL_READERS] = "waiting_for_readers",
		[POOL_WORKERS] = "waiting_for_workers",
		[POOL_HASHERS] = "waiting_for_hashers",
		[POOL_CALLERS] = "waiting_for_callers",
		[POOL_WRITER] = "waiting_for_writer",
	};

	for (size_t kind = 0; kind < POOL_COUNT; kind++)
		json_member_i64(out, names[kind], (int64_t)pool_waiting(server->pools[kind]));
}

/* `admin --offline` has a database, and no server around it. */
static enum err
require_running(struct exchange *x)
{
	return x->request.offline ? exchange_problem(x, ERR_CONFLICT, "no server is running here")
				  : OK;
}

enum err
http_admin_server_status(struct exchange *x)
{
	struct server *server = x->server;
	const char *reason = health_reason(&server->health);
	struct buf *out = admin_begin(x);
	enum err e;

	if ((e = require_running(x)))
		return e;

	json_member_str(out, "version", str_of(server->version));
	json_member_str(out, "node", node_name(x->cx.arena));
	json_member_str(out, "issuer", x->cx.issuer->url);
	admin_member_time(out, "started_at", server->started_ms);
	json_member_i64(out, "uptime_s", (x->cx.now_ms - server->started_ms) / MS_PER_S);
	json_member_bool(out, "ready", !reason);
	if (reason)
		json_member_str(out, "reason", str_of(reason));
	json_member_str(out, "database", x->cx.config->database_driver);
	json_member_str(
		out, "signs_with", str_of(key_alg_name(key_algorithm(x->cx.issuer->signer))));
	json_member_i64(out, "keys", (int64_t)x->cx.issuer->keys.count);
	write_queues(out, server);
	if ((e = count_rows(x, out)))
		return e;
	return admin_reply(x, 200, out);
}

/* ---- configuration ---- */

struct setting {
	const struct config_key *key;
	struct str value;
};

static void
write_setting(struct buf *out, const void *row)
{
	const struct setting *s = row;

	json_member_str(out, "key", str_of(s->key->path));
	json_member_str(out, "value", s->value);
	json_member_str(out, "changes", s->key->fixed ? STR("restart") : STR("reload"));
}

/* What is in force; secrets as `authgate config print` shows them: not. */
enum err
http_admin_server_config(struct exchange *x)
{
	struct setting *rows = arena_array(x->cx.arena, struct setting, CONFIG_KEY_COUNT);

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		rows[i] = (struct setting){&config_keys[i],
			config_value_text(x->cx.arena, &config_keys[i], x->cx.config)};
	return admin_reply_list(x, &(struct admin_list){"settings", rows, sizeof *rows,
					   CONFIG_KEY_COUNT, 0, write_setting});
}

/* ---- reload ---- */

static void
write_change(void *context, const struct config_key *key, struct str was, struct str is)
{
	struct buf *out = context;

	json_open(out, '{');
	json_member_str(out, "key", str_of(key->path));
	json_member_str(out, "was", was);
	json_member_str(out, "is", is);
	json_member_bool(out, "needs_restart", key->fixed);
	json_close(out, '}');
}

static enum err
note_reload(struct store *s, void *arg)
{
	const struct context *cx = arg;
	struct audit_record record = {.event = AUDIT_EVENT_CONFIG_RELOADED, .actor = cx->actor};

	return audit_write(s, cx, &record);
}

enum err
http_admin_server_reload(struct exchange *x)
{
	struct buf *out = admin_begin(x);
	struct diag diag = {""};
	enum err e;

	if ((e = require_running(x)))
		return e;
	json_key(out, "changes");
	json_open(out, '[');
	if (settings_reload(x->server, write_change, out, &diag))
		return exchange_problem(x, ERR_CONFLICT, "nothing is changed: %s", diag.text);
	json_close(out, ']');
	e = admin_reply(x, 200, out);
	return e ? e : exchange_commit(x, note_reload, &x->cx);
}
