/*
 * struct dialect: how one kind of server is asked who somebody is.  dialects.c has the
 * table; to add one: a file with its `ask`, and a row there and in providers.c.
 */
#ifndef LIB_SIGNIN_DIALECT_H
#define LIB_SIGNIN_DIALECT_H

#include "lib/signin/assertion.h"
#include "lib/signin/upstream.h"

/* What the token endpoint gave, and what it was asked with. */
struct upstream_tokens {
	struct str access_token;
	struct str id_token;      /* or empty */
	struct str refresh_token; /* or empty */
	struct str nonce;
	struct upstream_metadata server;
};

struct dialect {
	const char *type;
	const char *scopes;      /* if the configuration names none */
	const char *group_scope; /* asked for as well where groups decide, or NULL */
	bool has_nonce;          /* it signs ID tokens */
	bool tells_when;         /* auth_time, if asked with max_age */
	/* Where it is: the endpoints, and the issuer that identities belong to. */
	enum err (*locate)(struct upstream_call *, struct upstream_metadata *ret);
	/* Who it is. */
	enum err (*ask)(
		struct upstream_call *, const struct upstream_tokens *, struct assertion *ret);
};

const struct dialect *dialect_find(struct str type);

/* An object of an API, asked for with the access token. */
MUST_USE enum err dialect_get(
	struct upstream_call *, const struct upstream_tokens *, struct str url, struct json **ret);
/* A list, as the member "items". */
MUST_USE enum err dialect_get_list(
	struct upstream_call *, const struct upstream_tokens *, struct str url, struct json **ret);
/* The id of somebody where ids are numbers. */
MUST_USE enum err dialect_number(struct upstream_call *, const struct json *, struct str *ret);
/* The primary address of a list of them, if it is verified there. */
MUST_USE enum err dialect_email(struct upstream_call *, const struct upstream_tokens *,
	struct str url, struct assertion *into);
/* assertion.groups, a line each: begins them, adds one, adds what each item of a list calls
 * `member`. */
void dialect_groups_begin(struct upstream_call *, struct buf *groups);
void dialect_groups_add(struct buf *groups, struct str group);
MUST_USE enum err dialect_groups_of_list(struct upstream_call *, const struct upstream_tokens *,
	struct str url, const char *member, struct buf *groups);
/* Where a server is that publishes no description. */
void dialect_place(struct upstream_call *, const char *authorize, const char *token,
	struct upstream_metadata *ret);
/* assertion.amr and .auth_ms, from the claims of an ID token. */
void dialect_how(struct upstream_call *, const struct json *claims, struct assertion *into);
/* ERR_UPSTREAM unless it can be the name of somebody at that server. */
MUST_USE enum err dialect_subject(struct upstream_call *, struct str text, struct str *ret);

enum err oidc_locate(struct upstream_call *, struct upstream_metadata *ret);
enum err oidc_ask(struct upstream_call *, const struct upstream_tokens *, struct assertion *ret);
enum err github_locate(struct upstream_call *, struct upstream_metadata *ret);
enum err github_ask(struct upstream_call *, const struct upstream_tokens *, struct assertion *ret);
enum err gitea_locate(struct upstream_call *, struct upstream_metadata *ret);
enum err gitea_ask(struct upstream_call *, const struct upstream_tokens *, struct assertion *ret);
enum err gitlab_locate(struct upstream_call *, struct upstream_metadata *ret);
enum err gitlab_ask(struct upstream_call *, const struct upstream_tokens *, struct assertion *ret);
enum err microsoft_locate(struct upstream_call *, struct upstream_metadata *ret);
enum err microsoft_ask(
	struct upstream_call *, const struct upstream_tokens *, struct assertion *ret);

#endif
