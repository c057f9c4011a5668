/* The steps of a verification, asked for one after the other. */
#include "cmd/admin.h"

#include "cmd/progress.h"
#include "lib/audit/sign.h"
#include "lib/base/display.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { CURSOR_MAX = 1024, LINE_MAX_BYTES = 8192, TEXT_MAX = 512 };

struct verification {
	struct admin_call *call;
	struct door *door;
	struct arena arena; /* of one question */
	struct progress progress;
	int64_t rows, total;
	struct audit_chain *anchors; /* the last of each chain */
	size_t anchors_count;
};

static int
say(struct verification *v, bool intact, struct str text)
{
	struct arena arena = {0};
	struct buf out;

	progress_end(&v->progress);
	buf_init(&out, &arena, TEXT_MAX * 8);
	if (v->call->json) {
		json_open(&out, '{');
		json_member_bool(&out, "intact", intact);
		json_member_i64(&out, "rows", v->rows);
		json_member_i64(&out, "anchors", (int64_t)v->anchors_count);
		json_member_str(&out, "text", text);
		json_close(&out, '}');
	} else {
		buf_add(&out, display_clean(&arena, text, false));
	}
	(void)printf("%.*s\n", STR_ARG(buf_str(&out)));
	arena_free(&arena);
	return intact ? EXIT_SUCCESS : EX_DATAERR;
}

/* One question with at most one value. */
static int
ask(struct verification *v, enum op_id id, const char *name, struct str text,
	struct door_answer *ret)
{
	struct door_value value = {name ? op_input_named(&ops[id], str_of(name)) : NULL, text};
	struct door_question question = {
		.op = &ops[id], .values = &value, .value_count = text.n ? 1 : 0};

	arena_reset(&v->arena);
	return admin_ask(v->door, &v->arena, &question, ret);
}

/* ---- rows ---- */

/* One page; next is where to go on, empty at the end. */
static int
verify_page(struct verification *v, char next[static CURSOR_MAX])
{
	struct door_answer answer;
	int code = ask(v, OP_audit_verify, "after", str_of(next), &answer);

	if (!code) {
		v->rows += json_get_i64(answer.json, "rows", 0);
		v->total = json_get_i64(answer.json, "total", v->total);
		progress_step(&v->progress, v->rows, v->total, STR_NONE);
		if (!json_get_bool(answer.json, "intact", false))
			code = say(v, false, json_get_str(answer.json, "text"));
		if (*next && str_is(json_get_str(answer.json, "next"), next))
			code = admin_fail(
				&v->arena, STR("the server's pages do not end"), EXIT_FAILURE);
		(void)snprintf(
			next, CURSOR_MAX, "%.*s", STR_ARG(json_get_str(answer.json, "next")));
	}
	door_answer_done(&answer);
	return code;
}

static int
verify_rows(struct verification *v)
{
	char next[CURSOR_MAX] = "";
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
	struct door_answer answer;
	int code = ask(v, OP_audit_compare, "head", audit_anchor_text(&arena, head), &answer);

	if (!code && !json_get_bool(answer.json, "intact", false))
		code = say(v, false, json_get_str(answer.json, "text"));
	door_answer_done(&answer);
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
	struct door_answer answer;
	int code = ask(v, OP_audit_sign, NULL, STR_NONE, &answer);

	door_answer_done(&answer);
	return code;
}

int
admin_verify(struct admin_call *c, struct door *door)
{
	struct verification v = {.call = c, .door = door};
	char text[TEXT_MAX];
	int code = c->anchor ? read_anchors(&v, c->anchor) : EXIT_SUCCESS;

	progress_begin(&v.progress, "verified", "rows");
	if (!code && !(code = sign(&v)) && !(code = verify_rows(&v)) &&
		!(code = check_anchors(&v))) {
		(void)snprintf(text, sizeof text, "The audit trail is intact: %lld rows%s.",
			(long long)v.rows, c->anchor ? ", and all that was anchored" : "");
		code = say(&v, true, str_of(text));
	}
	progress_end(&v.progress);
	arena_free(&v.arena);
	free(v.anchors);
	return code;
}
