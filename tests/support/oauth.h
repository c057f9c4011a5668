/* A place with an issuer of its own and a context, for tests of lib/oauth. */
#ifndef TESTS_SUPPORT_OAUTH_H
#define TESTS_SUPPORT_OAUTH_H

#include "tests/support/store.h"

#include "lib/config/config.h"
#include "lib/oauth/grant.h"
#include "lib/oauth/issuer.h"

static struct config config;
static struct issuer *issuer;
static struct context cx;

static inline int
make_oauth_place(void **state)
{
	if (make_place_store(state))
		return -1;
	config = (struct config){
		.base_url = STR("https://id.example"),
		.session_secret = STR("0123456789abcdef0123456789abcdef"),
		.access_ttl_s = 600,
		.client_credentials_ttl_s = 3600,
		.device_code_ttl_s = 1800,
		.device_complete = true,
		.device_interval_s = 5,
	};
	assert_ok(issuer_open(&config, place.store, PLACE_NOW_MS, &issuer, &place.diag));
	cx = (struct context){
		.arena = &place.arena,
		.config = &config,
		.issuer = issuer,
		.store = place.store,
		.now_ms = PLACE_NOW_MS,
		.ip = STR("192.0.2.1"),
		.user_agent = STR("test"),
		.request_id = STR("r1"),
	};
	return 0;
}

static inline int
remove_oauth_place(void **state)
{
	issuer_free(issuer);
	issuer = NULL;
	return remove_place_store(state);
}

/* Reads a body as the dispatcher does. */
static inline void
read_form(const char *body, struct form *ret)
{
	ret->count = 0;
	if (*body)
		assert_ok(form_parse(&place.arena, str_of(body), ret, NULL));
}

/* Runs a change as the writer does. */
static inline enum err
commit(store_change *change, void *arg)
{
	return store_transaction(place.store, change, arg);
}

#define WITH_ISSUER(test) \
	cmocka_unit_test_setup_teardown(test, make_oauth_place, remove_oauth_place)

#endif
