/* /api/admin/v1/server: how it goes, what is configured, and reading that again. */
#include "server/server.h"
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/config/document.h"
#include "lib/config/value.h"
#include "lib/store/client.h"
#include "lib/store/user.h"
#include "server/admin/admin.h"
#include "server/engine/work.h"
#include "server/handlers.h"
#include "server/keep/housekeeping.h"
#include "server/keep/reload.h"

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
count_rows(struct exchange *x, struct server_row *row)
{
	struct store *s = x->cx.store;
	enum err e;

	if ((e = user_count(s, &row->users)) || (e = user_count_active_admins(s, &row->admins)) ||
		(e = client_count(s, &row->clients)))
		return e;
	return client_count_pending(s, &row->clients_pending);
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
	const struct server *server = x->server;
	const char *reason = health_reason(&x->server->health);
	struct server_row row;
	enum err e;

	if ((e = require_running(x)))
		return e;
	row = (struct server_row){
		.version = str_of(server->version),
		.node = node_name(x->cx.arena),
		.issuer = x->cx.issuer->url,
		.started_ms = server->started_ms,
		.uptime_s = (x->cx.now_ms - server->started_ms) / MS_PER_S,
		.is_ready = !reason,
		.reason = str_of(reason),
		.database = x->cx.config->database_driver,
		.signs_with = str_of(key_alg_name(key_algorithm(x->cx.issuer->signer))),
		.leads = housekeeping_leads(server),
		.keys = (int64_t)x->cx.issuer->keys.count,
		.waiting_readers = work_waiting(server, POOL_READERS),
		.waiting_workers = work_waiting(server, POOL_WORKERS),
		.waiting_hashers =
			work_waiting(server, POOL_HASHERS) + work_waiting(server, POOL_KNOWN),
		.waiting_callers = work_waiting(server, POOL_CALLERS),
		.waiting_writer = work_waiting(server, POOL_WRITER),
	};
	e = count_rows(x, &row);
	return e ? e : admin_reply_item(x, RESOURCE_server, &row);
}

/* ---- configuration ---- */

/* What is in force; secrets as `authgate config print` shows them: not. */
enum err
http_admin_server_config(struct exchange *x)
{
	struct setting_row *rows = arena_array(x->cx.arena, struct setting_row, CONFIG_KEY_COUNT);

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++)
		rows[i] = (struct setting_row){
			.key = str_of(config_keys[i].path),
			.value = config_value_text(x->cx.arena, &config_keys[i], x->cx.config),
			.origin = config_origin_words(x->cx.arena, &config_keys[i],
				&server_settings(x->server)->origins[i]),
			.changes = config_keys[i].fixed ? STR("restart") : STR("reload"),
		};
	return admin_reply_list(
		x, &(struct admin_list){RESOURCE_setting, rows, sizeof *rows, CONFIG_KEY_COUNT, 0});
}

/* ---- queues and jobs ---- */

static const char *const queue_names[POOL_COUNT] = {
	[POOL_READERS] = "readers",
	[POOL_WORKERS] = "workers",
	[POOL_HASHERS] = "hashers",
	[POOL_KNOWN] = "hashers of known people",
	[POOL_CALLERS] = "callers",
	[POOL_WRITER] = "writer",
};

enum err
http_admin_server_queues(struct exchange *x)
{
	struct queue_row rows[POOL_COUNT];
	struct admin_list list = {RESOURCE_queue, rows, sizeof *rows, 0, 0};
	enum err e;

	if ((e = require_running(x)))
		return e;
	for (enum pool_kind kind = 0; kind < POOL_COUNT; kind++) {
		struct pool *pool = work_pool(x->server, kind);

		if (pool)
			rows[list.count++] = (struct queue_row){str_of(queue_names[kind]),
				(int64_t)pool_setup(pool)->threads, (int64_t)pool_waiting(pool),
				(int64_t)pool_setup(pool)->limit};
	}
	return admin_reply_list(x, &list);
}

static const char *
state_of(const struct housekeeping_job *job)
{
	if (!job->is_here)
		return "elsewhere";
	if (!job->ran_ms)
		return "waiting";
	return job->failed_ms == job->ran_ms ? "failed" : "ok";
}

static struct job_row
job_row(struct arena *arena, const struct housekeeping_job *job)
{
	return (struct job_row){
		.name = job->name,
		.state = str_of(state_of(job)),
		.every = str_printf(arena, "%llds", (long long)job->period_s),
		.runs_on = job->is_elected ? STR("leader") : STR("node"),
		.ran_ms = job->ran_ms,
		.took_ms = job->took_ms,
		.next_ms = job->next_ms,
		.runs = job->runs,
		.failures = job->failures,
		.error = job->error ? str_of(err_name(job->error)) : STR_NONE,
		.failed_ms = job->failed_ms,
	};
}

enum err
http_admin_server_jobs(struct exchange *x)
{
	size_t count = housekeeping_job_count();
	struct housekeeping_job *jobs = arena_array(x->cx.arena, struct housekeeping_job, count);
	struct job_row *rows = arena_array(x->cx.arena, struct job_row, count);
	enum err e;

	if ((e = require_running(x)))
		return e;
	if (!housekeeping_look(x->server, jobs))
		count = 0;
	for (size_t i = 0; i < count; i++)
		rows[i] = job_row(x->cx.arena, &jobs[i]);
	return admin_reply_list(
		x, &(struct admin_list){RESOURCE_job, rows, sizeof *rows, count, 0});
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

/* That somebody asked is in the trail before anything is done about it. */
static enum err
note_reload(struct exchange *x)
{
	struct audit_change *change = arena_new(x->cx.arena, struct audit_change);

	*change = (struct audit_change){
		.cx = &x->cx,
		.record = {.event = AUDIT_EVENT_CONFIG_RELOADED, .actor = x->cx.actor},
	};
	return work_change(x->server, audit_write_change, change);
}

enum err
http_admin_server_reload(struct exchange *x)
{
	struct buf *out = admin_begin(x);
	struct diag diag = {""};
	enum err e;

	if ((e = require_running(x)) || (e = note_reload(x)))
		return e;
	json_key(out, "changes");
	json_open(out, '[');
	if (reload_configuration(x->server, write_change, out, &diag))
		return exchange_problem(x, ERR_CONFLICT, "nothing is changed: %s", diag.text);
	json_close(out, ']');
	return admin_reply(x, 200, out);
}
