/* Reads the parameter claims. */
#include "lib/oauth/claims_request.h"

#include "lib/base/json.h"
#include "lib/oauth/id_token.h"
#include "lib/oauth/scope.h"

enum { CLAIMS_REQUEST_MAX = 8192 };

static const struct {
	const char *claim, *scope;
} known[] = {
	{"name", "profile"},
	{"preferred_username", "profile"},
	{"updated_at", "profile"},
	{"email", "email"},
	{"email_verified", "email"},
	{"groups", "groups"},
};

struct reading {
	struct context *cx;
	struct claims_request *found;
};

static bool
may_be(const struct json *wish, const char *value)
{
	bool one = json_has(wish, "value"), many = json_has(wish, "values");

	if (one && str_is(json_get_str(wish, "value"), value))
		return true;
	return (!one && !many) || json_array_has(wish, "values", value);
}

/* {"essential": true, "value": ..., "values": [...]} */
static void
read_wish(struct reading *r, struct str claim, const struct json *wish)
{
	if (str_is(claim, "sub"))
		r->found->subject = str_copy(r->cx->arena, json_get_str(wish, "value"));
	if (str_is(claim, "acr") && json_get_bool(wish, "essential", false) &&
		!may_be(wish, ACR_PASSWORD))
		r->found->unmet = true;
}

static enum err
take_claim(struct str claim, struct str value, void *context)
{
	struct reading *r = context;
	struct json *wish;

	for (size_t i = 0; i < countof(known); i++)
		if (str_is(claim, known[i].claim))
			r->found->scope =
				scope_union(r->cx->arena, r->found->scope, str_of(known[i].scope));
	/* null is a wish without more. */
	if (json_parse(value, CLAIMS_REQUEST_MAX, &wish, NULL))
		return OK;
	if (json_is_map(wish))
		read_wish(r, claim, wish);
	json_free(wish);
	return OK;
}

/* userinfo and id_token hold the same here: who may see one may see the other. */
static enum err
take_place(struct str place, struct str value, void *context)
{
	struct json *claims;
	enum err e = OK;

	if (!str_is(place, "userinfo") && !str_is(place, "id_token"))
		return OK;
	if (json_parse(value, CLAIMS_REQUEST_MAX, &claims, NULL))
		return str_is(value, "null") ? OK : ERR_MALFORMED;
	if (json_is_map(claims))
		e = json_each_member(claims, take_claim, context);
	else if (!str_is(value, "null"))
		e = ERR_MALFORMED;
	json_free(claims);
	return e;
}

enum err
claims_request_read(struct context *cx, struct str text, struct claims_request *ret)
{
	struct claims_request found = {.unmet = false};
	struct reading reading = {.cx = cx, .found = &found};
	struct json *doc;
	enum err e = json_parse(text, CLAIMS_REQUEST_MAX, &doc, NULL);

	if (!e) {
		e = json_is_map(doc) ? json_each_member(doc, take_place, &reading) : ERR_MALFORMED;
		json_free(doc);
	}
	if (e) {
		cx->problem = STR("claims is a JSON object with the members userinfo and id_token");
		return ERR_INVALID_REQUEST;
	}
	*ret = found;
	return OK;
}
