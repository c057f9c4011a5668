/* The content-hashed names of embedded files, and their replies. */
#include "server/pages/static.h"

#include "server/handlers.h"
#include "server/reply.h"

#include "assets.h" /* assets[], generated from templates/static/ */

#include <assert.h>
#include <string.h>

enum { HASH_DIGITS = 16 };

static const struct {
	const char *extension;
	struct str type;
} types[] = {
	{".css", STR_INIT("text/css; charset=utf-8")},
	{".svg", STR_INIT("image/svg+xml")},
	{".js", STR_INIT("text/javascript; charset=utf-8")},
	{".png", STR_INIT("image/png")},
	{".ico", STR_INIT("image/x-icon")},
	{".txt", STR_INIT("text/plain; charset=utf-8")},
};

struct str
static_type(const char *name)
{
	for (size_t i = 0; i < countof(types); i++) {
		if (str_ends(str_of(name), str_of(types[i].extension)))
			return types[i].type;
	}
	return STR("application/octet-stream");
}

/* "authgate" of "authgate.css". */
static struct str
stem(const struct embedded_file *f)
{
	const char *dot = strrchr(f->name, '.');

	return dot ? (struct str){f->name, (size_t)(dot - f->name)} : str_of(f->name);
}

static void
add_hashed(struct buf *b, const struct embedded_file *f)
{
	buf_add(b, stem(f));
	buf_add_char(b, '-');
	buf_add(b, (struct str){f->sha256, HASH_DIGITS});
	buf_add_c(b, f->name + stem(f).n);
}

static const struct embedded_file *
find_named(const char *name)
{
	for (size_t i = 0; i < assets_count; i++)
		if (!strcmp(assets[i].name, name))
			return &assets[i];
	assert(!"a template names a file that is not in templates/static");
	return &assets[0];
}

void
static_add_name(struct buf *b, const char *name)
{
	add_hashed(b, find_named(name));
}

struct str
static_text(const char *name)
{
	const struct embedded_file *f = find_named(name);

	return (struct str){(const char *)f->bytes, f->size};
}

static bool
is_hashed_name(struct str name, const struct embedded_file *f)
{
	struct str base = stem(f);
	struct str hash = {f->sha256, HASH_DIGITS};

	if (!str_starts(name, base) || name.n <= base.n || name.p[base.n] != '-')
		return false;
	name = str_from(name, base.n + 1);
	return str_starts(name, hash) &&
	       str_eq(str_from(name, HASH_DIGITS), str_of(f->name + base.n));
}

const struct embedded_file *
static_find(struct str hashed_name)
{
	for (size_t i = 0; i < assets_count; i++) {
		if (is_hashed_name(hashed_name, &assets[i]))
			return &assets[i];
	}
	return NULL;
}

/* RFC 9110 section 13.1.2, weak comparison; a list of tags is searched. */
static bool
has_tag(struct str if_none_match, struct str etag)
{
	return str_is(if_none_match, "*") ||
	       (if_none_match.n >= etag.n &&
		       memmem(if_none_match.p, if_none_match.n, etag.p, etag.n) != NULL);
}

enum err
http_static_get(struct exchange *x)
{
	const struct embedded_file *f = static_find(x->request.path_params[0]);
	struct str etag;

	if (!f)
		return ERR_NOT_FOUND;
	etag = str_printf(x->cx.arena, "\"%.*s\"", HASH_DIGITS, f->sha256);
	x->reply.status = 200;
	x->reply.content_type = static_type(f->name);
	x->reply.body = (struct str){(const char *)f->bytes, f->size};
	x->reply.body_stays = true;
	reply_header(x, "cache-control", STR("public, max-age=31536000, immutable"));
	reply_header(x, "etag", etag);
	if (has_tag(request_header(&x->request, "if-none-match"), etag)) {
		x->reply.status = 304;
		x->reply.body = STR_NONE;
		x->reply.body_stays = false;
	}
	return OK;
}
