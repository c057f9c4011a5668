/* /api/admin/v1/server/doctor: what lib/doctor finds in a server that runs. */
#include "lib/doctor/doctor.h"
#include "server/admin/admin.h"
#include "server/handlers.h"
#include "server/server.h"

enum { CHECKS_MAX = 64 };

struct findings {
	struct arena *arena;
	struct check_row *rows;
	size_t count;
};

static void
take(void *context, const struct doctor_finding *f)
{
	struct findings *all = context;

	if (all->count < CHECKS_MAX)
		all->rows[all->count++] = (struct check_row){
			.check = str_of(f->check),
			.state = str_of(doctor_finding_name(f->finding)),
			.text = str_copy(all->arena, f->text),
			.advice = str_copy(all->arena, f->advice),
		};
}

enum err
http_admin_server_doctor(struct exchange *x)
{
	const struct settings *settings = server_settings(x->server);
	struct findings found = {
		x->cx.arena, arena_array(x->cx.arena, struct check_row, CHECKS_MAX), 0};
	struct doctor d = {
		.config = &settings->config,
		.origins = settings->origins,
		.warnings = settings->warnings,
		.setup = x->server->store,
		.store = x->cx.store,
		.tell = take,
		.context = &found,
	};

	doctor_examine(&d, true);
	arena_free(&d.arena);
	return admin_reply_list(x, &(struct admin_list){RESOURCE_check, found.rows,
					   sizeof *found.rows, found.count, 0});
}
