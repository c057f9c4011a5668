/*
 * The token endpoint (RFC 6749 section 3.2) and its neighbour for revocation
 * (RFC 7009), as a client uses them: one form out, one answer judged.
 *
 * Nothing here tries again after the server may have used up what it got: an
 * authorization code and a rotating refresh token work once, and a second attempt looks
 * like theft to the server.
 */
#ifndef CLIENTS_TOKEN_ENDPOINT_H
#define CLIENTS_TOKEN_ENDPOINT_H

#include "clients/discovery.h"
#include "lib/base/buf.h"

/* Who is asking.  Without a secret the client is public. */
struct client_identity {
	struct str id;
	struct str secret;   /* may be empty; never in an address */
	bool secret_in_body; /* client_secret_post; otherwise HTTP Basic, the default */
};

/* The answer of RFC 6749 section 5.1. */
struct token_reply {
	struct str access_token;
	struct str token_type;
	struct str refresh_token; /* may be empty, as the next two */
	struct str id_token;
	struct str scope;
	int64_t expires_in_s;  /* at most a year; an hour if the server did not say */
	int64_t retry_after_s; /* of a refusal, which leaves the rest alone; 0: none */
};

enum { TOKEN_FORM_MAX = 16 * 1024, TOKEN_ANSWER_MAX = 128 * 1024 };

struct json;
/* Reads an answer as JSON.  Anything but status 200 decides it already: OAuth
 * errors come back as their enum err; text of the server goes into the diag with
 * everything unprintable replaced. */
MUST_USE enum err client_answer_open(
	struct arena *, int status, struct str body, struct json **ret, struct diag *);
/* A number of seconds in an answer, whole or not, a number or text: rounded up, none below
 * 0, none above the most.  absent stands for what is not there or cannot be read. */
int64_t client_answer_seconds(const struct json *, const char *name, int64_t absent, int64_t most);
/* The enum err of an OAuth error code; ERR_INVALID_REQUEST for an unknown one. */
enum err client_answer_error(struct str code);
/* Judges an answer of the token endpoint. */
MUST_USE enum err client_token_judge(
	struct arena *, int status, struct str body, struct token_reply *ret, struct diag *);

/* "basic" or "post". */
MUST_USE enum err client_identity_parse_auth(struct str, struct client_identity *);
/* Adds HTTP Basic to a request, if that is how this client proves itself. */
struct fetch_request;
void client_identity_sign(const struct client_identity *, struct arena *, struct fetch_request *);

/* Begins a form: who asks, and for which grant. */
void client_token_form(
	struct buf *, struct arena *, const struct client_identity *, const char *grant_type);
/* What is sent, to whom, and how long it may take. */
struct token_call {
	const struct discovery *server;
	const struct client_identity *client;
	const struct buf *form;
	int64_t timeout_ms; /* of one attempt; 0: the ordinary one */
	int64_t patience_s; /* for a server that is busy (clients/ask.h); 0: none */
	int cancel_fd;
};
/* Everything but the result is allocated in scratch, which may be the same arena. */
MUST_USE enum err client_token_request(struct arena *, struct arena *scratch,
	const struct token_call *, struct token_reply *ret, struct diag *);
/* Ends a token at the server.  ERR_NO_ROW if it has no such endpoint. */
MUST_USE enum err client_token_revoke(struct arena *, const struct discovery *,
	const struct client_identity *, struct str token, const char *hint, int cancel_fd,
	struct diag *);

#endif
