/* One table of ways; requests and answers are made alike for all of them. */
#include "lib/door/door.h"

#include "lib/base/form.h"
#include "lib/http/fetch.h"

#include <poll.h>
#include <stdlib.h>

enum { BODY_MAX = 64 * 1024, URL_MAX_BYTES = 16 * 1024 };

enum way { BY_SOCKET, BY_HTTPS, BY_CALL };

struct door {
	enum way way;
	struct str name;  /* a path or an address */
	struct str token; /* BY_HTTPS, as the next */
	struct str ca_file;
	door_local *local;
	void *context;
	struct fetch_set *set; /* made when first needed */
};

struct door_call {
	struct door *door;
	struct arena *arena;
	const struct op *op;
	struct str ids[DOOR_IDS_MAX];
	struct str version;
	struct str body;          /* kept for the HTTP library */
	struct fetch_call *fetch; /* NULL: it is over */
	struct fetch_reply reply;
	enum err error;
	struct diag diag;
};

static struct door *
door_new(enum way way, struct str name)
{
	struct door *d = xcalloc(1, sizeof *d);

	d->way = way;
	d->name = name;
	return d;
}

struct door *
door_by_socket(struct str path)
{
	return door_new(BY_SOCKET, path);
}

struct door *
door_by_https(struct str server, struct str token, struct str ca_file)
{
	struct door *d = door_new(BY_HTTPS, server);

	if (str_ends(server, STR("/")))
		d->name = str_first(server, server.n - 1);
	d->token = token;
	d->ca_file = ca_file;
	return d;
}

struct door *
door_by_call(door_local *local, void *context)
{
	struct door *d = door_new(BY_CALL, STR("this database"));

	d->local = local;
	d->context = context;
	return d;
}

void
door_free(struct door *d)
{
	if (d)
		fetch_set_free(d->set);
	free(d);
}

struct str
door_name(const struct door *d)
{
	return d->name;
}

/* ---- the question ---- */

static void
add_member(struct buf *out, const struct door_value *v)
{
	const char *name = v->field->name;
	int64_t number;

	switch (v->field->kind) {
	case OP_WORDS: json_member_words(out, name, v->text); break;
	case OP_FLAG: json_member_bool(out, name, str_is(v->text, "true")); break;
	case OP_NUMBER:
		if (!str_to_i64(v->text, &number)) {
			json_member_i64(out, name, number);
			break;
		}
		json_member_str(out, name, v->text);
		break;
	case OP_ID:
	case OP_TEXT:
	case OP_CHOICE:
	case OP_TIME:
	case OP_DURATION:
	case OP_SECRET: json_member_str(out, name, v->text); break;
	}
}

static struct str
body_of(struct arena *arena, const struct door_question *q)
{
	struct buf out;

	if (!op_has_body(q->op))
		return STR_NONE;
	buf_init(&out, arena, BODY_MAX);
	json_open(&out, '{');
	for (size_t i = 0; i < q->value_count; i++)
		add_member(&out, &q->values[i]);
	json_close(&out, '}');
	return buf_str(&out);
}

static void
add_path(struct buf *url, const struct door_question *q)
{
	struct str rest = str_of(q->op->path);

	buf_add_c(url, OPS_ROOT);
	for (size_t i = 0; i < op_param_count(q->op) && i < DOOR_IDS_MAX; i++) {
		buf_add(url, str_cut(&rest, ':'));
		percent_encode(url, q->ids[i]);
		rest = str_from(rest, op_param(q->op, i).n);
	}
	buf_add(url, rest);
}

static void
add_query(struct buf *url, const struct door_question *q)
{
	size_t begin = url->n + 1;

	if (op_has_body(q->op) || !q->value_count)
		return;
	buf_add_char(url, '?');
	for (size_t i = 0; i < q->value_count; i++) {
		if (url->n > begin)
			buf_add_char(url, '&');
		buf_add_c(url, q->values[i].field->name);
		buf_add_char(url, '=');
		percent_encode(url, q->values[i].text);
	}
}

static struct str
target_of(struct arena *arena, const struct door *d, const struct door_question *q)
{
	struct buf url;

	buf_init(&url, arena, URL_MAX_BYTES);
	if (d->way == BY_SOCKET)
		buf_add_c(&url, "http://localhost");
	if (d->way == BY_HTTPS)
		buf_add(&url, d->name);
	add_path(&url, q);
	add_query(&url, q);
	return buf_ok(&url) ? buf_str(&url) : STR_NONE;
}

static void
begin_fetch(struct door_call *c, struct str target)
{
	struct door *d = c->door;
	struct fetch_request request = {
		.url = target,
		.method = str_of(c->op->method),
		.json = c->body,
		.socket = d->way == BY_SOCKET ? d->name : STR_NONE,
		.bearer = d->token,
		.ca_file = d->ca_file,
		.if_match = c->version,
	};

	if (d->set || !(c->error = fetch_set_new(&d->set, &c->diag)))
		c->error = fetch_begin(d->set, c->arena, &request, &c->fetch, &c->diag);
}

struct door_call *
door_begin(struct door *d, struct arena *arena, const struct door_question *q)
{
	struct door_call *c = arena_new(arena, struct door_call);
	struct str target = target_of(arena, d, q);

	*c = (struct door_call){.door = d, .arena = arena, .op = q->op};
	for (size_t i = 0; i < DOOR_IDS_MAX; i++)
		c->ids[i] = str_copy(arena, q->ids[i]);
	c->version = str_copy(arena, q->version);
	c->body = body_of(arena, q);
	if (!target.n)
		c->error = diag_set(&c->diag, ERR_TOO_LONG, "what was asked is too long");
	else if (d->way == BY_CALL)
		d->local(d->context, arena, str_of(q->op->method), target, c->body,
			&c->reply.status, &c->reply.body);
	else
		begin_fetch(c, target);
	return c;
}

/* ---- waiting ---- */

/* No request goes on: there is only fd to wait for. */
static bool
wait_for(int fd, int timeout_ms)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};

	return poll(&one, fd >= 0 ? 1 : 0, timeout_ms) > 0 && fd >= 0;
}

bool
door_wait(struct door *d, int fd, int timeout_ms)
{
	bool is_readable = false;

	if (!d->set)
		return wait_for(fd, timeout_ms);
	return !fetch_wait(d->set, fd, timeout_ms, &is_readable) && is_readable;
}

bool
door_is_over(const struct door_call *c)
{
	return !c->fetch || fetch_is_over(c->fetch);
}

/* ---- the answer ---- */

static struct str
not_found(const struct door_call *c)
{
	const struct resource *r = &resources[c->op->resource];
	const char *closed = c->door->way == BY_HTTPS
				     ? ", or the server's admin API is closed to the network "
				       "(admin.http)"
				     : "";
	struct str param = op_param(c->op, 0);

	if (!c->ids[0].n)
		return str_printf(c->arena, "the server does not know this operation%s", closed);
	if (c->ids[1].n)
		return str_printf(c->arena,
			"no %s with the ID or name %.*s, or nothing of theirs with the %.*s %.*s%s",
			r->noun, STR_ARG(c->ids[0]), STR_ARG(op_param(c->op, 1)),
			STR_ARG(c->ids[1]), closed);
	if (!str_is(param, "id"))
		return str_printf(c->arena, "no %s with the %.*s %.*s%s", r->noun, STR_ARG(param),
			STR_ARG(c->ids[0]), closed);
	return str_printf(c->arena, "no %s with %s %.*s%s", r->noun,
		r->id == RESOURCE_user ? "the ID or name" : "ID", STR_ARG(c->ids[0]), closed);
}

static const struct {
	int status;
	enum door_outcome outcome;
} outcomes[] = {
	{401, DOOR_SIGN_IN},
	{403, DOOR_SIGN_IN},
	{404, DOOR_NO_MATCH},
	{409, DOOR_NO_MATCH},
	{412, DOOR_CHANGED},
};

static enum door_outcome
outcome_of(const struct door_call *c, int status)
{
	if (status < 300)
		return DOOR_ANSWERED;
	for (size_t i = 0; i < countof(outcomes); i++)
		if (outcomes[i].status == status &&
			(outcomes[i].outcome != DOOR_SIGN_IN || c->door->way == BY_HTTPS))
			return outcomes[i].outcome;
	return DOOR_REFUSED;
}

static struct str
unreached(const struct door_call *c)
{
	if (c->door->way == BY_SOCKET && c->error == ERR_NETWORK)
		return str_printf(c->arena,
			"%s; is the server running, and may you open its socket? (--socket PATH, "
			"--server URL, or --offline)",
			c->diag.text);
	return str_copy(c->arena, str_of(c->diag.text));
}

/* The server's own sentence without its full stop: more may be said behind it. */
static struct str
refusal(const struct door_call *c, const struct json *json)
{
	struct str text = json_get_str(json, "error_description");

	if (!text.n)
		text = json_get_str(json, "error");
	if (!text.n)
		return str_printf(c->arena, "the server refused (status %d)", c->reply.status);
	return str_copy(c->arena, str_ends(text, STR(".")) ? str_first(text, text.n - 1) : text);
}

static void
read_reply(struct door_call *c, struct door_answer *ret)
{
	ret->status = c->reply.status;
	ret->text = c->reply.body;
	ret->version = c->reply.etag;
	if (json_parse(c->reply.body, FETCH_BODY_MAX, &ret->json, NULL) ||
		!json_is_map(ret->json)) {
		ret->outcome = DOOR_NONSENSE;
		ret->problem = str_printf(c->arena,
			"%.*s: the answer is not JSON (status %d); is that an authgate server?",
			STR_ARG(c->door->name), c->reply.status);
		return;
	}
	ret->outcome = outcome_of(c, c->reply.status);
	if (ret->outcome != DOOR_ANSWERED)
		ret->problem = c->reply.status == 404 ? not_found(c) : refusal(c, ret->json);
}

void
door_end(struct door_call *c, struct door_answer *ret)
{
	struct fetch_call *fetch = c->fetch;

	c->fetch = NULL;
	if (!ret) {
		fetch_end(fetch);
		return;
	}
	*ret = (struct door_answer){.outcome = DOOR_UNREACHED};
	if (fetch)
		c->error = fetch_result(fetch, &c->reply, &c->diag);
	if (c->error)
		ret->problem = unreached(c);
	else
		read_reply(c, ret);
}

void
door_ask(
	struct door *d, struct arena *arena, const struct door_question *q, struct door_answer *ret)
{
	struct door_call *c = door_begin(d, arena, q);

	while (!door_is_over(c))
		(void)door_wait(d, -1, 1000);
	door_end(c, ret);
}

void
door_answer_done(struct door_answer *a)
{
	json_free(a->json);
	a->json = NULL;
}
