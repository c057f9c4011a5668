/* The steps of a verification, asked for one after the other. */
#include "cmd/admin_verify.h"

#include "lib/audit/sign.h"
#include "lib/base/form.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { PATH_MAX_BYTES = 1024, LINE_MAX_BYTES = 8192, TEXT_MAX = 512 };

struct verification {
	const struct admin_door *door;
	bool json;
	int64_t rows;
	struct audit_chain *anchors; /* the last of each chain */
	size_t anchors_count;
};

static int
say(const struct verification *v, bool intact, struct str text)
{
	struct arena arena = {0};
	struct buf out;

	buf_init(&out, &arena, TEXT_MAX * 4);
	if (v->json) {
		json_open(&out, '{');
		json_member_bool(&out, "intact", intact);
		json_member_i64(&out, "rows", v->rows);
		json_member_i64(&out, "anchors", (int64_t)v->anchors_count);
		json_member_str(&out, "text", text);
		json_close(&out, '}');
	} else {
		buf_add(&out, text);
	}
	(void)printf("%.*s\n", STR_ARG(buf_str(&out)));
	arena_free(&arena);
	return intact ? EXIT_SUCCESS : EX_DATAERR;
}

/* ---- rows ---- */

/* One page; *ret_next is where to go on, empty at the end. */
static int
verify_page(struct verification *v, char next[static PATH_MAX_BYTES])
{
	char path[2 * PATH_MAX_BYTES];
	int code;
	struct json *reply;

	(void)snprintf(path, sizeof path, "/audit/verify%s%s", *next ? "?after=" : "", next);
	if (!(reply = v->door->ask(v->door->context, "GET", path, &code)))
		return code;
	v->rows += json_get_i64(reply, "rows", 0);
	if (!json_get_bool(reply, "intact", false))
		code = say(v, false, json_get_str(reply, "text"));
	(void)snprintf(next, PATH_MAX_BYTES, "%.*s", STR_ARG(json_get_str(reply, "next")));
	json_free(reply);
	return code;
}

static int
verify_rows(struct verification *v)
{
	char next[PATH_MAX_BYTES] = "";
	int code;

	do
		code = verify_page(v, next);
	while (!code && *next);
	return code;
}

/* ---- anchors ---- */

static void
keep_last(struct verification *v, const struct audit_chain *head)
{
	size_t i = 0;

	while (i < v->anchors_count && v->anchors[i].chain != head->chain)
		i++;
	if (i == v->anchors_count)
		v->anchors = xrealloc(v->anchors, ++v->anchors_count * sizeof *v->anchors);
	else if (v->anchors[i].head.seq > head->head.seq)
		return;
	v->anchors[i] = *head;
}

static int
read_anchors(struct verification *v, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[LINE_MAX_BYTES];
	struct audit_chain head;
	bool failed;

	if (!f) {
		(void)fprintf(stderr, "authgate: %s: %s\n", path, strerror(errno));
		return EX_NOINPUT;
	}
	while (fgets(line, sizeof line, f))
		if (!audit_anchor_parse(str_of(line), &head))
			keep_last(v, &head);
	failed = ferror(f) != 0;
	(void)fclose(f);
	if (!failed && v->anchors_count)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "authgate: %s: %s\n", path,
		failed ? "cannot be read" : "there is no anchored head in it");
	return EX_NOINPUT;
}

static int
check_anchor(struct verification *v, const struct audit_chain *head)
{
	struct arena arena = {0};
	struct str word = audit_anchor_text(&arena, head);
	const char *path = arena_printf(&arena, "/audit/anchor?head=%.*s", STR_ARG(word));
	int code;
	struct json *reply = v->door->ask(v->door->context, "GET", path, &code);

	if (reply && !json_get_bool(reply, "intact", false))
		code = say(v, false, json_get_str(reply, "text"));
	json_free(reply);
	arena_free(&arena);
	return code;
}

static int
check_anchors(struct verification *v)
{
	int code = EXIT_SUCCESS;

	for (size_t i = 0; i < v->anchors_count && !code; i++)
		code = check_anchor(v, &v->anchors[i]);
	return code;
}

/* ---- */

static int
sign(struct verification *v)
{
	int code;

	json_free(v->door->ask(v->door->context, "POST", "/audit/sign", &code));
	return code;
}

int
admin_verify(const struct admin_door *door, const char *anchor, bool json)
{
	struct verification v = {.door = door, .json = json};
	char text[TEXT_MAX];
	int code = anchor ? read_anchors(&v, anchor) : EXIT_SUCCESS;

	if (!code && !(code = sign(&v)) && !(code = verify_rows(&v)) &&
		!(code = check_anchors(&v))) {
		(void)snprintf(text, sizeof text, "The audit trail is intact: %lld rows%s.",
			(long long)v.rows, anchor ? ", and all that was anchored" : "");
		code = say(&v, true, str_of(text));
	}
	free(v.anchors);
	return code;
}
