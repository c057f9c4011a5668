/* Entries of `providers`, and the providers with variables of their own. */
#include "lib/config/provider.h"

#include "lib/base/url.h"
#include "lib/config/loader.h"

enum { NAME_MAX_SIZE = 32 };

enum kind { KIND_TEXT, KIND_FLAG, KIND_SECRET };

static const struct setting {
	const char *name;
	enum kind kind;
	size_t at;
	const char *choices; /* words, one of which it is, or "" */
	const char *fallback;
	const char *help;
} settings[] = {
#define AT(field) offsetof(struct config_provider, field)
	{"name", KIND_TEXT, AT(name), "", "",
		"Part of the addresses /auth/login/NAME and /auth/callback/NAME, and of what is "
		"stored of "
		"people: never change it."},
	{"type", KIND_TEXT, AT(type), "oidc github gitea gitlab microsoft", "oidc",
		"What the other server speaks."},
	{"label", KIND_TEXT, AT(label), "", "", "The words on the button; empty: the name."},
	{"issuer", KIND_TEXT, AT(issuer), "", "",
		"oidc: the issuer, exactly as the server calls itself; else the address of the "
		"server."},
	{"client_id", KIND_TEXT, AT(client_id), "", "", "What the other server calls this one."},
	{"client_secret", KIND_SECRET, AT(client_secret), "", "", "Empty: a public client."},
	{"client_secret_file", KIND_TEXT, AT(client_secret_file), "", "",
		"A file that holds client_secret, readable by the server only."},
	{"scopes", KIND_TEXT, AT(scopes), "", "", "What to ask for; empty: what the type needs."},
	{"redirect_url", KIND_TEXT, AT(redirect_url), "", "",
		"Empty: base_url/auth/callback/NAME. The other server must know it."},
	{"registration", KIND_TEXT, AT(registration), "auto approve off", "",
		"What happens with people who are not known here: an account, an account that an "
		"admin has "
		"to enable, or nothing. Empty: auto, or off if oauth.auto_register is false."},
	{"link_by_email", KIND_FLAG, AT(link_by_email), "", "false",
		"Let an account that has the same address be used, if the other server says that "
		"the "
		"address is verified. Never the account of an admin. Only for a server that you "
		"trust "
		"with every account here."},
	{"allowed_domains", KIND_TEXT, AT(allowed_domains), "", "",
		"Only people with a verified address in one of these domains."},
	{"allowed_groups", KIND_TEXT, AT(allowed_groups), "", "",
		"Only members of one of these groups; for github organisations, or teams as "
		"org/team."},
	{"tenants", KIND_TEXT, AT(tenants), "", "",
		"microsoft: ids of the tenants whose people may sign in."},
	{"username_claim", KIND_TEXT, AT(username_claim), "", "preferred_username",
		"oidc: the claim that new accounts are named after."},
	{"groups_claim", KIND_TEXT, AT(groups_claim), "", "groups", "oidc: the claim with groups."},
	{"roles", KIND_TEXT, AT(roles), "", "",
		"GROUP=admin or GROUP=user: at each sign-in with this provider, who is in a group "
		"of "
		"admin "
		"becomes an admin, and everybody else an ordinary user. The last active admin "
		"stays "
		"one. "
		"Empty: roles are given here only."},
	{"groups", KIND_TEXT, AT(groups), "", "",
		"Groups to keep for applications that are granted the scope groups: GROUP, "
		"GROUP=NAME "
		"for "
		"another name here, or * for all. Replaced at each sign-in with this provider."},
	{"store_tokens", KIND_FLAG, AT(store_tokens), "", "false",
		"Keep the tokens of the other server, sealed, until the next sign-in with it."},
	{"sign_out", KIND_FLAG, AT(sign_out), "", "false",
		"oidc, microsoft: who signs out here, of a session that began there, is sent there "
		"to "
		"sign "
		"out as well. The other server must know base_url/oauth/logout as an address to "
		"return "
		"to; some want store_tokens, too."},
#undef AT
};

static struct str *
text_of(struct config_provider *p, const struct setting *s)
{
	return (struct str *)(void *)((char *)p + s->at);
}

static const struct setting *
find_setting(struct str name)
{
	for (size_t i = 0; i < countof(settings); i++)
		if (str_is(name, settings[i].name))
			return &settings[i];
	return NULL;
}

static bool
is_choice(const char *choices, struct str value)
{
	if (!*choices)
		return true;
	STR_EACH (word, str_of(choices))
		if (str_eq(word, value))
			return true;
	return false;
}

void
provider_begin(struct config_provider *p)
{
	*p = (struct config_provider){.name = STR_NONE};
	for (size_t i = 0; i < countof(settings); i++)
		if (settings[i].kind != KIND_FLAG)
			*text_of(p, &settings[i]) = str_of(settings[i].fallback);
}

static enum err
expected(struct loader *l, const struct setting *s, struct str *ret)
{
	*ret = s->kind == KIND_FLAG ? STR("expected true or false")
				    : str_printf(l->arena, "expected one of: %s", s->choices);
	return ERR_CONFIG;
}

enum err
provider_put(struct loader *l, struct config_provider *p, struct str name, struct str value,
	struct str *ret_wrong)
{
	const struct setting *s = find_setting(name);
	size_t distance = SIZE_MAX;
	const char *nearest = NULL;

	if (!s) {
		for (size_t i = 0; i < countof(settings); i++)
			if (edit_nearer(name, settings[i].name, &distance))
				nearest = settings[i].name;
		*ret_wrong =
			nearest ? str_printf(l->arena, "unknown key, did you mean \"%s\"?", nearest)
				: STR("unknown key");
		return ERR_CONFIG;
	}
	if (s->kind == KIND_FLAG) {
		if (!str_is(value, "true") && !str_is(value, "false"))
			return expected(l, s, ret_wrong);
		*(bool *)((char *)p + s->at) = str_is(value, "true");
		return OK;
	}
	if (!is_choice(s->choices, value))
		return expected(l, s, ret_wrong);
	*text_of(p, s) = str_copy(l->arena, value);
	return OK;
}

bool
provider_key_is_list(struct str name)
{
	static const char *const lists[] = {
		"scopes", "allowed_domains", "allowed_groups", "tenants", "roles", "groups"};

	for (size_t i = 0; i < countof(lists); i++)
		if (str_is(name, lists[i]))
			return true;
	return false;
}

/* ---- those with variables of their own ---- */

/* The same settings, under the names of the Go original. */
#define BUILT_IN(kind, title) \
	{ \
		.enabled = CONFIG_KEY_##kind##_enabled, \
		.provider = {.name = STR_INIT(#kind), \
			.type = STR_INIT(#kind), \
			.label = STR_INIT(title)}, \
		.issuer = CONFIG_KEY_##kind##_url, .client_id = CONFIG_KEY_##kind##_client_id, \
		.client_secret = CONFIG_KEY_##kind##_client_secret, \
		.redirect_url = CONFIG_KEY_##kind##_redirect_url, \
		.scopes = CONFIG_KEY_##kind##_scopes, \
		.registration = CONFIG_KEY_##kind##_registration, \
		.link_by_email = CONFIG_KEY_##kind##_link_by_email, \
		.allowed_groups = CONFIG_KEY_##kind##_allowed_groups, \
		.roles = CONFIG_KEY_##kind##_roles, .groups = CONFIG_KEY_##kind##_groups, \
	}

static const struct built_in {
	struct config_provider provider;
	enum config_key_id enabled, issuer, client_id, client_secret, redirect_url, scopes,
		registration, link_by_email, allowed_groups, roles, groups;
} built_ins[] = {
	BUILT_IN(github, "GitHub"),
	BUILT_IN(gitea, "Gitea"),
	BUILT_IN(gitlab, "GitLab"),
	BUILT_IN(microsoft, "Microsoft"),
};

static struct str
value_of(struct loader *l, enum config_key_id id)
{
	return *config_value_str(&config_keys[id], &l->result->config);
}

static bool
flag_of(const struct loader *l, enum config_key_id id)
{
	return *(const bool *)((const char *)&l->result->config + config_keys[id].offset);
}

static struct config_provider *
next_place(struct loader *l)
{
	struct config *c = &l->result->config;

	if (!l->providers)
		l->providers = arena_array(l->arena, struct config_provider, CONFIG_PROVIDERS_MAX);
	c->providers = l->providers;
	return c->providers_count < CONFIG_PROVIDERS_MAX ? &l->providers[c->providers_count] : NULL;
}

enum err
provider_add(struct loader *l, const struct config_provider *p)
{
	struct config_provider *place = next_place(l);

	if (!place)
		return ERR_TOO_LONG;
	*place = *p;
	l->result->config.providers_count++;
	return OK;
}

static void
add_built_in(struct loader *l, const struct built_in *b)
{
	struct config_provider p = b->provider;

	if (!flag_of(l, b->enabled))
		return;
	p.issuer = value_of(l, b->issuer);
	p.client_id = value_of(l, b->client_id);
	p.client_secret = value_of(l, b->client_secret);
	p.redirect_url = value_of(l, b->redirect_url);
	p.scopes = value_of(l, b->scopes);
	p.registration = value_of(l, b->registration);
	p.link_by_email = flag_of(l, b->link_by_email);
	p.allowed_groups = value_of(l, b->allowed_groups);
	p.roles = value_of(l, b->roles);
	p.groups = value_of(l, b->groups);
	if (str_is(p.type, "microsoft"))
		p.tenants = l->result->config.microsoft_tenant_id;
	while (str_ends(p.issuer, STR("/")))
		p.issuer.n--;
	if (provider_add(l, &p))
		loader_key_problem(l, &config_keys[b->enabled], "more than %d providers",
			(int)CONFIG_PROVIDERS_MAX);
}

/* ---- judging ---- */

static bool
is_provider_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return s.n > 0 && s.n <= NAME_MAX_SIZE;
}

static void
wrong(struct loader *l, const struct config_provider *p, const char *what)
{
	loader_problem(
		l, "providers: %.*s: %s", STR_ARG(p->name.n ? p->name : STR("(no name)")), what);
}

static void
read_secret_file(struct loader *l, struct config_provider *p)
{
	const char *path = str_c(l->arena, p->client_secret_file);
	const char *why;

	if (!p->client_secret_file.n)
		return;
	if (p->client_secret.n) {
		wrong(l, p, "client_secret and client_secret_file: give one of them");
		return;
	}
	why = secret_file_read(l, path, &p->client_secret);
	if (why)
		wrong(l, p, arena_printf(l->arena, "client_secret_file: %s: %s", path, why));
}

static void
judge_address(struct loader *l, const struct config_provider *p)
{
	struct url url;

	if (!p->issuer.n) {
		wrong(l, p, "issuer: missing: the address of the other server");
		return;
	}
	if (url_parse(p->issuer, &url, NULL) || !url.host.n || url.has_query || url.has_fragment ||
		url.has_userinfo ||
		(!str_is(url.scheme, "https") &&
			!(str_is(url.scheme, "http") && url_is_loopback(&url))))
		wrong(l, p,
			"issuer: expected https:// and a host, without query or fragment (http:// "
			"for "
			"this computer only)");
}

static bool
is_anybodys_tenant(struct str tenant)
{
	return str_is(tenant, "common") || str_is(tenant, "organizations") ||
	       str_is(tenant, "consumers");
}

static void
judge_tenants(struct loader *l, const struct config_provider *p)
{
	if (!str_is(p->type, "microsoft"))
		return;
	if (!p->tenants.n)
		wrong(l, p, "tenants: missing: the id of your tenant (MICROSOFT_TENANT_ID)");
	STR_EACH (tenant, p->tenants)
		if (is_anybodys_tenant(tenant))
			wrong(l, p,
				arena_printf(l->arena,
					"tenant \"%.*s\" lets the people of every organisation in "
					"the world "
					"sign in: name the id of your own",
					STR_ARG(tenant)));
	if (p->link_by_email)
		wrong(l, p,
			"link_by_email is not possible: an address at Microsoft is not verified "
			"and "
			"anybody may change theirs");
}

static void
judge_roles(struct loader *l, const struct config_provider *p)
{
	STR_EACH (word, p->roles)
		if (!str_ends(word, STR("=admin")) && !str_ends(word, STR("=user")))
			wrong(l, p,
				arena_printf(l->arena,
					"roles: \"%.*s\": expected GROUP=admin or GROUP=user",
					STR_ARG(word)));
}

static void
judge(struct loader *l, struct config_provider *p)
{
	if (!is_provider_name(p->name))
		wrong(l, p, "name: expected lowercase letters, digits and '-', at most 32");
	if (str_is(p->name, "password") || str_is(p->name, "http-api") ||
		str_is(p->name, "token-api"))
		wrong(l, p, "name: this name is taken by the server itself");
	if (!p->client_id.n)
		wrong(l, p, "client_id: missing: the other server gives it to you");
	read_secret_file(l, p);
	if (!p->client_secret.n && !p->client_secret_file.n && !str_is(p->type, "oidc"))
		wrong(l, p, "client_secret: missing: the other server gives it to you");
	judge_address(l, p);
	judge_tenants(l, p);
	judge_roles(l, p);
	if (!p->label.n)
		p->label = p->name;
	if (!p->registration.n)
		p->registration = l->result->config.oauth_auto_register ? STR("auto") : STR("off");
}

void
providers_read(struct loader *l)
{
	struct config *c = &l->result->config;

	for (size_t i = 0; i < countof(built_ins); i++)
		add_built_in(l, &built_ins[i]);
	for (size_t i = 0; i < c->providers_count; i++) {
		judge(l, &l->providers[i]);
		for (size_t k = 0; k < i; k++)
			if (str_eq(c->providers[i].name, c->providers[k].name))
				wrong(l, &c->providers[i], "name: there are two of that name");
	}
}

const struct config_provider *
config_provider_find(const struct config *c, struct str name)
{
	for (size_t i = 0; i < c->providers_count; i++)
		if (str_eq(c->providers[i].name, name))
			return &c->providers[i];
	return NULL;
}

static bool
is_same(const struct config_provider *a, const struct config_provider *b)
{
	for (size_t i = 0; i < countof(settings); i++) {
		const char *x = (const char *)a + settings[i].at;
		const char *y = (const char *)b + settings[i].at;

		if (settings[i].kind == KIND_FLAG ? *(const bool *)x != *(const bool *)y
						  : !str_eq(*(const struct str *)(const void *)x,
							    *(const struct str *)(const void *)y))
			return false;
	}
	return true;
}

bool
config_providers_same(const struct config *a, const struct config *b)
{
	if (a->providers_count != b->providers_count)
		return false;
	for (size_t i = 0; i < a->providers_count; i++)
		if (!is_same(&a->providers[i], &b->providers[i]))
			return false;
	return true;
}

/* ---- documents ---- */

void
config_write_provider_manual(struct buf *out)
{
	buf_add_c(out,
		"\n## providers\n\n"
		"Other servers that people may sign in with: a list in the YAML file, without "
		"variables. GitHub, Gitea, GitLab\nand Microsoft can be given by the sections "
		"above as well.\n\n"
		"| Key | Default | Meaning |\n|---|---|---|\n");
	for (size_t i = 0; i < countof(settings); i++) {
		const struct setting *s = &settings[i];

		buf_add_printf(out, "| `%s` | ", s->name);
		if (*s->fallback)
			buf_add_printf(out, "`%s`", s->fallback);
		buf_add_printf(out, " | %s%s%s%s |\n", s->help, *s->choices ? " One of `" : "",
			s->choices, *s->choices ? "`." : "");
	}
}

void
config_write_provider_yaml(struct buf *out)
{
	buf_add_c(out, "\n# Other servers that people may sign in with.\n#providers:\n");
	for (size_t i = 0; i < countof(settings); i++) {
		const struct setting *s = &settings[i];

		buf_add_printf(out, "#  %s # %s%s%s%s\n", i ? " " : "-", s->help,
			*s->choices ? " [" : "", s->choices, *s->choices ? "]" : "");
		buf_add_printf(out, "#    %s: %s%s%s\n", s->name, s->kind == KIND_FLAG ? "" : "\"",
			s->fallback, s->kind == KIND_FLAG ? "" : "\"");
	}
}
