/* A hash table of paths, each with one row per method. */
#include "server/gate/router.h"

#include "lib/base/form.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 12 };

struct place {
	struct str pattern;
	const struct route *rows[METHOD_COUNT];
	char allow[64];
	bool has_params;
};

struct router {
	struct place *places;
	size_t count;
	struct place **slots; /* open addressing, exact paths only */
	size_t mask;
	struct place **patterns;
	size_t pattern_count;
};

static const char *const method_names[METHOD_COUNT] = {
	[METHOD_GET] = "GET, HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_PATCH] = "PATCH",
	[METHOD_DELETE] = "DELETE",
	[METHOD_OPTIONS] = "OPTIONS",
};

/* FNV-1a. Whoever asks cannot add keys, so collisions cannot be forced. */
static size_t
hash(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32);
}

static struct place *
find_exact(const struct router *r, struct str path)
{
	for (size_t i = hash(path) & r->mask; r->slots[i]; i = (i + 1) & r->mask)
		if (str_eq(r->slots[i]->pattern, path))
			return r->slots[i];
	return NULL;
}

/* The place of this very pattern, made if it is new. */
static struct place *
place_of(struct router *r, struct str pattern)
{
	struct place *place;

	for (size_t i = 0; i < r->count; i++)
		if (str_eq(r->places[i].pattern, pattern))
			return &r->places[i];
	place = &r->places[r->count++];
	place->pattern = pattern;
	place->has_params = str_has_char(pattern, ':');
	return place;
}

static void
write_allow(struct place *place)
{
	size_t used = 0;

	for (int m = 0; m < METHOD_COUNT; m++) {
		size_t n = method_names[m] ? strlen(method_names[m]) : 0;

		if (!n || (!place->rows[m] && m != METHOD_OPTIONS))
			continue;
		if (used) {
			memcpy(place->allow + used, ", ", 2);
			used += 2;
		}
		memcpy(place->allow + used, method_names[m], n);
		used += n;
	}
	place->allow[used] = '\0';
}

static void
index_places(struct router *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct place *place = &r->places[i];
		size_t slot = hash(place->pattern) & r->mask;

		write_allow(place);
		if (place->has_params) {
			r->patterns[r->pattern_count++] = place;
			continue;
		}
		while (r->slots[slot])
			slot = (slot + 1) & r->mask;
		r->slots[slot] = place;
	}
}

enum err
router_new(const struct route *rows, size_t count, struct router **ret)
{
	struct router *r = xcalloc(1, sizeof *r);
	size_t slots = 16;

	while (slots < count * 4)
		slots *= 2;
	r->places = xcalloc(count, sizeof *r->places);
	r->patterns = xcalloc(count, sizeof(struct place *));
	r->slots = xcalloc(slots, sizeof(struct place *));
	r->mask = slots - 1;
	for (size_t i = 0; i < count; i++) {
		struct place *place = place_of(r, str_of(rows[i].pattern));

		if (place->rows[rows[i].method]) {
			router_free(r);
			return ERR_EXISTS;
		}
		place->rows[rows[i].method] = &rows[i];
	}
	index_places(r);
	*ret = r;
	return OK;
}

void
router_free(struct router *r)
{
	if (!r)
		return;
	free(r->places);
	free(r->patterns);
	free(r->slots);
	free(r);
}

/* Both begin with '/'; a parameter takes one whole, non-empty segment. */
static bool
pattern_matches(struct str pattern, struct str path, struct str params[PATH_PARAMS_MAX])
{
	size_t n = 0;

	for (;;) {
		struct str want = str_cut(&pattern, '/');
		struct str got = str_cut(&path, '/');

		if (want.n && want.p[0] == ':') {
			if (!got.n || n == PATH_PARAMS_MAX)
				return false;
			params[n++] = got;
		} else if (!str_eq(want, got)) {
			return false;
		}
		if (!pattern.n || !path.n)
			return !pattern.n && !path.n;
	}
}

static struct place *
find_pattern(const struct router *r, struct str path, struct str params[PATH_PARAMS_MAX])
{
	if (path.n && path.p[path.n - 1] == '/')
		return NULL;
	for (size_t i = 0; i < r->pattern_count; i++)
		if (pattern_matches(r->patterns[i]->pattern, path, params))
			return r->patterns[i];
	return NULL;
}

static const struct route *
any_row(const struct place *place)
{
	const struct route *row = NULL;

	for (int m = METHOD_COUNT - 1; m >= 0; m--)
		row = place->rows[m] ? place->rows[m] : row;
	return row;
}

enum err
router_find(const struct router *r, enum method method, struct str path, struct match *ret)
{
	struct match match = {0};
	const struct place *place = find_exact(r, path);

	if (!place)
		place = find_pattern(r, path, match.params);
	if (!place)
		return ERR_NOT_FOUND;
	match.route = method < METHOD_OTHER ? place->rows[method] : NULL;
	match.allow = str_of(place->allow);
	match.any = match.route ? match.route : any_row(place);
	*ret = match;
	return match.route || method == METHOD_OPTIONS ? OK : ERR_METHOD_NOT_ALLOWED;
}

/* Empty segments (but for a trailing slash) and dot segments, after decoding. */
static bool
has_odd_segment(struct str path)
{
	for (size_t i = 0; i < path.n; i++) {
		size_t n = 0;

		if (path.p[i] != '/')
			continue;
		while (i + 1 + n < path.n && path.p[i + 1 + n] != '/')
			n++;
		if (n == 0 && i + 1 < path.n)
			return true;
		if (n <= 2 && n > 0 && path.p[i + 1] == '.' && path.p[i + n] == '.')
			return true;
	}
	return false;
}

static bool
has_odd_byte(struct str path)
{
	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];

		if (c < 0x20 || c == 0x7f || c == '\\')
			return true;
	}
	return false;
}

static bool
has_encoded_slash(struct str raw)
{
	for (size_t i = 0; i + 2 < raw.n; i++)
		if (raw.p[i] == '%' && ((raw.p[i + 1] == '2' && (raw.p[i + 2] | 0x20) == 'f') ||
					       (raw.p[i + 1] == '0' && raw.p[i + 2] == '0')))
			return true;
	return false;
}

enum err
router_decode(struct arena *a, struct str raw, struct str *ret)
{
	struct str path = raw;

	if (str_has_char(raw, '%')) {
		if (has_encoded_slash(raw))
			return ERR_NOT_FOUND;
		if (percent_decode(a, raw, false, &path))
			return ERR_INVALID_REQUEST;
	}
	if (!path.n || path.p[0] != '/' || has_odd_byte(path) || has_odd_segment(path) ||
		!str_is_utf8(path))
		return ERR_NOT_FOUND;
	*ret = path;
	return OK;
}
