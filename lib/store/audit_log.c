/* The audit log: statements. */
#include "lib/store/audit_log.h"

enum err
audit_log_insert(struct store *s, const struct audit_row *r)
{
	return store_run(s, SQL_AUDIT_LOG_INSERT,
		PARAMS(param_id(r->id), param_text(r->event), param_text(r->actor),
			param_text(r->target), param_text(r->detail), param_text(r->request_id),
			param_text(r->ip), param_text(r->user_agent), param_int(r->at_ms)));
}
