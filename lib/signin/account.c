/* Whose account an assertion of another server is. */
#include "lib/account/user.h"
#include "lib/config/config.h"
#include "lib/crypto/random.h"
#include "lib/signin/groups.h"
#include "lib/signin/signin.h"
#include "lib/signin/tokens.h"

/* ---- may they sign in at all ---- */

static bool
is_in_domain(struct str email, struct str domains)
{
	(void)str_cut(&email, '@');
	STR_EACH (domain, domains)
		if (email.n && str_eq_nocase(email, domain))
			return true;
	return false;
}

static enum err
judge_membership(struct signin *in)
{
	const struct config_provider *p = in->call.provider;
	const struct assertion *a = &in->assertion;

	if (p->allowed_domains.n &&
		(!a->email_verified || !is_in_domain(a->email, p->allowed_domains)))
		return diag_set(&in->call.why, ERR_NOT_A_MEMBER,
			"no verified address in one of the allowed domains");
	if (p->allowed_groups.n && !groups_have_one_of(a->groups, p->allowed_groups))
		return diag_set(&in->call.why, ERR_NOT_A_MEMBER,
			a->groups_unknown ? "they are in more groups than the other server tells"
					  : "in none of the allowed groups");
	return OK;
}

/* ---- somebody who is known ---- */

/* An account that was never enabled since it was made waits for approval. */
static enum err
judge_user(const struct user *u)
{
	if (!u->disabled_ms)
		return OK;
	return u->disabled_ms == u->created_ms ? ERR_NOT_APPROVED : ERR_ACCOUNT_DISABLED;
}

static enum err
seal_tokens(struct signin *in)
{
	if (!in->assertion.tokens.n)
		return OK;
	return tokens_seal(
		in->cx, in->identity.id, in->assertion.tokens, &in->identity.tokens_sealed);
}

/* Under another issuer the same subject is somebody else. */
static enum err
use_identity(struct signin *in)
{
	const struct assertion *a = &in->assertion;
	struct identity *identity = &in->identity;
	enum err e;

	if (!str_eq(identity->issuer, a->issuer))
		return diag_set(&in->call.why, ERR_UPSTREAM,
			"the identity was linked when this provider was another server");
	if ((e = user_by_id(in->cx->store, in->cx->arena, identity->user_id, &in->user)))
		return e;
	identity->username = a->username;
	identity->email = a->email;
	identity->used_ms = in->cx->now_ms;
	if ((e = seal_tokens(in)))
		return e;
	in->ground = SIGNIN_BY_IDENTITY;
	return judge_user(&in->user);
}

static enum err
fill_identity(struct signin *in)
{
	const struct assertion *a = &in->assertion;
	enum err e;

	in->identity = (struct identity){
		.user_id = in->user.id,
		.provider = in->call.provider->name,
		.issuer = a->issuer,
		.subject = a->subject,
		.username = a->username,
		.email = a->email,
		.linked_ms = in->cx->now_ms,
		.used_ms = in->cx->now_ms,
	};
	if ((e = id_new(in->cx->now_ms, &in->identity.id)))
		return e;
	return seal_tokens(in);
}

/* ---- somebody with the address of an account ---- */

/* Only a server that the operator trusts with every account, only what that server has
 * verified, and never the account of an admin: whoever can make that server assert an
 * address would own the installation.  Nor one that somebody has a password for and whose
 * own address is known to be unverified: it may have been made to wait for its victim. */
static bool
may_link_by_email(const struct signin *in, const struct user *u)
{
	bool may_be_a_trap = u->email_verified == EMAIL_UNVERIFIED && u->password_hash.n;

	return in->call.provider->link_by_email && !str_is(u->role, "admin") && !may_be_a_trap;
}

/* An address that was not verified there is no address at all. */
static void
keep_verified_email(struct signin *in)
{
	struct assertion *a = &in->assertion;

	if (!a->email_verified || email_canonical(in->cx->arena, a->email, &a->email))
		a->email = STR_NONE;
	a->email_verified = a->email.n > 0;
}

static enum err
use_email(struct signin *in)
{
	enum err e;

	if (!in->assertion.email.n)
		return ERR_NO_ROW;
	if ((e = user_by_email(in->cx->store, in->cx->arena, in->assertion.email, &in->user)))
		return e;
	if (!may_link_by_email(in, &in->user))
		return ERR_EMAIL_TAKEN;
	if ((e = judge_user(&in->user)))
		return e;
	in->ground = SIGNIN_BY_EMAIL;
	return fill_identity(in);
}

/* ---- a service that knows the passwords ---- */

static bool
is_http_api(const struct signin *in)
{
	return str_is(in->call.provider->type, "http_api");
}

/* The service is the operator's, and its word about an address is as good as theirs;
 * whether it is verified nobody has said.  One that is another's is left out. */
static enum err
keep_free_email(struct signin *in)
{
	struct assertion *a = &in->assertion;
	struct user other;
	enum err e;

	if (email_canonical(in->cx->arena, a->email, &a->email))
		a->email = STR_NONE;
	if (!a->email.n)
		return OK;
	e = user_by_email(in->cx->store, in->cx->arena, a->email, &other);
	if (!e)
		a->email = STR_NONE;
	return e == ERR_NO_ROW ? OK : e;
}

/* An account without any way in, such as one that moved here from elsewhere, is this
 * person's: the service decides whose the name is.  One that belongs to somebody who
 * signs in otherwise is not. */
static enum err
use_name(struct signin *in)
{
	struct identity list[IDENTITIES_OF_USER_MAX];
	struct str username;
	size_t count;
	enum err e;

	if ((e = username_canonical(in->cx->arena, in->username, &username)) ||
		(e = user_by_name(in->cx->store, in->cx->arena, username, &in->user)) ||
		(e = identity_of_user(in->cx->store, in->cx->arena, in->user.id, list, &count)))
		return e;
	if (count || in->user.password_hash.n)
		return ERR_NAME_OF_ANOTHER;
	if ((e = judge_user(&in->user)))
		return e;
	in->ground = SIGNIN_BY_EMAIL;
	return fill_identity(in);
}

/* ---- somebody new ---- */

static struct str
short_name(struct str name)
{
	return name.n <= FULL_NAME_MAX && str_is_utf8(name) ? name : STR_NONE;
}

static enum err
begin_new(struct signin *in)
{
	const struct assertion *a = &in->assertion;
	enum err e;

	if (str_is(in->call.provider->registration, "off"))
		return ERR_NOT_REGISTERED;
	in->user = (struct user){
		.email = a->email,
		.email_verified = a->email_verified ? EMAIL_VERIFIED : EMAIL_UNKNOWN,
		.full_name = short_name(a->full_name),
		.role = STR("user"),
		.created_ms = in->cx->now_ms,
		.updated_ms = in->cx->now_ms,
	};
	if (str_is(in->call.provider->registration, "approve"))
		in->user.disabled_ms = in->cx->now_ms;
	if ((e = id_new(in->cx->now_ms, &in->user.id)) || (e = fill_identity(in)))
		return e;
	in->ground = SIGNIN_AS_NEW;
	/* A name that is taken, or none at all, is asked about: it is the next step. */
	e = signin_choose(in, a->username);
	return e == ERR_USERNAME_TAKEN || e == ERR_MALFORMED ? OK : e;
}

enum err
signin_choose(struct signin *in, struct str wanted)
{
	struct str username;
	struct user other;
	enum err e;

	if ((e = username_canonical(in->cx->arena, wanted, &username)))
		return e;
	e = user_by_name(in->cx->store, in->cx->arena, username, &other);
	if (e != ERR_NO_ROW)
		return e ? e : ERR_USERNAME_TAKEN;
	in->user.username = username;
	return OK;
}

/* By what else it can be known whose account it is. */
static enum err
find_otherwise(struct signin *in)
{
	enum err e = is_http_api(in) ? use_name(in) : use_email(in);

	if (e != ERR_NO_ROW)
		return e;
	if (is_http_api(in) && (e = keep_free_email(in)))
		return e;
	return begin_new(in);
}

enum err
signin_find_account(struct signin *in)
{
	const struct assertion *a = &in->assertion;
	enum err e;

	if ((e = judge_membership(in)))
		return e;
	if (!is_http_api(in))
		keep_verified_email(in);
	if (!id_is_zero(in->detour.link_user))
		return fill_identity(in);
	e = identity_find(
		in->cx->store, in->cx->arena, in->call.provider->name, a->subject, &in->identity);
	if (!e)
		return use_identity(in);
	return e == ERR_NO_ROW ? find_otherwise(in) : e;
}
