/* Metadata that is accepted reads back as itself from what we answer, asks for
 * no more than is offered, and every URI in it is one that may be registered. */
#include "lib/oauth/client_metadata.h"

#include "lib/config/config.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/redirect.h"
#include "lib/oauth/scope.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool good)
{
	if (!good)
		abort();
}

static enum err
read_text(struct context *cx, struct str text, struct client_metadata *ret)
{
	struct json *doc;
	enum err e;

	if (json_parse(text, 4 * CLIENT_METADATA_MAX, &doc, NULL))
		return ERR_MALFORMED;
	e = client_metadata_read(cx, doc, ret);
	json_free(doc);
	return e;
}

static void
check_rules(const struct context *cx, const struct client_metadata *m)
{
	const struct client *c = &m->client;
	bool native = str_is(c->application_type, "native");

	check(scope_covers(cx->config->registration_scopes, c->scopes));
	check(c->name.n && c->name.n <= CLIENT_NAME_MAX && str_is_utf8(c->name));
	check(c->grants.n > 0);
	check(!str_is(c->type, "public") || !scope_has(c->grants, STR("client_credentials")));
	check(c->redirect_uris.n || !scope_has(c->grants, STR("authorization_code")));
	STR_EACH (uri, c->redirect_uris)
		check(!redirect_may_register(uri, native, NULL));
	STR_EACH (uri, c->post_logout_redirect_uris)
		check(!redirect_may_register(uri, native, NULL));
	check(!m->registration.logo_uri.n || str_starts(m->registration.logo_uri, STR("https://")));
	check(!c->backchannel_logout_uri.n ||
		str_starts(c->backchannel_logout_uri, STR("https://")));
}

static const struct key *
key_once(void)
{
	static struct key *key;

	if (!key)
		check(!crypto_init() && !key_generate(KEY_ES256, &key));
	return key;
}

static struct str
text_of(struct arena *a, const struct client_metadata *m)
{
	struct buf out;

	buf_init(&out, a, 4 * CLIENT_METADATA_MAX);
	json_open(&out, '{');
	client_metadata_write(&out, m);
	json_close(&out, '}');
	check(buf_ok(&out));
	return buf_str(&out);
}

/* What an operator said and we took is taken again as it is: an edit of nothing changes nothing. */
static void
check_operator(struct context *cx, struct str text)
{
	struct client_metadata said = {.client = {.type = STR_NONE}}, first = said, second = said;
	struct json *doc;
	enum err e;

	if (json_parse(text, 4 * CLIENT_METADATA_MAX, &doc, NULL))
		return;
	if (!(e = client_spec_read(cx, CLIENT_BY_OPERATOR, doc, &said)))
		e = client_spec_judge(cx, CLIENT_BY_OPERATOR, &said, &first);
	json_free(doc);
	if (e) {
		check(cx->problem.n > 0);
		return;
	}
	said = (struct client_metadata){.client = first.client};
	check(!client_spec_judge(cx, CLIENT_BY_OPERATOR, &said, &second));
	check(str_eq(text_of(cx->arena, &first), text_of(cx->arena, &second)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct config config = {
		.registration_approval = true,
		.registration_scopes = STR("openid profile email offline_access"),
	};
	struct issuer issuer = {.arena = {0}};
	struct context cx = {.arena = &arena, .config = &config, .issuer = &issuer};
	struct client_metadata first, second;
	enum err e;

	issuer.signer = issuer.active[KEY_ES256] = key_once();
	check_operator(&cx, (struct str){(const char *)data, size});
	cx.problem = STR_NONE;
	e = read_text(&cx, (struct str){(const char *)data, size}, &first);
	if (!e) {
		struct str text = text_of(&arena, &first);

		check_rules(&cx, &first);
		check(!read_text(&cx, text, &second));
		check(str_eq(text, text_of(&arena, &second)));
	} else if (e != ERR_MALFORMED && e != ERR_UNAPPROVED_SOFTWARE_STATEMENT) {
		check(cx.problem.n > 0);
	}
	arena_free(&arena);
	return 0;
}
