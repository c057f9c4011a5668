/* Rows of the Go original. */
#include "lib/store/go_source.h"

enum { PAGE_ROWS = 200 };

union go_item {
	struct go_user user;
	struct go_client client;
	struct go_consent consent;
	struct go_refresh_token refresh;
	struct go_connection connection;
};

struct paging {
	row_reader *read;
	go_visitor *visit;
	void *context;
	struct arena item, keys[2]; /* the key the statement has borrowed, and the next */
	struct str last;
	size_t rows, page;
};

static void
read_user(const struct row *row, struct arena *a, void *into)
{
	*(struct go_user *)into = (struct go_user){
		.id = row_text(row, COL_GO_USER_ID, a),
		.username = row_text(row, COL_GO_USER_USERNAME, a),
		.email = row_text(row, COL_GO_USER_EMAIL, a),
		.password_hash = row_text(row, COL_GO_USER_PASSWORD_HASH, a),
		.role = row_text(row, COL_GO_USER_ROLE, a),
		.full_name = row_text(row, COL_GO_USER_FULL_NAME, a),
		.is_active = row_int(row, COL_GO_USER_IS_ACTIVE) != 0,
		.auth_source = row_text(row, COL_GO_USER_AUTH_SOURCE, a),
		.created_at = row_text(row, COL_GO_USER_CREATED_AT, a),
		.updated_at = row_text(row, COL_GO_USER_UPDATED_AT, a),
		.email_verified = row_int(row, COL_GO_USER_EMAIL_VERIFIED) != 0,
	};
}

static void
read_client(const struct row *row, struct arena *a, void *into)
{
	*(struct go_client *)into = (struct go_client){
		.client_id = row_text(row, COL_GO_CLIENT_CLIENT_ID, a),
		.secret_hash = row_text(row, COL_GO_CLIENT_CLIENT_SECRET, a),
		.name = row_text(row, COL_GO_CLIENT_CLIENT_NAME, a),
		.owner_id = row_text(row, COL_GO_CLIENT_USER_ID, a),
		.scopes = row_text(row, COL_GO_CLIENT_SCOPES, a),
		.redirect_uris = row_text(row, COL_GO_CLIENT_REDIRECT_URIS, a),
		.type = row_text(row, COL_GO_CLIENT_CLIENT_TYPE, a),
		.device_flow = row_int(row, COL_GO_CLIENT_DEVICE_FLOW) != 0,
		.grant_types = row_text(row, COL_GO_CLIENT_GRANT_TYPES, a),
		.code_flow = row_int(row, COL_GO_CLIENT_CODE_FLOW) != 0,
		.client_credentials = row_int(row, COL_GO_CLIENT_CLIENT_CREDENTIALS) != 0,
		.status = row_text(row, COL_GO_CLIENT_STATUS, a),
		.token_profile = row_text(row, COL_GO_CLIENT_TOKEN_PROFILE, a),
		.project = row_text(row, COL_GO_CLIENT_PROJECT, a),
		.service_account = row_text(row, COL_GO_CLIENT_SERVICE_ACCOUNT, a),
		.created_at = row_text(row, COL_GO_CLIENT_CREATED_AT, a),
		.updated_at = row_text(row, COL_GO_CLIENT_UPDATED_AT, a),
	};
}

static void
read_consent(const struct row *row, struct arena *a, void *into)
{
	*(struct go_consent *)into = (struct go_consent){
		.uuid = row_text(row, COL_GO_CONSENT_UUID, a),
		.user_id = row_text(row, COL_GO_CONSENT_USER_ID, a),
		.client_id = row_text(row, COL_GO_CONSENT_CLIENT_ID, a),
		.scopes = row_text(row, COL_GO_CONSENT_SCOPES, a),
		.granted_at = row_text(row, COL_GO_CONSENT_GRANTED_AT, a),
		.is_active = row_int(row, COL_GO_CONSENT_IS_ACTIVE) != 0,
	};
}

static void
read_connection(const struct row *row, struct arena *a, void *into)
{
	*(struct go_connection *)into = (struct go_connection){
		.user_id = row_text(row, COL_GO_CONNECTION_USER_ID, a),
		.provider = row_text(row, COL_GO_CONNECTION_PROVIDER, a),
		.subject = row_text(row, COL_GO_CONNECTION_SUBJECT, a),
		.username = row_text(row, COL_GO_CONNECTION_USERNAME, a),
		.created_at = row_text(row, COL_GO_CONNECTION_CREATED_AT, a),
		.used_at = row_text(row, COL_GO_CONNECTION_USED_AT, a),
	};
}

static void
read_living_scope(const struct row *row, struct arena *a, void *into)
{
	*(struct go_living_scope *)into = (struct go_living_scope){
		.client_id = row_text(row, COL_GO_LIVING_SCOPE_CLIENT_ID, a),
		.scopes = row_text(row, COL_GO_LIVING_SCOPE_SCOPES, a),
		.expires_at = row_text(row, COL_GO_LIVING_SCOPE_EXPIRES_AT, a),
	};
}

static void
read_refresh(const struct row *row, struct arena *a, void *into)
{
	*(struct go_refresh_token *)into = (struct go_refresh_token){
		.id = row_text(row, COL_GO_REFRESH_TOKEN_ID, a),
		.hash = row_text(row, COL_GO_REFRESH_TOKEN_TOKEN_HASH, a),
		.user_id = row_text(row, COL_GO_REFRESH_TOKEN_USER_ID, a),
		.client_id = row_text(row, COL_GO_REFRESH_TOKEN_CLIENT_ID, a),
		.scopes = row_text(row, COL_GO_REFRESH_TOKEN_SCOPES, a),
		.status = row_text(row, COL_GO_REFRESH_TOKEN_STATUS, a),
		.from_code = row_int(row, COL_GO_REFRESH_TOKEN_FROM_CODE) != 0,
		.expires_at = row_text(row, COL_GO_REFRESH_TOKEN_EXPIRES_AT, a),
		.created_at = row_text(row, COL_GO_REFRESH_TOKEN_CREATED_AT, a),
	};
}

static const struct {
	enum sql sql;
	row_reader *read;
} tables[] = {
	[GO_USERS] = {SQL_GO_USERS, read_user},
	[GO_CLIENTS] = {SQL_GO_CLIENTS, read_client},
	[GO_CONSENTS] = {SQL_GO_CONSENTS, read_consent},
	[GO_CONNECTIONS] = {SQL_GO_CONNECTIONS, read_connection},
	[GO_LIVING_SCOPES] = {SQL_GO_LIVING_SCOPES, read_living_scope},
	[GO_REFRESH_TOKENS] = {SQL_GO_REFRESH_TOKENS, read_refresh},
};

/* The first column of each is the key. */
enum { KEY_COLUMN = 0 };
_Static_assert((int)KEY_COLUMN == (int)COL_GO_USER_ID &&
		       (int)KEY_COLUMN == (int)COL_GO_CLIENT_CLIENT_ID &&
		       (int)KEY_COLUMN == (int)COL_GO_CONSENT_UUID &&
		       (int)KEY_COLUMN == (int)COL_GO_CONNECTION_ID &&
		       (int)KEY_COLUMN == (int)COL_GO_LIVING_SCOPE_PAIR &&
		       (int)KEY_COLUMN == (int)COL_GO_REFRESH_TOKEN_ID,
	"pages go by the first column");

static enum err
take_row(const struct row *row, void *context)
{
	struct paging *p = context;
	union go_item item;
	enum err e;

	p->read(row, &p->item, &item);
	e = p->visit(&item, p->context);
	arena_reset(&p->item);
	arena_reset(&p->keys[p->page % 2]);
	p->last = row_text(row, KEY_COLUMN, &p->keys[p->page % 2]);
	p->rows++;
	return e;
}

enum err
go_each(struct store *s, enum go_table table, go_visitor *visit, void *context)
{
	struct paging p = {.read = tables[table].read, .visit = visit, .context = context};
	enum err e;

	do {
		p.rows = 0;
		p.page++;
		e = store_each(s, tables[table].sql,
			PARAMS(param_text(p.last), param_int(PAGE_ROWS)), take_row, &p);
	} while (!e && p.rows == PAGE_ROWS);
	arena_free(&p.item);
	arena_free(&p.keys[0]);
	arena_free(&p.keys[1]);
	return e;
}

enum err
go_count(struct store *s, enum go_count what, int64_t *ret)
{
	static const enum sql counts[GO_COUNTS_ALL] = {
		[GO_COUNT_USERS] = SQL_GO_COUNT_USERS,
		[GO_COUNT_CLIENTS] = SQL_GO_COUNT_CLIENTS,
		[GO_COUNT_CONSENTS] = SQL_GO_COUNT_CONSENTS,
		[GO_COUNT_REFRESH_TOKENS] = SQL_GO_COUNT_REFRESH_TOKENS,
		[GO_ACCESS_TOKENS] = SQL_GO_COUNT_ACCESS_TOKENS,
		[GO_DEVICE_CODES] = SQL_GO_COUNT_DEVICE_CODES,
		[GO_AUTHORIZATION_CODES] = SQL_GO_COUNT_AUTHORIZATION_CODES,
		[GO_COUNT_CONNECTIONS] = SQL_GO_COUNT_CONNECTIONS,
		[GO_AUDIT_LOGS] = SQL_GO_COUNT_AUDIT_LOGS,
	};

	return store_count(s, counts[what], NO_PARAMS, ret);
}
