/* Who people of the Go original are at other servers. */
#include "lib/import/importing.h"

#include "lib/crypto/random.h"
#include "lib/store/go_source.h"
#include "lib/store/identity.h"
#include "lib/store/user.h"

enum { SUBJECT_SIZE = 64, USERNAME_SIZE = 255 };

/* A server that is asked with the dialect of that name: its identifiers are those of then. */
static const struct config_provider *
provider_of(const struct importing *im, const struct go_connection *g)
{
	const struct config_provider *p = config_provider_find(im->cx.config, g->provider);

	return p && str_eq(p->type, p->name) ? p : NULL;
}

static bool
is_number(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0 && s.p[0] != '0';
}

/* As Entra writes it. */
static struct str
lower(struct arena *arena, struct str s)
{
	char *copy = arena_copy(arena, s.p, s.n);

	for (size_t i = 0; i < s.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] += 'a' - 'A';
	return (struct str){copy, s.n};
}

/* Of a tenant's person the original kept the object alone. */
static bool
subject_of(struct importing *im, const struct config_provider *p, struct str id, struct str *ret)
{
	if (!id.n || id.n > SUBJECT_SIZE || !str_is_printable(id) || str_has_char(id, ' '))
		return false;
	if (!str_is(p->type, "microsoft")) {
		*ret = id;
		return is_number(id);
	}
	*ret = str_printf(
		&im->arena, "%.*s:%.*s", STR_ARG(lower(&im->arena, p->tenants)), STR_ARG(id));
	return !str_has_char(p->tenants, ' ');
}

static enum err
find_user(struct importing *im, const struct go_connection *g, struct user *ret)
{
	struct id id;

	return id_parse(g->user_id, &id) ? ERR_NO_ROW
					 : user_by_id(im->cx.store, &im->arena, id, ret);
}

static bool
is_taken(struct importing *im, const struct identity *i)
{
	struct identity other;

	return identity_find(im->cx.store, &im->arena, i->provider, i->subject, &other) == OK;
}

/* Why it stays behind; REASON_COUNT if it need not. */
static enum reason
reason_against(struct importing *im, const struct go_connection *g, const struct user *u,
	struct identity *i)
{
	const struct config_provider *p = provider_of(im, g);

	if (!p)
		return REASON_CONNECTION_PROVIDER;
	if (!subject_of(im, p, g->subject, &i->subject))
		return REASON_CONNECTION_SUBJECT;
	if (str_is(u->role, "admin"))
		return REASON_CONNECTION_ADMIN;
	i->provider = p->name;
	i->issuer = p->issuer;
	return is_taken(im, i) ? REASON_CONNECTION_TAKEN : REASON_COUNT;
}

static enum err
insert(struct importing *im, const struct go_connection *g, struct identity *i)
{
	enum err e;

	i->linked_ms = importing_time(g->created_at);
	if (!i->linked_ms || i->linked_ms > im->cx.now_ms)
		i->linked_ms = im->cx.now_ms;
	i->used_ms = importing_time(g->used_at);
	if (i->used_ms < i->linked_ms)
		i->used_ms = i->linked_ms;
	if (g->username.n <= USERNAME_SIZE && str_is_utf8(g->username))
		i->username = g->username;
	if ((e = id_new(i->linked_ms, &i->id)) || (e = identity_insert(im->cx.store, i)))
		return e;
	im->report->tables[FROM_GO_CONNECTIONS].imported++;
	return OK;
}

/* An account that has a password was there before: the original connected it because of its
 * address.  One without was made by signing in like that. */
static enum err
import_connection(struct importing *im, const struct go_connection *g)
{
	struct str there = str_printf(&im->arena, "%.*s %.*s %.*s", STR_ARG(g->provider),
		STR_ARG(g->subject), STR_ARG(g->username));
	struct identity i = {.provider = STR_NONE};
	enum reason reason;
	struct user user;
	enum err e = find_user(im, g, &user);

	if (e == ERR_NO_ROW) {
		importing_note(im, REASON_CONNECTION_ORPHANED, there);
		return OK;
	}
	if (e)
		return e;
	i.user_id = user.id;
	reason = reason_against(im, g, &user, &i);
	if (reason == REASON_COUNT) {
		reason = user.password_hash.n ? REASON_CONNECTION_BY_EMAIL : REASON_CONNECTION;
		if ((e = insert(im, g, &i)))
			return e;
	}
	importing_note_why(im, reason, user.username, there);
	return OK;
}

static enum err
take_connection(const void *item, void *context)
{
	struct importing *im = context;
	enum err e = import_connection(im, item);

	importing_found(im, FROM_GO_CONNECTIONS);
	arena_reset(&im->arena);
	return e ? importing_failed(im, e, "identities") : OK;
}

enum err
importing_connections(struct importing *im)
{
	return im->add_connections ? go_each(im->from, GO_CONNECTIONS, take_connection, im) : OK;
}
