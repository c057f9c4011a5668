#include "tests/support/check.h"

#include "lib/crypto/digest.h"
#include "server/gate/csrf.h"
#include "server/route.h"
#include "server/server.h"

struct world {
	struct server server;
	struct exchange x;
	struct header headers[3];
};

static void
add(struct world *w, const char *name, struct str value)
{
	w->headers[w->x.request.header_count++] = (struct header){str_of(name), value};
}

static struct issuer issuer;

static struct world *
new_world(void)
{
	static struct world w;

	memset(&w, 0, sizeof w);
	assert_ok(crypto_init());
	w.server.origin = STR("https://a.example");
	w.server.https = true;
	rolling_key_derive(
		&w.server.csrf_key, STR("0123456789abcdef0123456789abcdef"), STR_NONE, "csrf");
	exchange_reset(&w.x);
	w.x.server = &w.server;
	w.x.cx.issuer = &issuer;
	w.x.request.headers = w.headers;
	return &w;
}

static void
end_world(struct world *w)
{
	rolling_key_free(&w->server.csrf_key);
	arena_free(&w->x.arena);
}

static void
submit(struct world *w, struct str token)
{
	w->x.form.count = 1;
	w->x.form.fields[0] = (struct form_field){STR("csrf_token"), token};
}

/* What a browser does: takes the cookie and the token of a page, posts both. */
static void
visit(struct world *w)
{
	struct str token = csrf_token(&w->x);
	struct str cookie = w->x.reply.headers[0].value;

	assert_int_equal(w->x.reply.header_count, 1);
	add(w, "cookie", str_cut(&cookie, ';'));
	submit(w, token);
}

static void
test_the_token_of_a_page_is_accepted(void **state)
{
	struct world *w = new_world();

	(void)state;
	visit(w);
	assert_ok(csrf_check(&w->x));
	add(w, "origin", STR("https://a.example"));
	assert_ok(csrf_check(&w->x));
	end_world(w);
}

static void
test_the_cookie_is_bound_to_host_and_https(void **state)
{
	struct world *w = new_world();
	struct str cookie;

	(void)state;
	(void)csrf_token(&w->x);
	cookie = w->x.reply.headers[0].value;
	assert_true(str_starts(cookie, STR("__Host-authgate_csrf=")));
	assert_true(str_ends(cookie, STR("; Path=/; HttpOnly; SameSite=Lax; Secure")));
	end_world(w);
}

static void
test_one_page_gets_one_cookie_for_all_its_forms(void **state)
{
	struct world *w = new_world();
	struct str first = csrf_token(&w->x);

	(void)state;
	assert_true(str_eq(first, csrf_token(&w->x)));
	assert_int_equal(w->x.reply.header_count, 1);
	end_world(w);
}

static void
test_a_foreign_or_missing_token_is_refused(void **state)
{
	struct world *w = new_world();

	(void)state;
	assert_err(csrf_check(&w->x), ERR_CSRF);
	visit(w);
	submit(w, STR_NONE);
	assert_err(csrf_check(&w->x), ERR_CSRF);
	submit(w, STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	assert_err(csrf_check(&w->x), ERR_CSRF);
	end_world(w);
}

static void
test_a_token_from_before_sign_in_does_not_count_after(void **state)
{
	struct world *w = new_world();

	(void)state;
	visit(w);
	w->x.has_session = true;
	assert_err(csrf_check(&w->x), ERR_FORM_EXPIRED);
	end_world(w);
}

/* Another tab signed in while the form of this one was open. */
static void
test_signing_in_takes_the_form_of_any_session_of_this_browser(void **state)
{
	static const struct route route = {.flags = ROUTE_VISITOR};
	struct world *w = new_world();

	(void)state;
	visit(w);
	w->x.has_session = true;
	w->x.route = &route;
	assert_ok(csrf_check(&w->x));
	submit(w, STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	assert_err(csrf_check(&w->x), ERR_CSRF);
	end_world(w);
}

static void
test_a_browser_that_lost_its_cookie_has_an_old_form(void **state)
{
	struct world *w = new_world();

	(void)state;
	submit(w, csrf_token(&w->x));
	assert_err(csrf_check(&w->x), ERR_FORM_EXPIRED);
	end_world(w);
}

static void
check_refused_with(const char *name, struct str value)
{
	struct world *w = new_world();

	visit(w);
	add(w, name, value);
	assert_err(csrf_check(&w->x), ERR_CSRF);
	end_world(w);
}

static void
test_other_origins_are_refused(void **state)
{
	(void)state;
	check_refused_with("origin", STR("https://evil.example"));
	check_refused_with("origin", STR("https://a.example.evil"));
	check_refused_with("origin", STR("http://a.example"));
	check_refused_with("origin", STR("null"));
	check_refused_with("sec-fetch-site", STR("cross-site"));
}

static void
test_an_origin_is_spelled_as_browsers_do(void **state)
{
	struct arena a = {0};
	struct str origin;

	(void)state;
	assert_ok(csrf_origin(&a, STR("https://a.example/auth"), &origin));
	assert_str(origin, "https://a.example");
	assert_ok(csrf_origin(&a, STR("https://a.example:443"), &origin));
	assert_str(origin, "https://a.example");
	assert_ok(csrf_origin(&a, STR("http://[::1]:8080"), &origin));
	assert_str(origin, "http://[::1]:8080");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_token_of_a_page_is_accepted),
		cmocka_unit_test(test_the_cookie_is_bound_to_host_and_https),
		cmocka_unit_test(test_one_page_gets_one_cookie_for_all_its_forms),
		cmocka_unit_test(test_a_foreign_or_missing_token_is_refused),
		cmocka_unit_test(test_a_token_from_before_sign_in_does_not_count_after),
		cmocka_unit_test(test_signing_in_takes_the_form_of_any_session_of_this_browser),
		cmocka_unit_test(test_a_browser_that_lost_its_cookie_has_an_old_form),
		cmocka_unit_test(test_other_origins_are_refused),
		cmocka_unit_test(test_an_origin_is_spelled_as_browsers_do),
	};

	return RUN(tests);
}
