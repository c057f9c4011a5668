/* Clients of the Go original. */
#include "lib/import/importing.h"

#include "lib/base/json.h"
#include "lib/oauth/client_admin.h"
#include "lib/oauth/client_name.h"
#include "lib/oauth/redirect.h"
#include "lib/oauth/scope.h"
#include "lib/store/go_source.h"
#include "lib/store/user.h"

enum { URIS_MAX = 64 * 1024, GRANTS_MAX = 256 };

/* ---- redirect URIs ---- */

static void
add_uri(struct importing *im, const struct go_client *g, struct str uri, struct buf *out)
{
	struct diag why = {""};

	if (!uri.n || str_has_char(uri, ' ') || redirect_may_register(uri, true, &why)) {
		importing_note_why(im, REASON_CLIENT_URI, g->client_id,
			str_printf(&im->arena, "%.*s (%s)", STR_ARG(uri),
				why.text[0] ? why.text : "it has a blank in it"));
		return;
	}
	if (out->n)
		buf_add_char(out, ' ');
	buf_add(out, uri);
}

/* The column is an array; our reader wants an object around it. */
static void
read_uris(struct importing *im, const struct go_client *g, struct str *ret)
{
	struct str text = g->redirect_uris.n ? g->redirect_uris : STR("null");
	struct json *json = NULL;
	struct buf out;

	buf_init(&out, &im->arena, URIS_MAX);
	text = str_printf(&im->arena, "{\"uris\":%.*s}", STR_ARG(text));
	if (json_parse(text, URIS_MAX, &json, NULL)) {
		importing_note(im, REASON_CLIENT_URIS, g->client_id);
		return;
	}
	for (size_t i = 0; i < json_array_count(json, "uris"); i++) {
		struct str uri = STR_NONE;

		if (json_array_str(json, "uris", i, &uri))
			add_uri(im, g, uri, &out);
		else
			importing_note(im, REASON_CLIENT_URIS, g->client_id);
	}
	*ret = buf_ok(&out) ? buf_str(&out) : STR_NONE;
	json_free(json);
}

/* ---- what it may do ---- */

/* The flag alone says nothing: what a client of the original was made for, its list says. */
static bool
uses_device_flow(struct importing *im, const struct go_client *g)
{
	if (!g->device_flow || !g->grant_types.n)
		return g->device_flow;
	STR_EACH (word, g->grant_types)
		if (str_is(word, "device_code") || str_ends(word, STR(":device_code")))
			return true;
	if (g->code_flow || g->client_credentials) {
		importing_note(im, REASON_CLIENT_DEVICE, g->client_id);
		return false;
	}
	return true;
}

static struct str
grants_of(struct importing *im, const struct go_client *g, bool public, struct str uris)
{
	struct buf grants;

	buf_init(&grants, &im->arena, GRANTS_MAX);
	if (uses_device_flow(im, g))
		buf_add_c(&grants, "device ");
	if (g->code_flow && uris.n)
		buf_add_c(&grants, "code ");
	if (g->code_flow && !uris.n)
		importing_note(im, REASON_CLIENT_CODE_FLOW, g->client_id);
	/* The original gives a refresh token to everybody who signs in. */
	if (grants.n)
		buf_add_c(&grants, "refresh ");
	if (g->client_credentials && !public)
		buf_add_c(&grants, "client");
	if (g->client_credentials && public)
		importing_note(im, REASON_CLIENT_PUBLIC, g->client_id);
	return buf_str(&grants);
}

static struct str
name_of(struct importing *im, const struct go_client *g)
{
	if (g->name.n && g->name.n <= CLIENT_NAME_MAX && client_name_is_honest(g->name))
		return g->name;
	importing_note(im, REASON_CLIENT_NAME, g->client_id);
	return g->client_id;
}

static struct str
profile_of(struct importing *im, const struct go_client *g)
{
	if (scope_has(STR("short standard long"), g->token_profile))
		return g->token_profile;
	importing_note_why(im, REASON_CLIENT_PROFILE, g->client_id, g->token_profile);
	return STR("standard");
}

static struct client
said_of(struct importing *im, const struct go_client *g)
{
	bool public = str_is(g->type, "public");
	struct client said = {
		.name = name_of(im, g),
		.type = public ? STR("public") : STR("confidential"),
		.token_profile = profile_of(im, g),
		.scopes = scope_union(&im->arena, g->scopes, STR_NONE),
		.id_token_alg = im->cx.config->id_token_algorithm,
	};

	if (!said.scopes.n)
		said.scopes = STR("email profile");
	read_uris(im, g, &said.redirect_uris);
	said.grants = grants_of(im, g, public, said.redirect_uris);
	if (scope_has(said.grants, STR("refresh")))
		said.scopes = scope_union(&im->arena, said.scopes, STR("offline_access"));
	return said;
}

/* ---- the row ---- */

static void
fill_secret(struct importing *im, const struct go_client *g, struct client *c)
{
	if (str_is(c->type, "public"))
		return;
	if (str_starts(g->secret_hash, STR("$2")) && str_is_printable(g->secret_hash))
		c->secret_hash = g->secret_hash;
	else
		importing_note(im, REASON_CLIENT_SECRET, g->client_id);
}

static enum err
fill_owner(struct importing *im, const struct go_client *g, struct client *c)
{
	struct user owner;
	enum err e = ERR_NO_ROW;

	if (!id_parse(g->owner_id, &c->owner_id))
		e = user_by_id(im->cx.store, &im->arena, c->owner_id, &owner);
	if (e != ERR_NO_ROW)
		return e;
	c->owner_id = (struct id){{0}};
	if (g->owner_id.n)
		importing_note(im, REASON_CLIENT_OWNER, g->client_id);
	return OK;
}

static struct str
status_of(const struct go_client *g)
{
	if (str_is(g->status, "active") || str_is(g->status, "pending"))
		return str_is(g->status, "active") ? STR("active") : STR("pending");
	return STR("disabled");
}

/* What it will meet that it does not know. */
static void
note_differences(struct importing *im, const struct go_client *g, const struct client *c)
{
	bool signs_in = scope_has(c->grants, STR("refresh_token"));

	if (str_is(c->application_type, "native") && c->redirect_uris.n)
		importing_note(im, REASON_CLIENT_NATIVE, g->client_id);
	if (signs_in && !scope_has(c->scopes, STR("openid")))
		importing_note(im, REASON_CLIENT_USERINFO, g->client_id);
	im->with_secret += str_is(c->type, "confidential");
	im->with_rs256 +=
		signs_in && scope_has(c->scopes, STR("openid")) && str_is(c->id_token_alg, "RS256");
}

static enum err
import_client(struct importing *im, const struct go_client *g, struct client *c)
{
	enum err e;

	c->status = status_of(g);
	c->created_ms = importing_time(g->created_at);
	c->updated_ms = importing_time(g->updated_at);
	if (!c->created_ms)
		c->created_ms = im->cx.now_ms;
	if (c->updated_ms < c->created_ms)
		c->updated_ms = c->created_ms;
	/* The original gives a refresh token to everybody, and writes JWT. */
	c->refresh_always = true;
	c->access_token_typ = STR("JWT");
	fill_secret(im, g, c);
	if (g->project.n || g->service_account.n)
		importing_note(im, REASON_CLIENT_CLAIMS, g->client_id);
	if ((e = fill_owner(im, g, c)) || (e = client_insert(im->cx.store, c)))
		return e;
	note_differences(im, g, c);
	im->report->tables[FROM_GO_CLIENTS].imported++;
	return OK;
}

static enum err
take_client(const void *item, void *context)
{
	struct importing *im = context;
	const struct go_client *g = item;
	struct client said;
	struct client_edit edit;
	struct client was = {.status = STR_NONE};
	enum err e = OK;

	importing_found(im, FROM_GO_CLIENTS);
	if (id_parse(g->client_id, &was.id)) {
		importing_note(im, REASON_CLIENT_ID, g->client_id);
		return OK;
	}
	said = said_of(im, g);
	was.type = said.type;
	if (!said.grants.n)
		importing_note(im, REASON_CLIENT_NOTHING, g->client_id);
	else if (client_edit_prepare(&im->cx, &was, &said, &edit))
		importing_note_why(im, REASON_CLIENT_REFUSED, g->client_id, im->cx.problem);
	else if ((e = import_client(im, g, &edit.client)))
		e = importing_failed(im, e, "clients");
	arena_reset(&im->arena);
	return e;
}

enum err
importing_clients(struct importing *im)
{
	return go_each(im->from, GO_CLIENTS, take_client, im);
}
