/* Which clients the user let in, and what they may do. */
#include "lib/oauth/authorization.h"
#include "server/gate/csrf.h"
#include "server/handlers.h"
#include "server/pages/account.h"
#include "server/pages/page.h"

static struct str
how_many(struct exchange *x, const struct authorization *a)
{
	if (!a->families)
		return STR_NONE;
	return str_printf(x->cx.arena, "%lld%s", (long long)a->families, a->has_more ? "+" : "");
}

static struct app_row
app_row(struct exchange *x, const struct authorization *a)
{
	struct app_row row = {
		.id = id_text(x->cx.arena, a->client_id),
		.proof = csrf_row_proof(x, id_text(x->cx.arena, a->client_id)),
		.client_name = a->client_name,
		.since_ago = account_ago(x, a->since_ms),
		.since_at = account_at(x, a->since_ms),
		.used_ago = a->used_ms ? account_ago(x, a->used_ms) : STR_NONE,
		.used_at = a->used_ms ? account_at(x, a->used_ms) : STR_NONE,
		.families = how_many(x, a),
		.is_remembered = a->is_remembered,
	};

	row.scopes = page_scopes(x, a->scope, &row.scopes_count);
	return row;
}

enum err
http_account_authorizations_get(struct exchange *x)
{
	struct page_account_authorizations props = {.page = page_props(x), .done = account_done(x)};
	struct authorization *found =
		arena_array(x->cx.arena, struct authorization, ACCOUNT_PAGE_ROWS);
	struct app_row *rows = arena_array(x->cx.arena, struct app_row, ACCOUNT_PAGE_ROWS);
	struct buf *html = page_begin(x);
	struct id after, next;
	enum err e;

	if ((e = account_query_id(x, "after", (struct id){{0}}, &after)))
		return e;
	e = authorization_list(
		&x->cx, x->user.id, after, found, ACCOUNT_PAGE_ROWS, &props.apps_count, &next);
	if (e)
		return e;
	for (size_t i = 0; i < props.apps_count; i++)
		rows[i] = app_row(x, &found[i]);
	props.apps = rows;
	if (!id_is_zero(next))
		props.next = id_text(x->cx.arena, next);
	page_account_authorizations(html, &props);
	return page_reply(x, 200, html);
}

enum err
http_account_authorization_revoke_post(struct exchange *x)
{
	return account_take(x, access_revoke_client, STR("/account/authorizations?done=revoked"));
}
