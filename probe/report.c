/* What was found: for people, as JSON, as JUnit's XML. */
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "probe/probe.h"

enum { REPORT_MAX = 1 << 20, ID_WIDTH = 24 };

static const char *const words[] = {
	[PROBE_PASS] = "pass", [PROBE_FAIL] = "fail", [PROBE_SKIP] = "skip"};

const char *
probe_result_word(enum probe_result result)
{
	return words[result];
}

size_t
probe_report_count(const struct probe_report *r, enum probe_result result)
{
	size_t count = 0;

	for (size_t i = 0; i < r->count; i++)
		count += r->findings[i].result == result;
	return count;
}

/* ---- for people ---- */

struct str
probe_finding_line(struct arena *arena, const struct probe_finding *f)
{
	static const char *const shown[] = {
		[PROBE_PASS] = "ok  ", [PROBE_FAIL] = "FAIL", [PROBE_SKIP] = "skip"};
	struct buf out;

	buf_init(&out, arena, REPORT_MAX);
	buf_add_printf(&out, "%s  %-*s %-15s %s\n", shown[f->result], ID_WIDTH, f->id, f->section,
		f->title);
	if (f->why.n)
		buf_add_printf(&out, "      %.*s\n", STR_ARG(f->why));
	return buf_str(&out);
}

static void
add_storm_text(struct buf *out, const struct probe_storm *s)
{
	buf_add_printf(out,
		"refresh storm: %lld processes, %lld rounds, %lld requests, %lld lost replies, "
		"%lld restarts\n"
		"%lld sign-outs, %lld families, %lld successors\n",
		(long long)s->processes, (long long)s->rounds, (long long)s->requests,
		(long long)s->lost_replies, (long long)s->restarts, (long long)s->sign_outs,
		(long long)s->families, (long long)s->successors);
}

struct str
probe_report_text(struct arena *arena, const struct probe_report *r)
{
	struct buf out;

	buf_init(&out, arena, REPORT_MAX);
	if (r->storm)
		add_storm_text(&out, r->storm);
	buf_add_printf(&out, "%zu passed, %zu failed, %zu skipped\n",
		probe_report_count(r, PROBE_PASS), probe_report_count(r, PROBE_FAIL),
		probe_report_count(r, PROBE_SKIP));
	return buf_str(&out);
}

/* ---- JSON ---- */

static void
add_finding_json(struct buf *out, const struct probe_finding *f)
{
	json_open(out, '{');
	json_member_str(out, "id", str_of(f->id));
	json_member_str(out, "section", str_of(f->section));
	json_member_str(out, "title", str_of(f->title));
	json_member_str(out, "result", str_of(words[f->result]));
	json_member_str(out, "why", f->why);
	json_member_i64(out, "took_ms", f->took_ms);
	json_close(out, '}');
}

static void
add_storm_json(struct buf *out, const struct probe_storm *s)
{
	json_key(out, "storm");
	json_open(out, '{');
	json_member_i64(out, "processes", s->processes);
	json_member_i64(out, "rounds", s->rounds);
	json_member_i64(out, "requests", s->requests);
	json_member_i64(out, "lost_replies", s->lost_replies);
	json_member_i64(out, "restarts", s->restarts);
	json_member_i64(out, "unanswered", s->unanswered);
	json_member_i64(out, "families", s->families);
	json_member_i64(out, "successors", s->successors);
	json_member_i64(out, "sign_outs", s->sign_outs);
	json_close(out, '}');
}

struct str
probe_report_json(struct arena *arena, const struct probe_report *r)
{
	struct buf out;

	buf_init(&out, arena, REPORT_MAX);
	json_open(&out, '{');
	json_member_str(&out, "issuer", r->issuer);
	json_member_str(&out, "client_id", r->client_id);
	json_key(&out, "cases");
	json_open(&out, '[');
	for (size_t i = 0; i < r->count; i++)
		add_finding_json(&out, &r->findings[i]);
	json_close(&out, ']');
	for (enum probe_result i = PROBE_PASS; i <= PROBE_SKIP; i++)
		json_member_i64(&out, words[i], (int64_t)probe_report_count(r, i));
	if (r->storm)
		add_storm_json(&out, r->storm);
	json_close(&out, '}');
	buf_add_char(&out, '\n');
	return buf_str(&out);
}

/* ---- JUnit ---- */

/* What XML 1.0 allows: text of strangers was made printable before. */
static void
add_xml(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		switch (c) {
		case '<': buf_add_c(out, "&lt;"); break;
		case '>': buf_add_c(out, "&gt;"); break;
		case '&': buf_add_c(out, "&amp;"); break;
		case '"': buf_add_c(out, "&quot;"); break;
		default: buf_add_char(out, c >= ' ' && c <= '~' ? c : '?');
		}
	}
}

static void
add_seconds(struct buf *out, int64_t ms)
{
	buf_add_printf(
		out, " time=\"%lld.%03d\"", (long long)(ms / MS_PER_S), (int)(ms % MS_PER_S));
}

/* "poll.pending" is a test of the class probe.poll. */
static void
add_finding_xml(struct buf *out, const struct probe_finding *f)
{
	struct str name = str_of(f->id), class = str_cut(&name, '.');

	buf_add_printf(out, "  <testcase classname=\"probe.%.*s\" name=\"", STR_ARG(class));
	add_xml(out, str_of(f->id));
	buf_add_char(out, '"');
	add_seconds(out, f->took_ms);
	if (f->result == PROBE_PASS) {
		buf_add_c(out, "/>\n");
		return;
	}
	buf_add_c(out, f->result == PROBE_FAIL ? ">\n    <failure message=\""
					       : ">\n    <skipped message=\"");
	add_xml(out, f->why);
	buf_add_c(out, f->result == PROBE_FAIL ? "\">" : "\"/>\n  </testcase>\n");
	if (f->result == PROBE_SKIP)
		return;
	add_xml(out, str_of(f->section));
	buf_add_c(out, ": ");
	add_xml(out, str_of(f->title));
	buf_add_c(out, "</failure>\n  </testcase>\n");
}

struct str
probe_report_junit(struct arena *arena, const struct probe_report *r)
{
	int64_t took_ms = 0;
	struct buf out;

	for (size_t i = 0; i < r->count; i++)
		took_ms += r->findings[i].took_ms;
	buf_init(&out, arena, REPORT_MAX);
	buf_add_c(&out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"authgate probe ");
	add_xml(&out, r->issuer);
	buf_add_printf(&out, "\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\"", r->count,
		probe_report_count(r, PROBE_FAIL), probe_report_count(r, PROBE_SKIP));
	add_seconds(&out, took_ms);
	buf_add_c(&out, ">\n");
	for (size_t i = 0; i < r->count; i++)
		add_finding_xml(&out, &r->findings[i]);
	buf_add_c(&out, "</testsuite>\n");
	return buf_str(&out);
}
