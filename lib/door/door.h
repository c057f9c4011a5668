/*
 * The admin API, from the side of its users: `authgate admin` and the console.
 *
 * A door is one way to it: the admin socket, https with an access token, or a function
 * that answers here (the database of a stopped server).  All three are asked alike:
 *
 *	struct door_value values[] = {{op_input_named(op, STR("status")), STR("pending")}};
 *	struct door_question question = {.op = &ops[OP_client_list], .values = values, .value_count
 *= 1}; struct door_answer answer;
 *
 *	door_ask(door, arena, &question, &answer);
 *	if (answer.outcome == DOOR_ANSWERED)
 *		... json_array_object(answer.json, "clients", i) ...
 *	door_answer_done(&answer);
 *
 * A server may be hostile, or of another version: an answer has limits (FETCH_BODY_MAX, a
 * depth of 16), and nothing of it is fit for a terminal as it is.  A door belongs to one
 * thread.
 */
#ifndef LIB_DOOR_DOOR_H
#define LIB_DOOR_DOOR_H

#include "lib/base/diag.h"
#include "lib/base/json.h"
#include "lib/ops/ops.h"

enum { DOOR_IDS_MAX = 2 };

struct door;

/* What is said of one input: words of a list are separated by spaces, a flag is
 * "true" or "false". */
struct door_value {
	const struct op_field *field;
	struct str text;
};

struct door_question {
	const struct op *op;
	struct str ids[DOOR_IDS_MAX]; /* what takes the places of the path's parameters */
	const struct door_value *values;
	size_t value_count;
	struct str version; /* not empty: only if it still is this one; else DOOR_CHANGED */
};

enum door_outcome {
	DOOR_ANSWERED,
	DOOR_REFUSED,   /* the server will not do it as it was asked */
	DOOR_NO_MATCH,  /* there is no such thing, or it is in that state already */
	DOOR_CHANGED,   /* it has changed since that version was read */
	DOOR_SIGN_IN,   /* the access token does not do, or not any more */
	DOOR_UNREACHED, /* nobody answered */
	DOOR_NONSENSE,  /* what answered is no server of ours */
};

struct door_answer {
	enum door_outcome outcome;
	int status;         /* of HTTP; 0: none came */
	struct json *json;  /* an object; NULL if none came */
	struct str text;    /* the same as it came */
	struct str version; /* of what was shown; empty if it has none, or the door knows none */
	struct str problem; /* unless DOOR_ANSWERED: a sentence without its full stop, of the
			     * server's words perhaps */
};

/* Answers at once, by running the request here. */
typedef void door_local(void *context, struct arena *, struct str method, struct str target,
	struct str json, int *ret_status, struct str *ret_body);

/* path must live as long as the door, and so on below. */
struct door *door_by_socket(struct str path);
/* server: "https://auth.example.com", as its issuer; ca_file: certificates to trust instead of the
 * system's, or empty. */
struct door *door_by_https(struct str server, struct str token, struct str ca_file);
struct door *door_by_call(door_local *, void *context);
void door_free(struct door *);

/* Asks and waits.  *ret is to be ended with door_answer_done, whatever the outcome. */
void door_ask(struct door *, struct arena *, const struct door_question *, struct door_answer *ret);
void door_answer_done(struct door_answer *);

/*
 * Asks and goes on: for a screen.  The arena must live until the call has ended.
 *
 *	call = door_begin(door, arena, &question);
 *	while (!door_is_over(call))
 *		has_key = door_wait(door, STDIN_FILENO, 200);
 *	door_end(call, &answer);
 *
 * door_wait waits at most timeout_ms for the network, or until fd (if it is not negative)
 * can be read: then it is true.  door_end with NULL gives a call up.
 */
struct door_call;
struct door_call *door_begin(struct door *, struct arena *, const struct door_question *);
bool door_wait(struct door *, int fd, int timeout_ms);
bool door_is_over(const struct door_call *);
void door_end(struct door_call *, struct door_answer *ret);

/* What people call the door: the socket's path, the server's address, "this database". */
struct str door_name(const struct door *);

#endif
