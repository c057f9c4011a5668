/* Reads and writes profiles. */
#include "clients/profile.h"

#include "clients/paths.h"
#include "lib/base/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 16 * 1024 };

#define SUFFIX ".json"

static const struct {
	const char *name;
	size_t at;
} members[] = {
	{"issuer", offsetof(struct profile, issuer)},
	{"client_id", offsetof(struct profile, client_id)},
	{"scope", offsetof(struct profile, scope)},
	{"flow", offsetof(struct profile, flow)},
	{"ca_file", offsetof(struct profile, ca_file)},
	{"store", offsetof(struct profile, store)},
};

static struct str *
member_of(struct profile *profile, size_t i)
{
	return (struct str *)(void *)((char *)profile + members[i].at);
}

bool
client_profile_name_is_good(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			    c == '-' || c == '_'))
			return false;
	}
	return name.n && name.n <= PROFILE_NAME_MAX;
}

static const char *
directory(struct arena *arena)
{
	return client_path(arena, "XDG_CONFIG_HOME", ".config", "authgate/profiles");
}

static const char *
path_of(struct arena *arena, struct str name, const char *suffix)
{
	const char *at = directory(arena);

	return at ? arena_printf(arena, "%s/%.*s%s", at, STR_ARG(name), suffix) : NULL;
}

/* ---- reading ------------------------------------------------------------------------------ */

static enum err
read_text(struct arena *arena, const char *path, struct str *ret)
{
	char *text = arena_alloc(arena, TEXT_MAX);
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	ssize_t n;

	if (fd < 0)
		return path && errno != ENOENT ? ERR_IO : ERR_NO_ROW;
	n = read(fd, text, TEXT_MAX);
	(void)close(fd);
	if (n < 0 || n == TEXT_MAX)
		return ERR_IO;
	*ret = (struct str){text, (size_t)n};
	return OK;
}

static enum err
read_profile(struct arena *arena, struct str name, struct profile *ret, struct diag *diag)
{
	struct profile profile = {.name = str_copy(arena, name)};
	struct json *json = NULL;
	struct str text;
	enum err e;

	if (!client_profile_name_is_good(name))
		return diag_set(diag, ERR_MALFORMED,
			"a profile's name is made of letters, digits, - and _");
	if ((e = read_text(arena, path_of(arena, name, SUFFIX), &text)))
		return diag_set(diag, e,
			e == ERR_NO_ROW ? "there is no profile %.*s (`authgate profile list`)"
					: "profile %.*s cannot be read",
			STR_ARG(name));
	if (json_parse(text, TEXT_MAX, &json, NULL))
		return diag_set(diag, ERR_IO, "profile %.*s is not a JSON object", STR_ARG(name));
	for (size_t i = 0; i < countof(members); i++)
		*member_of(&profile, i) = str_copy(arena, json_get_str(json, members[i].name));
	json_free(json);
	*ret = profile;
	return OK;
}

struct str
client_profile_current(struct arena *arena)
{
	struct str text;

	if (read_text(arena, path_of(arena, STR("current"), ""), &text))
		return STR_NONE;
	text = str_cut(&text, '\n');
	return client_profile_name_is_good(text) ? text : STR_NONE;
}

enum err
client_profile_load(struct arena *arena, const char *wanted, struct profile *ret, struct diag *diag)
{
	struct str name = str_of(wanted);

	if (str_empty(name))
		name = str_of(getenv("AUTHGATE_PROFILE"));
	if (str_empty(name))
		name = client_profile_current(arena);
	if (str_empty(name)) {
		*ret = (struct profile){0};
		return OK;
	}
	return read_profile(arena, name, ret, diag);
}

static int
by_name(const void *a, const void *b)
{
	const struct profile *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

enum err
client_profile_list(struct arena *arena, struct profile **ret, size_t *ret_count, struct diag *diag)
{
	struct profile *found = arena_array(arena, struct profile, PROFILES_MAX);
	const char *at = directory(arena);
	DIR *dir = at ? opendir(at) : NULL;
	const struct dirent *entry;
	size_t count = 0;
	enum err e = OK;

	while (dir && !e && count < PROFILES_MAX && (entry = readdir(dir))) {
		struct str name = str_of(entry->d_name);

		if (!str_ends(name, STR(SUFFIX)))
			continue;
		name = str_first(name, name.n - (sizeof SUFFIX - 1));
		if (client_profile_name_is_good(name) &&
			!(e = read_profile(arena, str_copy(arena, name), &found[count], diag)))
			count++;
	}
	if (dir)
		(void)closedir(dir);
	if (e)
		return e;
	qsort(found, count, sizeof *found, by_name);
	*ret = found;
	*ret_count = count;
	return OK;
}

/* ---- writing ------------------------------------------------------------------------------ */

static enum err
replace(struct arena *arena, const char *path, struct str text, struct diag *diag)
{
	const char *at = directory(arena);
	const char *temporary;
	int fd;
	bool good;
	enum err e;

	if (!path)
		return diag_set(diag, ERR_IO, "neither XDG_CONFIG_HOME nor HOME names a directory");
	if ((e = client_path_make(arena, at, diag)))
		return e;
	temporary = arena_printf(arena, "%s.%ld", path, (long)getpid());
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	good = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n && !fsync(fd);
	if (fd >= 0)
		(void)close(fd);
	if (good && !rename(temporary, path))
		return OK;
	e = diag_set(diag, ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
	(void)unlink(temporary);
	return e;
}

enum err
client_profile_save(struct arena *arena, const struct profile *profile, struct diag *diag)
{
	struct profile copy = *profile;
	struct buf text;

	if (!client_profile_name_is_good(profile->name) || str_is(profile->name, "current"))
		return diag_set(diag, ERR_MALFORMED,
			"a profile's name is made of letters, digits, - and _");
	buf_init(&text, arena, TEXT_MAX - 1);
	json_open(&text, '{');
	for (size_t i = 0; i < countof(members); i++)
		if (!str_empty(*member_of(&copy, i)))
			json_member_str(&text, members[i].name, *member_of(&copy, i));
	json_close(&text, '}');
	buf_add_char(&text, '\n');
	if (!buf_ok(&text))
		return diag_set(diag, ERR_TOO_LONG, "the profile is too long");
	return replace(arena, path_of(arena, profile->name, SUFFIX), buf_str(&text), diag);
}

enum err
client_profile_remove(struct arena *arena, struct str name, struct diag *diag)
{
	struct profile profile;
	enum err e;

	if ((e = read_profile(arena, name, &profile, diag)))
		return e;
	if (unlink(path_of(arena, name, SUFFIX)))
		return diag_set(diag, ERR_IO, "profile %.*s: %s", STR_ARG(name), strerror(errno));
	if (str_eq(client_profile_current(arena), name))
		(void)unlink(path_of(arena, STR("current"), ""));
	return OK;
}

enum err
client_profile_use(struct arena *arena, struct str name, struct diag *diag)
{
	struct profile profile;
	enum err e;

	if ((e = read_profile(arena, name, &profile, diag)))
		return e;
	return replace(arena, path_of(arena, STR("current"), ""),
		str_printf(arena, "%.*s\n", STR_ARG(name)), diag);
}
