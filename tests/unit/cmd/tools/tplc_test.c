/* The template compiler, run as the build runs it, on small templates in a
 * directory of its own.  Its program lies at tools/tplc in the same build. */
#include "tests/support/check.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 16 * 1024 };

struct run {
	int status;
	char errors[OUTPUT_MAX];
	char source[OUTPUT_MAX];
};

static const char layout[] = "<main>{{block main}}</main>";
static const char messages[] = "# greetings\nhi = Say \"hi\" & go\nto = To {}, at once\n"
			       "scope.read = Read\n";

static const char *second_language; /* NULL: there is none */

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "wb");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
read_file(const char *name, char out[OUTPUT_MAX])
{
	FILE *f = fopen(name, "rb");
	size_t n = f ? fread(out, 1, OUTPUT_MAX - 1, f) : 0;

	out[n] = '\0';
	if (f)
		assert_int_equal(fclose(f), 0);
}

/* build/tests/unit/cmd/tools/tplc_test -> build/tools/tplc */
static void
find_compiler(char out[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	assert_true(n > 0);
	self[n] = '\0';
	for (char *at = self; (at = strstr(at, "/tests/unit/cmd/tools/")); at++)
		n = at - self;
	assert_true(snprintf(out, PATH_MAX, "%.*s/tools/tplc", (int)n, self) < PATH_MAX);
}

static int
execute(const char *compiler)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		int fd = open("errors", O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (fd >= 0 && dup2(fd, 2) == 2)
			(void)execl(compiler, "tplc", "out.h", "out.c", "languages_gen.h", "x.html",
				"layout.html", "_part.html", "en", second_language ? "fr" : NULL,
				(char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Compiles x.html whose main block is body. */
static struct run
compile_with(const char *body, const char *sentences)
{
	char compiler[PATH_MAX], page[4096], dir[] = "/tmp/tplc_test_XXXXXX";
	const char *const names[] = {"x.html", "layout.html", "_part.html", "en", "errors", "out.h",
		"out.c", "languages_gen.h", "fr"};
	struct run r;

	find_compiler(compiler);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	(void)snprintf(page, sizeof page, "{{#block main}}%s{{/block}}", body);
	write_file("x.html", page);
	write_file("layout.html", layout);
	write_file("_part.html", "<i>{{f}}</i>");
	write_file("en", sentences);
	if (second_language)
		write_file("fr", second_language);
	r.status = execute(compiler);
	read_file("errors", r.errors);
	read_file("out.c", r.source);
	for (size_t i = 0; i < countof(names); i++)
		(void)unlink(names[i]);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
	return r;
}

static void
assert_builds(const char *body, const char *code)
{
	struct run r = compile_with(body, "scope.read = Read\n");

	assert_string_equal(r.errors, "");
	assert_int_equal(r.status, 0);
	if (!strstr(r.source, code))
		fail_msg("no \"%s\" in:\n%s", code, r.source);
}

static void
assert_refuses(const char *body, const char *why)
{
	struct run r = compile_with(body, "scope.read = Read\n");

	assert_int_equal(r.status, 1);
	if (!strstr(r.errors, why))
		fail_msg("%s: no \"%s\" in: %s", body, why, r.errors);
}

static void
test_values_are_escaped_for_their_place(void **state)
{
	(void)state;
	assert_builds("<p>{{f}}</p>", "HTML_TEXT(b, p->f);");
	assert_builds("<p title=\"a {{f}}\">x</p>", "HTML_ATTRIBUTE(b, p->f);");
	assert_builds("<a href='/a/{{page.f}}'>x</a>", "HTML_URL(b, p->page.f);");
	assert_builds("<a href=\"{{f}}\">x</a>", "HTML_LINK(b, p->f);");
	assert_builds("{{>part}}", "HTML_TEXT(b, p->f);");
}

static void
test_constant_text_is_one_append(void **state)
{
	(void)state;
	assert_builds("<b>x</b>\n\t\t<b>y</b>", "buf_add(b, STR(\"<main><b>x</b>\\n\"\n"
						"\t\t\"<b>y</b></main>\"));\n}\n");
}

static void
test_blocks_become_statements(void **state)
{
	(void)state;
	assert_builds("{{#if f}}a{{else}}b{{/if}}", "if (HTML_IS_SET(p->f)) {\n"
						    "\t\tbuf_add(b, STR(\"a\"));\n"
						    "\t} else {\n"
						    "\t\tbuf_add(b, STR(\"b\"));\n\t}\n");
	assert_builds("{{#each l}}{{f}}{{page.f}}{{/each}}",
		"for (size_t i0 = 0; i0 < p->l_count; i0++) {");
	assert_builds("{{#each l}}{{f}}{{/each}}", "HTML_TEXT(b, p->l[i0].f);");
	assert_builds("{{#each l}}{{#each m}}{{f}}{{/each}}{{/each}}", "p->l[i0].m[i1].f");
	assert_builds("<i {{#if f}}hidden=\"\"{{/if}}></i>", "HTML_IS_SET");
}

static void
test_values_at_dangerous_places_do_not_build(void **state)
{
	(void)state;
	assert_refuses("<script>{{f}}</script>", "<script> has no place");
	assert_refuses("<STYLE>a{}</STYLE>", "has no place");
	assert_refuses("<p style=\"color:red\">x</p>", "style has no place");
	assert_refuses("<p onclick=\"x()\">x</p>", "onclick has no place");
	assert_refuses("<p OnClick='{{f}}'>x</p>", "has no place");
	assert_refuses("<p title={{f}}>x</p>", "quoted attribute");
	assert_refuses("<p title=x>x</p>", "quote the value");
	assert_refuses("<p {{f}}=\"x\">x</p>", "quoted attribute");
	assert_refuses("<{{f}}>", "quoted attribute");
	assert_refuses("<!-- {{f}} -->", "for a comment");
	assert_refuses("<img src=\"{{f}}\">", "constant /");
	assert_refuses("<link href=\"{{f}}\">", "constant /");
	assert_refuses("<a href=\"javascript:{{f}}\">x</a>", "constant /");
	assert_refuses("<a href=\"//{{f}}\">x</a>", "constant /");
	assert_refuses("<meta content=\"{{f}}\">", "<meta>");
}

static void
test_unbalanced_blocks_do_not_build(void **state)
{
	(void)state;
	assert_refuses("{{#if f}}x", "not closed");
	assert_refuses("x{{/if}}", "closes nothing");
	assert_refuses("{{#if f}}{{/each}}", "closes nothing");
	assert_refuses("{{else}}", "without {{#if}}");
	assert_refuses("<p {{#if f}}title=\"{{/if}}\">x</p>", "another place");
	assert_refuses("{{#if f}}<p {{else}}>{{/if}}", "another place");
	assert_refuses("<p title=\"x", "another place");
	assert_refuses("{{f", "without }}");
	assert_refuses("{{{f}}}", "not a field");
	assert_refuses("{{p->f}}", "not a field");
	assert_refuses("{{>nothing}}", "no _nothing.html");
}

static void
test_error_names_file_and_line(void **state)
{
	(void)state;
	assert_refuses("\n\n<p title={{f}}>", "x.html:3: ");
}

static void
test_sentences_are_escaped_when_compiled(void **state)
{
	struct run r = compile_with("{{t hi}}{{t to f}}", messages);

	(void)state;
	assert_string_equal(r.errors, "");
	assert_non_null(strstr(r.source, "Say &#34;hi&#34; &#38; go"));
	assert_non_null(strstr(r.source, "{STR_INIT(\"To \"), STR_INIT(\", at once\")}"));
	assert_non_null(strstr(r.source, "HTML_TEXT(b, p->f);"));
}

/* The name of a client must not choose the direction of our sentence. */
static void
test_values_in_sentences_are_isolated_from_them(void **state)
{
	struct run text = compile_with("{{t hi}}<p>{{t to f}}</p>", messages);
	struct run attribute = compile_with("{{t hi}}<p title=\"{{t to f}}\"></p>", messages);

	(void)state;
	assert_non_null(strstr(text.source, "buf_add(b, STR(\"<bdi>\"));"));
	assert_non_null(strstr(text.source, "buf_add(b, STR(\"</bdi>\"));"));
	assert_null(strstr(attribute.source, "<bdi>"));
	assert_non_null(strstr(attribute.source, "buf_add(b, STR(\"\\xe2\\x81\\xa8\"));"));
}

static void
test_a_language_that_lacks_a_sentence_does_not_build(void **state)
{
	struct run r;

	(void)state;
	second_language = "hi = Salut\n";
	r = compile_with("{{t hi}}{{t to f}}", messages);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.errors, "templates/messages:0: fr lacks to\n");
	second_language = "hi = Salut\nto = Vers {}\nscope.read = Lire\nmore = Plus\n";
	assert_non_null(strstr(
		compile_with("{{t hi}}{{t to f}}", messages).errors, "more is not in messages/en"));
	second_language = "hi = Salut\nto = Vers {}\nscope.read = Lire\n";
	assert_string_equal(compile_with("{{t hi}}{{t to f}}", messages).errors, "");
	second_language = NULL;
}

static void
test_unknown_unused_and_misused_sentences_do_not_build(void **state)
{
	(void)state;
	assert_refuses("{{t nothing}}", "no message nothing");
	assert_string_equal(compile_with("{{t hi}}", messages).errors,
		"templates/messages:0: no page uses to\n");
	assert_non_null(strstr(compile_with("{{t hi f}}", messages).errors, "takes no value"));
	assert_non_null(strstr(compile_with("{{t to}}", messages).errors, "takes a value"));
	assert_non_null(strstr(compile_with("", "a = b\na = c\n").errors, "en:2: a occurs twice"));
	assert_non_null(strstr(compile_with("", "a b\n").errors, "en:1: expected"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_escaped_for_their_place),
		cmocka_unit_test(test_constant_text_is_one_append),
		cmocka_unit_test(test_blocks_become_statements),
		cmocka_unit_test(test_values_at_dangerous_places_do_not_build),
		cmocka_unit_test(test_unbalanced_blocks_do_not_build),
		cmocka_unit_test(test_error_names_file_and_line),
		cmocka_unit_test(test_sentences_are_escaped_when_compiled),
		cmocka_unit_test(test_values_in_sentences_are_isolated_from_them),
		cmocka_unit_test(test_a_language_that_lacks_a_sentence_does_not_build),
		cmocka_unit_test(test_unknown_unused_and_misused_sentences_do_not_build),
	};

	return RUN(tests);
}
