/*
 * The table of cases.  To add one: a function in the file of its kind, its declaration in
 * case.h, a row here, a fault in tests/support/faulty_as.py that it finds.
 */
#include "clients/bootclock.h"
#include "clients/discovery.h"
#include "probe/case.h"

/* What a case cannot do without. */
enum need {
	NEEDS_METADATA = 1,
	NEEDS_ENDPOINTS = 2, /* both, and a client id */
	NEEDS_CODE = 4,      /* the first request was answered */
	NEEDS_APPROVAL = 8,
	NEEDS_DENIAL = 16,
	ONLY_INTRUSIVE = 32,
	IN_STORM = 64, /* of --refresh-storm, which has no others */
	IN_BOTH = 128,
};
enum { AT_SERVER = NEEDS_METADATA | NEEDS_ENDPOINTS, WITH_CODE = AT_SERVER | NEEDS_CODE };

struct probe_case {
	const char *id;
	const char *section;
	probe_case_run *run;
	unsigned needs;
	const char *title;
};

static const struct probe_case cases[] = {
	{"metadata.found", "RFC 8414 3", probe_metadata_found, IN_BOTH,
		"a metadata document is published"},
	{"metadata.type", "RFC 8414 3.2", probe_metadata_type, NEEDS_METADATA,
		"it is application/json"},
	{"metadata.issuer", "RFC 8414 3.3", probe_metadata_issuer, NEEDS_METADATA,
		"it names exactly this issuer"},
	{"metadata.token_endpoint", "RFC 8414 2", probe_metadata_token_endpoint, NEEDS_METADATA,
		"it names a token endpoint"},
	{"metadata.device_endpoint", "RFC 8628 4", probe_metadata_device_endpoint, NEEDS_METADATA,
		"it names a device authorization endpoint"},
	{"metadata.grant", "RFC 8628 4", probe_metadata_grant, NEEDS_METADATA,
		"it lists the device grant"},
	{"metadata.safe", "RFC 8414 2", probe_metadata_safe, NEEDS_METADATA,
		"its endpoints are https addresses"},
	{"metadata.agree", "RFC 8414 5", probe_metadata_agree, NEEDS_METADATA,
		"the two well-known documents agree"},
	{"metadata.methods", "RFC 8414 2", probe_metadata_methods, NEEDS_METADATA,
		"it lists how this client authenticates"},
	{"metadata.iss", "RFC 9207 3", probe_metadata_iss, NEEDS_METADATA,
		"authorization responses name their issuer"},
	{"metadata.cors", "RFC 9700 2.6", probe_metadata_cors, NEEDS_METADATA,
		"it is not opened to other origins with cookies"},

	{"request.answer", "RFC 8628 3.2", probe_request_answer, AT_SERVER,
		"a request is answered with all members"},
	{"request.type", "RFC 8628 3.2", probe_request_type, WITH_CODE, "as application/json"},
	{"request.no_store", "RFC 8628 3.2", probe_request_no_store, WITH_CODE,
		"no cache may keep a device code"},
	{"request.expires", "RFC 8628 3.2", probe_request_expires, WITH_CODE,
		"expires_in is a number"},
	{"request.interval", "RFC 8628 3.2", probe_request_interval, WITH_CODE,
		"interval is a number, or left out"},
	{"request.uri", "RFC 8628 3.2", probe_request_uri, WITH_CODE,
		"verification_uri is an https address"},
	{"request.uri_plain", "RFC 8628 3.3", probe_request_uri_plain, WITH_CODE,
		"verification_uri can be typed, and holds no code"},
	{"request.complete", "RFC 8628 3.3.1", probe_request_complete, WITH_CODE,
		"verification_uri_complete is fit to be shown"},
	{"request.unknown_client", "RFC 8628 3.1", probe_request_unknown_client, AT_SERVER,
		"an unknown client gets no code"},
	{"request.no_client", "RFC 8628 3.1", probe_request_no_client, AT_SERVER,
		"nobody in particular gets no code"},
	{"request.error_json", "RFC 6749 5.2", probe_request_error_json, AT_SERVER,
		"errors are application/json"},
	{"request.get", "RFC 8628 3.1", probe_request_get, AT_SERVER, "GET gets no code"},
	{"request.json", "RFC 8628 3.1", probe_request_json, AT_SERVER,
		"a body that is no form gets no code"},
	{"request.repeated", "RFC 6749 3.2", probe_request_repeated, AT_SERVER,
		"a parameter that is sent twice is refused"},
	{"request.scope", "RFC 6749 3.3", probe_request_scope, AT_SERVER,
		"an unknown scope is refused or left out"},
	{"request.cors", "RFC 9700 2.6", probe_request_cors, AT_SERVER,
		"it is not opened to other origins with cookies"},

	{"code.unique", "RFC 8628 3.2", probe_sample_unique, WITH_CODE, "no code is given twice"},
	{"code.device_entropy", "RFC 8628 5.2", probe_sample_device_code, WITH_CODE,
		"device codes are long and not alike"},
	{"code.user_entropy", "RFC 8628 5.1", probe_sample_user_code, WITH_CODE,
		"user codes are long enough and not alike"},
	{"code.apart", "RFC 8628 5.2", probe_sample_apart, WITH_CODE,
		"a device code does not tell the user code"},
	{"code.typable", "RFC 8628 6.1", probe_sample_typable, WITH_CODE,
		"user codes can be typed on any keyboard"},

	{"poll.pending", "RFC 8628 3.5", probe_poll_pending, WITH_CODE,
		"before a decision: authorization_pending"},
	{"poll.error_json", "RFC 6749 5.2", probe_poll_error_json, WITH_CODE,
		"errors are application/json"},
	{"poll.no_store", "RFC 6749 5.1", probe_poll_no_store, WITH_CODE,
		"no cache may keep an answer"},
	{"poll.slow_down", "RFC 8628 3.5", probe_poll_slow_down, WITH_CODE,
		"a poll before its time: slow_down"},
	{"poll.recovers", "RFC 8628 3.5", probe_poll_recovers, WITH_CODE,
		"5 seconds more after slow_down are enough"},
	{"poll.honest", "RFC 8628 3.5", probe_poll_honest, WITH_CODE,
		"who keeps to the interval is not slowed down"},
	{"poll.unknown_code", "RFC 6749 5.2", probe_poll_unknown_code, WITH_CODE,
		"an unknown device code: invalid_grant"},
	{"poll.no_code", "RFC 8628 3.4", probe_poll_no_code, WITH_CODE,
		"no device code: invalid_request"},
	{"poll.altered_code", "RFC 8628 5.2", probe_poll_altered_code, WITH_CODE,
		"a device code is compared as a whole"},
	{"poll.user_code", "RFC 8628 5.1", probe_poll_user_code, WITH_CODE,
		"a user code is no device code"},
	{"poll.other_client", "RFC 8628 3.4", probe_poll_unknown_client, WITH_CODE,
		"a device code is bound to its client"},
	{"poll.no_client", "RFC 8628 3.4", probe_poll_no_client, WITH_CODE,
		"a poll without a client is refused"},
	{"poll.unknown_grant", "RFC 6749 5.2", probe_poll_unknown_grant, WITH_CODE,
		"an unknown grant: unsupported_grant_type"},
	{"poll.get", "RFC 6749 3.2", probe_poll_get, WITH_CODE, "GET is no poll"},
	{"poll.repeated", "RFC 6749 3.2", probe_poll_repeated, WITH_CODE,
		"a parameter that is sent twice is refused"},
	{"poll.hostile", "RFC 6749 5.2", probe_poll_hostile, WITH_CODE,
		"what no device sends is refused, not a fault"},
	{"poll.cors", "RFC 9700 2.6", probe_poll_cors, WITH_CODE,
		"it is not opened to other origins with cookies"},

	{"page.answers", "RFC 8628 3.3", probe_page_answers, WITH_CODE,
		"the verification page is there"},
	{"page.frames", "RFC 9700 4.16", probe_page_frames, WITH_CODE,
		"nobody may put it into a frame"},
	{"page.cors", "RFC 9700 2.6", probe_page_cors, WITH_CODE,
		"no page of another origin may read it"},
	{"page.harmless", "RFC 8628 3.3.1", probe_page_harmless, WITH_CODE,
		"following the link with the code decides nothing"},
	{"page.escapes", "RFC 8628 3.3.1", probe_page_escapes, WITH_CODE,
		"what the link says is shown as text"},
	{"page.referrer", "RFC 9700 4.2", probe_page_referrer, WITH_CODE,
		"the link with the code is not told to other sites"},

	{"approve.bound", "RFC 8628 3.4", probe_approve_bound, WITH_CODE | NEEDS_APPROVAL,
		"an approved code is bound to its client"},
	{"approve.tokens", "RFC 8628 3.5", probe_approve_tokens, WITH_CODE | NEEDS_APPROVAL,
		"an approved code gives tokens"},
	{"approve.type", "RFC 6749 5.1", probe_approve_type, WITH_CODE | NEEDS_APPROVAL,
		"with a token_type, as application/json"},
	{"approve.expires", "RFC 6749 5.1", probe_approve_expires, WITH_CODE | NEEDS_APPROVAL,
		"with expires_in"},
	{"approve.no_store", "RFC 6749 5.1", probe_approve_no_store, WITH_CODE | NEEDS_APPROVAL,
		"no cache may keep tokens"},
	{"approve.scope", "RFC 6749 3.3", probe_approve_scope, WITH_CODE | NEEDS_APPROVAL,
		"with no scope that was not asked for"},
	{"approve.userinfo", "OIDC Core 5.3", probe_approve_userinfo, WITH_CODE | NEEDS_APPROVAL,
		"the access token works"},
	{"approve.once", "RFC 6749 10.5", probe_approve_once, WITH_CODE | NEEDS_APPROVAL,
		"a code gives tokens once"},
	{"approve.parallel", "RFC 6749 10.5", probe_approve_parallel, WITH_CODE | NEEDS_APPROVAL,
		"of polls at the same moment one gets tokens"},
	{"deny.refused", "RFC 8628 3.5", probe_deny_refused, WITH_CODE | NEEDS_DENIAL,
		"a denied code: access_denied"},
	{"deny.stays", "RFC 8628 3.5", probe_deny_stays, WITH_CODE | NEEDS_DENIAL,
		"a denied code stays denied"},

	{"guess.device_codes", "RFC 8628 5.2", probe_guess_device_codes, WITH_CODE | ONLY_INTRUSIVE,
		"guessing device codes is no fault of the server's"},
	{"guess.user_codes", "RFC 8628 5.1", probe_guess_user_codes, WITH_CODE | ONLY_INTRUSIVE,
		"guessing user codes without signing in tells nothing"},
	{"guess.requests", "RFC 8628 5.1", probe_guess_requests, AT_SERVER | ONLY_INTRUSIVE,
		"open requests are limited"},

	{"expire.refused", "RFC 8628 3.5", probe_expire_refused, WITH_CODE,
		"a code that has expired: expired_token"},

	{"storm.begin", "RFC 6749 6", probe_storm_begin, AT_SERVER | NEEDS_APPROVAL | IN_STORM,
		"an approved code gives a refresh token"},
	{"storm.honest", "RFC 9700 4.14", probe_storm_honest, AT_SERVER | IN_STORM,
		"no honest process is signed out"},
	{"storm.one_successor", "RFC 9700 4.14", probe_storm_one_successor, AT_SERVER | IN_STORM,
		"a refresh token has one successor"},
	{"storm.alive", "RFC 6749 6", probe_storm_alive, AT_SERVER | IN_STORM,
		"the sign-in goes on"},
	{"storm.theft", "RFC 9700 4.14.2", probe_storm_theft, AT_SERVER | IN_STORM,
		"reuse of a token after all that ends it"},
};

/* NULL if nothing is missing. */
static const char *
missing(const struct probe *p, unsigned needs)
{
	const struct probe_options *o = p->options;

	if ((needs & NEEDS_METADATA) && !p->metadata)
		return "there is no metadata document";
	if ((needs & NEEDS_ENDPOINTS) && !(p->token_endpoint.n && p->device_endpoint.n))
		return "the endpoints are not known";
	if ((needs & NEEDS_ENDPOINTS) && !o->client.id.n)
		return "no --client-id was given";
	if ((needs & NEEDS_CODE) && !p->oldest.device_code.n)
		return "there is no code";
	if ((needs & NEEDS_APPROVAL) && !probe_has_person(p, true))
		return "nobody approves: give --approve-command, or run it in a terminal";
	if ((needs & NEEDS_DENIAL) && !probe_has_person(p, false))
		return "nobody denies: give --deny-command, or run it in a terminal";
	if ((needs & ONLY_INTRUSIVE) && !o->intrusive)
		return "only with --intrusive";
	return NULL;
}

static void
run_case(struct probe *p, const struct probe_case *c, struct probe_finding *ret)
{
	int64_t begin_ms = client_bootclock_ms();
	const char *lacks = missing(p, c->needs);

	*ret = (struct probe_finding){.id = c->id, .section = c->section, .title = c->title};
	ret->result = lacks ? probe_skip(p, "%s", lacks) : c->run(p);
	ret->why = p->why;
	ret->took_ms = client_bootclock_ms() - begin_ms;
}

static void
forget(struct probe *p)
{
	for (struct kept_json *k = p->documents_kept; k; k = k->next)
		json_free(k->json);
}

/* Whether anything was reached at all. */
static bool
is_there(const struct probe *p)
{
	return p->documents[DOCUMENT_OAUTH].status || p->documents[DOCUMENT_OPENID].status;
}

static bool
is_asked_for(const struct probe *p, const struct probe_case *c)
{
	return (c->needs & IN_BOTH) || p->options->refresh_storm == !!(c->needs & IN_STORM);
}

static enum err
run_all(struct probe *p, probe_listener *tell, void *context, struct probe_finding *findings,
	size_t *ret_count, struct diag *diag)
{
	for (size_t i = 0; i < countof(cases); i++) {
		struct probe_finding *found = &findings[*ret_count];

		if (!is_asked_for(p, &cases[i]))
			continue;
		run_case(p, &cases[i], found);
		if (p->is_cancelled)
			return diag_set(diag, ERR_CANCELLED, "cancelled");
		if (!is_there(p))
			return diag_set(diag, ERR_NETWORK, "%.*s",
				STR_ARG(p->documents[DOCUMENT_OAUTH].why));
		if (tell)
			tell(context, found);
		++*ret_count;
	}
	return OK;
}

enum err
probe_run(struct arena *arena, const struct probe_options *options, probe_listener *tell,
	void *context, struct probe_report *ret, struct diag *diag)
{
	struct probe p = {.arena = arena, .options = options};
	struct probe_finding *findings = arena_array(arena, struct probe_finding, countof(cases));
	struct str urls[DOCUMENTS];
	size_t count = 0;
	enum err e;

	if ((e = client_discovery_urls(arena, options->issuer, urls, diag)))
		return e;
	e = run_all(&p, tell, context, findings, &count, diag);
	*ret = (struct probe_report){
		.issuer = options->issuer,
		.client_id = options->client.id,
		.findings = findings,
		.count = count,
		.storm = p.storm,
	};
	forget(&p);
	return e;
}
