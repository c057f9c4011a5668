/* OAuth clients as stored.  Who may do what is decided in lib/oauth/client.h. */
#ifndef LIB_STORE_CLIENT_H
#define LIB_STORE_CLIENT_H

#include "lib/store/store.h"

struct client {
	struct id id; /* the client_id */
	struct str name;
	struct str type;        /* "public", "confidential" */
	struct str auth_method; /* RFC 7591: "none", "client_secret_basic", "client_secret_post" */
	struct digest secret_digest;
	bool has_secret_digest;
	struct str secret_hash; /* crypt(3), for secrets brought from elsewhere; else empty */
	bool outgrows_hash;     /* secret_hash was right: secret_digest may take its place */
	struct str grants;      /* grant_type values */
	struct str scopes;
	struct str redirect_uris;
	struct str status;           /* "active", "pending", "disabled", "deleted" */
	struct str application_type; /* "web", "native" */
	struct str token_profile;    /* "short", "standard", "long" */
	struct str id_token_alg;     /* empty: the server's choice */
	struct str post_logout_redirect_uris;
	struct str backchannel_logout_uri;
	bool require_pkce;
	bool refresh_always;         /* a refresh token without offline_access */
	bool introspect_all;         /* of every client's access tokens */
	struct str token_provider;   /* "local", "http_api", or "default", which empty stands for */
	struct str access_token_typ; /* "JWT", or "at+jwt", which empty stands for */
	/* Of the device grant; empty or 0: as the configuration has it (lib/oauth/device_policy.h).
	 */
	struct str device_complete;        /* "always", "never" */
	struct str device_code_expiration; /* a duration, as the next two */
	struct str device_refresh_lifetime;
	struct str device_sign_in_within;
	struct str device_networks;     /* words */
	struct str device_scopes;       /* words */
	struct str device_same_network; /* "warn", "confirm", "refuse" */
	struct str device_typed_back;   /* "never", "offer", "require" */
	int64_t device_open_max;
	struct id owner_id;
	int64_t created_ms;
	int64_t updated_ms;
	int64_t used_ms;  /* last token, give or take a day; 0: never */
	int64_t epoch_ms; /* what it was given in an earlier one is dead: migrations/0007 */
	struct digest old_secret_digest;
	int64_t old_secret_expires_ms; /* 0: there is no old secret */
	bool lacks_policies;           /* it has device_*, and they were not read */
};

MUST_USE enum err client_by_id(struct store *, struct arena *, struct id, struct client *ret);
/* Without device_*, which hardly any client has: nine columns less in each request. */
MUST_USE enum err client_core_by_id(struct store *, struct arena *, struct id, struct client *ret);
/* Says that client_core_by_id is about to be asked: store_read_ahead. */
void client_core_by_id_ahead(struct store *, struct id);
MUST_USE enum err client_insert(struct store *, const struct client *);
/* Remembers that the client got a token: a write on the first one of a day, and
 * when it outgrows its secret_hash. */
MUST_USE enum err client_touch(struct store *, const struct client *, int64_t now_ms);
MUST_USE enum err client_count(struct store *, int64_t *ret);
/* Those whose ID tokens are signed like this; empty: as the server chooses. */
MUST_USE enum err client_count_by_id_token_alg(struct store *, struct str alg, int64_t *ret);
/* Those that wait for an operator. */
MUST_USE enum err client_count_pending(struct store *, int64_t *ret);

/* The secret before counts until old_expires_ms; 0: not any more. */
MUST_USE enum err client_set_secret(
	struct store *, struct id, const struct digest *, int64_t old_expires_ms, int64_t now_ms);
MUST_USE enum err client_set_status(struct store *, struct id, struct str status, int64_t now_ms);
/* The same for one that is pending; ERR_NO_ROW if it is not. */
MUST_USE enum err client_decide(struct store *, struct id, struct str status, int64_t now_ms);
/* Ends all that the client was given so far. */
MUST_USE enum err client_begin_epoch(struct store *, struct id, int64_t now_ms);
/* The family of the client's own tokens in this epoch. */
struct id client_family_id(const struct client *);
/* Holds the row until COMMIT; ERR_NO_ROW if it has changed since updated_ms. */
MUST_USE enum err client_hold(struct store *, struct id, int64_t updated_ms);
/* What may be edited; ERR_NO_ROW if the row has changed since was_updated_ms. */
MUST_USE enum err client_update(struct store *, const struct client *, int64_t was_updated_ms);
/* With all its tokens, codes and consents. */
MUST_USE enum err client_delete(struct store *, struct id);
/* Of one person: how many there are, and at most limit of them behind `after`, oldest first. */
MUST_USE enum err client_count_of_owner(struct store *, struct id owner, int64_t *ret);
MUST_USE enum err client_list_of_owner(struct store *, struct arena *, struct id owner,
	struct id after, struct client *list, size_t limit, size_t *ret_count);
struct client_query {
	struct id after;
	struct str status; /* empty: any */
	struct str search; /* part of the name; empty: any */
	size_t limit;
};
/* At most limit clients with an id behind `after`, oldest first.  A search looks at SEARCH_REACH
 * rows at once, however few it finds among them; *ret_seen is the last of those if there are
 * more behind it, else zero. */
MUST_USE enum err client_list(struct store *, struct arena *, const struct client_query *,
	struct client *list, size_t *ret_count, struct id *ret_seen);

#endif
