/* Every page with hostile values has exactly the tags and attributes that it
 * has with harmless ones. */
#include "tests/support/check.h"

#include "pages_gen.h"
#include "server/pages/html.h"
#include "server/pages/static.h"

enum { SHAPE_MAX = 64 * 1024, PAGES = 21 };

#define HOSTILE \
	"\"><script>alert(1)</script><img src=x onerror='x'> ' onfocus=alert(1) & {{7*7}} \0 " \
	"\xff\xc0\x80 \xe2\x80\xae gr\xc3\xbc\xc3\x9f"

static const struct str harmless = STR_INIT("harmless");
static const struct str hostile = STR_INIT(HOSTILE);

/* All there can be to show, each field the same value.  Pages 0 to 6: signing in and letting a
 * device in. */
static void
render_way_in(struct buf *b, struct str v, int page)
{
	struct page common = {.username = v, .csrf_token = v, .here = v};
	struct scope_words scopes[] = {{v, v, true, true}, {v, v, false, false}};

	switch (page) {
	case 0:
		page_login(b, &(struct page_login){.page = common,
				      .username = v,
				      .next = v,
				      .client_name = v,
				      .error = v});
		break;
	case 1:
		page_logout(b, &(struct page_logout){.page = common, .next = v, .back = {v}});
		break;
	case 2: page_home(b, &(struct page_home){.page = common}); break;
	case 3:
		page_device(b, &(struct page_device){.page = common, .user_code = v, .error = v});
		break;
	case 4:
		page_device_review(b, &(struct page_device_review){.page = common,
					      .user_code = v,
					      .client_name = v,
					      .scopes = scopes,
					      .scopes_count = countof(scopes),
					      .ip = v,
					      .user_agent = v,
					      .asked_ago = v,
					      .other_network = true});
		break;
	case 5:
	case 6:
		page_device_result(b, &(struct page_device_result){.page = common,
					      .approved = page == 5,
					      .denied = page == 6,
					      .client_name = v});
		break;
	default: fail();
	}
}

/* The other pages. */
static void
render_account(struct buf *b, struct str v, int page)
{
	struct page common = {.username = v, .csrf_token = v, .here = v};
	struct scope_words scopes[] = {{v, v, true, true}, {v, v, false, false}};

	switch (page) {
	case 7:
		page_consent(b, &(struct page_consent){.page = common,
					.request_id = v,
					.client_name = v,
					.redirect_origin = v,
					.shown = v,
					.scopes = scopes,
					.scopes_count = countof(scopes)});
		break;
	case 8:
	case 9:
		page_account(b, &(struct page_account){.page = common,
					.full_name = v,
					.email = v,
					.has_password = page == 8,
					.done = v,
					.error = page == 8 ? v : STR_NONE});
		break;
	case 12:
		page_authorize_done(b, &(struct page_authorize_done){.page = common,
					       .approved = true,
					       .client_name = v,
					       .client_page = {v}});
		break;
	default:
		page_error(b, &(struct page_error){.page = common,
				      .status = 404,
				      .title = v,
				      .message = v,
				      .way = {v},
				      .way_label = v,
				      .request_id = v});
		break;
	}
}

/* Pages 10 and 11: what one has. */
static void
render_lists(struct buf *b, struct str v, int page)
{
	struct page common = {.username = v, .csrf_token = v, .here = v};
	struct scope_words scopes[] = {{v, v, true, true}, {v, v, false, false}};
	struct browser_row browsers[] = {
		{v, v, v, v, v, v, v, v, true}, {v, v, v, v, v, v, v, v, false}};
	struct family_row families[] = {
		{v, v, v, v, v, v, v, v, v, v, true, true},
		{v, v, v, v, v, v, v, v, v, v, false, false},
	};
	struct app_row apps[] = {
		{v, v, v, scopes, countof(scopes), v, v, v, v, v, true},
		{v, v, v, NULL, 0, v, v, STR_NONE, STR_NONE, STR_NONE, false},
	};

	switch (page) {
	case 10:
		page_account_sessions(b, &(struct page_account_sessions){.page = common,
						 .done = v,
						 .browsers = browsers,
						 .browsers_count = countof(browsers),
						 .next_browser = v,
						 .families = families,
						 .families_count = countof(families),
						 .search = v,
						 .status = v});
		break;
	case 11:
		page_account_authorizations(b, &(struct page_account_authorizations){.page = common,
						       .done = v,
						       .apps = apps,
						       .apps_count = countof(apps),
						       .next = v});
		break;
	default: fail();
	}
}

/* Pages 14 to 19: what lib/ops says, drawn by server/web; 20: an invitation. */
static void
render_web(struct buf *b, struct str v, int page)
{
	struct page common = {.username = v, .csrf_token = v, .here = v};
	struct web_link links[] = {{v, {v}, true, true}, {v, {v}, false, false}};
	struct web_frame frame = {v, links, countof(links), v, v};
	struct web_value words[] = {{.text = v}, {.text = v}};
	struct web_value values[] = {
		{.label = v, .text = v},
		{.label = v, .text = v, .at = v},
		{.label = v, .text = v, .way = {v}, .is_code = true},
		{.label = v, .text = v, .is_code = true},
		{.label = v, .text = v, .is_state = true, .is_bad = true},
		{.label = v, .words = words, .words_count = countof(words)},
	};
	struct web_row rows[] = {{values, countof(values), links, countof(links)}};
	struct web_choice choices[] = {{v, v, v, true}, {v, v, v, false}};
	struct web_field fields[] = {
		{v, v, v, v, .is_text = true, .is_needed = true, .is_first = true},
		{v, v, v, v, .is_lines = true},
		{v, v, v, v, .is_secret = true},
		{v, v, v, v, .is_choice = true, .choices = choices,
			.choices_count = countof(choices)},
		{v, v, v, v, .choices = choices, .choices_count = countof(choices)},
		{v, v, v, v, .is_flag = true, .is_set = true},
	};
	struct web_tile tiles[] = {{v, v, {v}, true}, {v, v, {v}, false}};

	switch (page) {
	case 20: page_invitation(b, &(struct page_invitation){common, v, v, v, v, true}); break;
	case 14:
		page_web_list(b, &(struct page_web_list){common, frame, {v}, v, v, {v}, links,
					 countof(links), fields, countof(fields), {v}, v, {v},
					 links, countof(links), values, countof(values), rows,
					 countof(rows), true, {v}, true});
		break;
	case 15:
		page_web_overview(
			b, &(struct page_web_overview){common, frame, tiles, countof(tiles), false,
				   v, values, countof(values), rows, countof(rows)});
		break;
	case 16:
		page_web_item(b, &(struct page_web_item){common, frame, {v}, v, values,
					 countof(values), links, countof(links), {v}});
		break;
	case 17:
		page_web_form(b, &(struct page_web_form){common, frame, v, {v}, {v}, v, v, v,
					 fields, countof(fields), v});
		break;
	case 18:
		page_web_ask(b, &(struct page_web_ask){common, frame, v, v, {v}, {v}, v, v, values,
					countof(values), fields, countof(fields), v, true, true});
		break;
	default:
		page_web_once(
			b, &(struct page_web_once){common, frame, values, countof(values), {v}});
		break;
	}
}

static void
render(struct buf *b, struct str v, int page)
{
	if (page >= 14)
		render_web(b, v, page);
	else if (page < 7)
		render_way_in(b, v, page);
	else if (page == 10 || page == 11)
		render_lists(b, v, page);
	else
		render_account(b, v, page);
}

/* A page without its text and attribute values: "<p class=""><bdi></bdi>". */
static size_t
shape(struct str html, char out[SHAPE_MAX])
{
	bool in_tag = false, in_value = false;
	size_t n = 0;

	for (size_t i = 0; i < html.n; i++) {
		char c = html.p[i];

		if (!in_tag && c == '<')
			in_tag = true;
		if (in_tag && (!in_value || c == '"')) {
			assert_true(n < SHAPE_MAX);
			out[n++] = c;
		}
		if (in_tag && c == '"')
			in_value = !in_value;
		if (in_tag && !in_value && c == '>')
			in_tag = false;
	}
	return n;
}

static void
test_hostile_values_add_no_tag_and_no_attribute(void **state)
{
	static char expected[SHAPE_MAX], got[SHAPE_MAX];

	(void)state;
	for (int page = 0; page < PAGES; page++) {
		struct arena a = {0};
		struct buf good, bad;
		size_t n;

		buf_init(&good, &a, 1 << 20);
		buf_init(&bad, &a, 1 << 20);
		render(&good, harmless, page);
		render(&bad, hostile, page);
		assert_true(buf_ok(&good) && buf_ok(&bad));
		assert_non_null(strstr(good.p, "harmless"));
		n = shape(buf_str(&good), expected);
		assert_int_equal(shape(buf_str(&bad), got), n);
		assert_memory_equal(got, expected, n);
		assert_null(memmem(bad.p, bad.n, "<script", 7));
		assert_null(memchr(bad.p, '\0', bad.n));
		assert_true(str_is_utf8(buf_str(&bad)));
		arena_free(&a);
	}
}

static void
assert_escaped(void (*escape)(struct buf *, struct str), struct str in, const char *out)
{
	struct arena a = {0};
	struct buf b;

	buf_init(&b, &a, 4096);
	escape(&b, in);
	assert_str(buf_str(&b), out);
	arena_free(&a);
}

static void
test_text_keeps_what_is_harmless(void **state)
{
	(void)state;
	assert_escaped(html_text, STR_NONE, "");
	assert_escaped(html_text, STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x91\n"),
		"gr\xc3\xbc\xc3\x9f \xf0\x9f\x94\x91\n");
	assert_escaped(html_text, STR("a<b>&\"'"), "a&lt;b&gt;&amp;&#34;&#39;");
}

static void
test_text_replaces_ill_formed_utf8_and_control_characters(void **state)
{
	(void)state;
	assert_escaped(html_text, STR("a\0b\x1b"),
		"a\xef\xbf\xbd"
		"b\xef\xbf\xbd");
	assert_escaped(html_text, STR("\xc3"), "\xef\xbf\xbd");
	assert_escaped(html_text, STR("\xc3<"), "\xef\xbf\xbd&lt;");
	assert_escaped(html_text, STR("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

static void
test_url_encodes_all_but_unreserved_characters(void **state)
{
	(void)state;
	assert_escaped(html_url, STR("aZ9-._~"), "aZ9-._~");
	assert_escaped(html_url, STR("/../:?#\"\xff"), "%2F..%2F%3A%3F%23%22%FF");
}

static void
test_scope_is_put_in_words_or_in_none(void **state)
{
	(void)state;
	assert_str(page_scope_words(LANGUAGE_EN, STR("openid")), "Know who you are");
	assert_true(str_empty(page_scope_words(LANGUAGE_EN, STR("openid2"))));
}

static void
test_static_file_is_found_by_its_hashed_name_only(void **state)
{
	struct arena a = {0};
	struct buf b;
	const struct embedded_file *f;

	(void)state;
	buf_init(&b, &a, 256);
	static_add_name(&b, "authgate.css");
	f = static_find(buf_str(&b));
	assert_non_null(f);
	assert_string_equal(f->name, "authgate.css");
	assert_true(f->size <= 20 * 1024);
	assert_str(static_type(f->name), "text/css; charset=utf-8");
	assert_null(static_find(STR("authgate.css")));
	assert_null(static_find(STR("authgate-0000000000000000.css")));
	assert_null(static_find(str_first(buf_str(&b), b.n - 1)));
	assert_null(static_find(STR_NONE));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hostile_values_add_no_tag_and_no_attribute),
		cmocka_unit_test(test_text_keeps_what_is_harmless),
		cmocka_unit_test(test_text_replaces_ill_formed_utf8_and_control_characters),
		cmocka_unit_test(test_url_encodes_all_but_unreserved_characters),
		cmocka_unit_test(test_scope_is_put_in_words_or_in_none),
		cmocka_unit_test(test_static_file_is_found_by_its_hashed_name_only),
	};

	return RUN(tests);
}
