/* The directory of stored sign-ins: opening, checking, replacing. */
#include "clients/tokenstore.h"

#include "clients/bootclock.h"
#include "clients/keyring.h"
#include "clients/paths.h"
#include "lib/base/url.h"
#include "lib/crypto/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_TEXT_MAX = 4096, HOST_SHOWN = 64, NAME_DIGEST_BYTES = 12, LOCK_POLL_MS = 20 };

#define FILE_SUFFIX   ".json"
#define BURIED_SUFFIX ".revoke"

/* ---- the directory ------------------------------------------------------------------------ */

static enum err
judge_owner(const char *path, const struct stat *st, const char *mode, struct diag *diag)
{
	if (st->st_uid != geteuid())
		return diag_set(diag, ERR_IO, "%s: belongs to another user; refused", path);
	if (st->st_mode & 077)
		return diag_set(diag, ERR_IO,
			"%s: other users may read it (mode %04o); refused. "
			"Run: chmod %s %s  and, if others use this machine, sign in again",
			path, (unsigned)st->st_mode & 07777, mode, path);
	return OK;
}

enum err
client_tokenstore_open(struct arena *arena, bool create, struct tokenstore *ret, struct diag *diag)
{
	struct tokenstore store = {
		.path = client_path(arena, "XDG_STATE_HOME", ".local/state", "authgate"), .fd = -1};
	struct stat st;
	enum err e;

	if (!store.path || strlen(store.path) >= PATH_TEXT_MAX)
		return diag_set(diag, ERR_IO, "neither XDG_STATE_HOME nor HOME names a directory");
	if (create && (e = client_path_make(arena, store.path, diag)))
		return e;
	store.fd = open(store.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (store.fd < 0) {
		if (errno != ENOENT || create)
			return diag_set(diag, ERR_IO, "%s: %s", store.path,
				errno == ENOTDIR || errno == ELOOP
					? "is not a directory (links are not followed)"
					: strerror(errno));
	} else if (fstat(store.fd, &st)) {
		e = diag_set(diag, ERR_IO, "%s: %s", store.path, strerror(errno));
		client_tokenstore_close(&store);
		return e;
	} else if ((e = judge_owner(store.path, &st, "700", diag))) {
		client_tokenstore_close(&store);
		return e;
	}
	*ret = store;
	return OK;
}

void
client_tokenstore_close(struct tokenstore *store)
{
	if (store->fd >= 0)
		(void)close(store->fd);
	store->fd = -1;
}

/* ---- names -------------------------------------------------------------------------------- */

/* "auth.example.com-<digest>.json": the host for people, the digest of the whole
 * key for us; lengths in front keep two keys from having one text. */
static const char *
name_with(struct arena *arena, const struct stored_token *token, const char *suffix)
{
	struct url url = {0};
	struct digest digest;
	struct buf name;

	buf_init(&name, arena, 255);
	if (!url_parse(token->issuer, &url, NULL))
		for (size_t i = 0; i < url.host.n && i < HOST_SHOWN; i++) {
			char c = url.host.p[i];
			bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
				     (c >= '0' && c <= '9') || c == '-' || (c == '.' && i > 0);

			buf_add_char(&name, plain ? c : '_');
		}
	digest = sha256(str_printf(arena, "%zu:%.*s%zu:%.*s%zu:%.*s", token->issuer.n,
		STR_ARG(token->issuer), token->client_id.n, STR_ARG(token->client_id),
		token->account.n, STR_ARG(token->account)));
	buf_add_char(&name, '-');
	for (size_t i = 0; i < NAME_DIGEST_BYTES; i++)
		buf_add_printf(&name, "%02x", digest.bytes[i]);
	buf_add_c(&name, suffix);
	return name.p;
}

static const char *
file_name(struct arena *arena, const struct stored_token *token)
{
	return name_with(arena, token, FILE_SUFFIX);
}

/* ---- reading ------------------------------------------------------------------------------ */

static enum err
read_all(struct arena *arena, int fd, struct str *ret)
{
	struct buf text;
	char *room;
	ssize_t n;

	buf_init(&text, arena, STORED_TOKEN_MAX);
	do {
		if (!(room = buf_reserve(
			      &text, text.max - text.n < 4096 ? text.max - text.n : 4096)))
			return ERR_TOO_LONG;
		n = read(fd, room, text.max - text.n < 4096 ? text.max - text.n : 4096);
		if (n > 0)
			buf_grew(&text, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	*ret = buf_str(&text);
	return n < 0 ? ERR_IO : OK;
}

/* ERR_NO_ROW: deleted since the directory was listed. */
static enum err
read_file(struct arena *arena, const struct tokenstore *store, const char *name,
	struct stored_token *ret, struct diag *diag)
{
	const char *path = arena_printf(arena, "%s/%s", store->path, name);
	int fd = openat(store->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct diag why = {{0}};
	struct stat st;
	struct str text;
	enum err e;

	if (fd < 0 && errno == ENOENT)
		return ERR_NO_ROW;
	if (fd < 0)
		return diag_set(diag, ERR_IO, "%s: %s", path,
			errno == ELOOP ? "is a symbolic link; refused" : strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		e = diag_set(diag, ERR_IO, "%s: is not an ordinary file", path);
	else if ((e = judge_owner(path, &st, "600", diag)))
		;
	else if (st.st_size >= STORED_TOKEN_MAX || read_all(arena, fd, &text))
		e = diag_set(diag, ERR_IO, "%s: cannot be read whole", path);
	else if (client_stored_token_parse(arena, text, ret, &why))
		e = diag_set(diag, ERR_IO, "%s: %s; delete it and sign in again", path, why.text);
	(void)close(fd);
	return e;
}

static struct str
keyring_key(struct arena *arena, const struct stored_token *token)
{
	return str_of(name_with(arena, token, ""));
}

/* What is kept in the keyring, if anything is. */
static enum err
load_secrets(struct arena *arena, struct stored_token *token, struct diag *diag)
{
	struct str text;
	enum err e;

	if (!client_stored_token_in_keyring(token))
		return OK;
	if ((e = client_keyring_get(arena, keyring_key(arena, token), &text, diag)))
		return e;
	if (client_stored_token_take_secrets(arena, text, token))
		return diag_set(diag, ERR_IO, "the keyring's entry of this sign-in is broken");
	return OK;
}

/* As clients/discovery.c compares issuers. */
static struct str
without_slash(struct str s)
{
	return str_ends(s, STR("/")) ? str_first(s, s.n - 1) : s;
}

static bool
matches(const struct token_filter *filter, const struct stored_token *token)
{
	return (str_empty(filter->issuer) ||
		       str_eq(without_slash(filter->issuer), without_slash(token->issuer))) &&
	       (str_empty(filter->client_id) || str_eq(filter->client_id, token->client_id)) &&
	       (str_empty(filter->account) || str_eq(filter->account, token->account));
}

static int
newest_first(const void *a, const void *b)
{
	const struct stored_token *x = a, *y = b;

	return (x->obtained_at < y->obtained_at) - (x->obtained_at > y->obtained_at);
}

static enum err
read_directory(struct arena *arena, const struct tokenstore *store, DIR *dir, const char *suffix,
	const struct token_filter *filter, struct stored_token *found, size_t *count,
	struct diag *diag)
{
	const struct dirent *entry;
	enum err e;

	while (*count < STORED_TOKENS_MAX && (entry = readdir(dir))) {
		struct str name = str_of(entry->d_name);

		if (name.p[0] == '.' || !str_ends(name, str_of(suffix)))
			continue;
		e = read_file(arena, store, entry->d_name, &found[*count], diag);
		if (e == ERR_NO_ROW)
			continue;
		if (e)
			return e;
		if (!matches(filter, &found[*count]))
			continue;
		/* A keyring that does not open here is no reason to hide the rest. */
		found[*count].locked = load_secrets(arena, &found[*count], NULL) != OK;
		++*count;
	}
	return OK;
}

static enum err
read_tokens(struct arena *arena, const struct tokenstore *store, const char *suffix,
	const struct token_filter *filter, struct stored_token **ret, size_t *ret_count,
	struct diag *diag)
{
	struct stored_token *found = arena_array(arena, struct stored_token, STORED_TOKENS_MAX);
	size_t count = 0;
	DIR *dir = NULL;
	int fd;
	enum err e = OK;

	if (store->fd >= 0) {
		/* A descriptor of its own: closedir closes it, readdir moves it. */
		fd = openat(store->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || !(dir = fdopendir(fd))) {
			if (fd >= 0)
				(void)close(fd);
			return diag_set(diag, ERR_IO, "%s: %s", store->path, strerror(errno));
		}
		e = read_directory(arena, store, dir, suffix, filter, found, &count, diag);
		(void)closedir(dir);
	}
	if (e)
		return e;
	qsort(found, count, sizeof *found, newest_first);
	*ret = found;
	*ret_count = count;
	return OK;
}

enum err
client_tokenstore_find(struct arena *arena, const struct tokenstore *store,
	const struct token_filter *filter, struct stored_token **ret, size_t *ret_count,
	struct diag *diag)
{
	return read_tokens(arena, store, FILE_SUFFIX, filter, ret, ret_count, diag);
}

enum err
client_tokenstore_find_buried(struct arena *arena, const struct tokenstore *store,
	const struct token_filter *filter, struct stored_token **ret, size_t *ret_count,
	struct diag *diag)
{
	return read_tokens(arena, store, BURIED_SUFFIX, filter, ret, ret_count, diag);
}

/* ---- writing ------------------------------------------------------------------------------ */

static enum err
lock(const struct tokenstore *store, int operation, struct diag *diag)
{
	int result;

	do
		result = flock(store->fd, operation);
	while (result && errno == EINTR);
	return result ? diag_set(diag, ERR_IO, "%s: cannot be locked: %s", store->path,
				strerror(errno))
		      : OK;
}

/* What the file holds now; empty if there is none, or none that may be trusted. */
static struct str
text_before(struct arena *arena, const struct tokenstore *store, const char *name)
{
	int fd = openat(store->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct str text = STR_NONE;
	struct stat st;

	if (fd < 0)
		return text;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && !judge_owner(name, &st, "600", NULL) &&
		st.st_size < STORED_TOKEN_MAX && read_all(arena, fd, &text))
		text = STR_NONE;
	(void)close(fd);
	return text;
}

static enum err
store_secrets(struct arena *arena, const struct stored_token *token, struct diag *diag)
{
	struct buf text;

	if (!client_stored_token_in_keyring(token))
		return OK;
	buf_init(&text, arena, KEYRING_SECRET_MAX - 1);
	client_stored_token_write_secrets(&text, token);
	if (!buf_ok(&text))
		return diag_set(diag, ERR_IO, "the token is too long to keep");
	return client_keyring_store(arena, keyring_key(arena, token),
		str_printf(arena, "authgate: %.*s at %.*s", STR_ARG(token->account),
			STR_ARG(token->issuer)),
		buf_str(&text), diag);
}

static enum err
no_room(const char *path, const char *what, struct diag *diag)
{
	return diag_set(diag, ERR_IO, "%s: %s: %s", path, what, strerror(errno));
}

enum err
client_tokenstore_prepare(struct arena *arena, const struct tokenstore *store,
	const struct stored_token *token, struct token_room *ret, struct diag *diag)
{
	struct str before = token ? text_before(arena, store, file_name(arena, token)) : STR_NONE;
	enum err e;

	/* What the keyring takes once more, it takes changed. */
	if (token && (e = store_secrets(arena, token, diag)))
		return e;
	if (client_room_take(store->fd, before.n + TOKEN_ROOM_BYTES, ret))
		return no_room(store->path, "there is no room to keep a sign-in", diag);
	return OK;
}

enum err
client_tokenstore_may_delete(const struct tokenstore *store, struct diag *diag)
{
	if (store->fd < 0 || !faccessat(store->fd, ".", W_OK | X_OK, AT_EACCESS))
		return OK;
	return no_room(store->path, "nothing can be deleted there", diag);
}

/* Holding the directory's lock. */
static enum err
replace(const struct tokenstore *store, struct token_room *room, const char *path, struct str text,
	struct diag *diag)
{
	struct token_room own = {.fd = -1};
	enum err e = OK;

	if (room->fd < 0) {
		e = client_room_take(store->fd, text.n, &own);
		room = &own;
	}
	if (!e)
		e = client_room_fill(room, store->fd, strrchr(path, '/') + 1, text);
	if (e)
		(void)no_room(path, "cannot be written", diag);
	client_room_release(&own, store->fd);
	return e;
}

enum err
client_tokenstore_save(struct arena *arena, const struct tokenstore *store, struct token_room *room,
	const struct stored_token *token, const char **ret_path, struct diag *diag)
{
	const char *name = file_name(arena, token);
	const char *path = arena_printf(arena, "%s/%s", store->path, name);
	struct buf text;
	enum err e;

	if ((e = store_secrets(arena, token, diag)) || (e = lock(store, LOCK_EX, diag)))
		return e;
	buf_init(&text, arena, STORED_TOKEN_MAX - 1);
	client_stored_token_write(&text, token, text_before(arena, store, name));
	e = buf_ok(&text) ? replace(store, room, path, buf_str(&text), diag)
			  : diag_set(diag, ERR_IO, "%s: the token is too long to keep", path);
	(void)flock(store->fd, LOCK_UN);
	if (!e)
		*ret_path = path;
	return e;
}

void
client_tokenstore_release(const struct tokenstore *store, struct token_room *room)
{
	client_room_release(room, store->fd);
}

static enum err
unlink_file(const struct tokenstore *store, const char *name, struct diag *diag)
{
	enum err e;

	if ((e = lock(store, LOCK_EX, diag)))
		return e;
	if (unlinkat(store->fd, name, 0) && errno != ENOENT)
		e = diag_set(diag, ERR_IO, "%s/%s: cannot be deleted: %s", store->path, name,
			strerror(errno));
	(void)flock(store->fd, LOCK_UN);
	return e;
}

enum err
client_tokenstore_delete(struct arena *arena, const struct tokenstore *store,
	const struct stored_token *token, struct diag *diag)
{
	if (client_stored_token_in_keyring(token))
		(void)!client_keyring_erase(arena, keyring_key(arena, token), NULL);
	return unlink_file(store, file_name(arena, token), diag);
}

enum err
client_tokenstore_forget(struct arena *arena, const struct tokenstore *store,
	const struct stored_token *token, struct diag *diag)
{
	if (client_stored_token_in_keyring(token))
		(void)!client_keyring_erase(arena, keyring_key(arena, token), NULL);
	return unlink_file(store, name_with(arena, token, BURIED_SUFFIX), diag);
}

enum err
client_tokenstore_bury(struct arena *arena, const struct tokenstore *store,
	const struct stored_token *token, struct diag *diag)
{
	const char *from = file_name(arena, token);
	const char *to = name_with(arena, token, BURIED_SUFFIX);
	enum err e;

	if ((e = lock(store, LOCK_EX, diag)))
		return e;
	if (renameat(store->fd, from, store->fd, to) && errno != ENOENT)
		e = diag_set(diag, ERR_IO, "%s/%s: cannot be put aside: %s", store->path, from,
			strerror(errno));
	(void)flock(store->fd, LOCK_UN);
	return e;
}

/* ---- one at a time ------------------------------------------------------------------------ */

enum err
client_tokenstore_read(struct arena *arena, const struct tokenstore *store,
	const struct stored_token *which, struct stored_token *ret, struct diag *diag)
{
	struct stored_token token;
	enum err e;

	if ((e = read_file(arena, store, file_name(arena, which), &token, diag)) ||
		(e = load_secrets(arena, &token, diag)))
		return e;
	*ret = token;
	return OK;
}

/* True if the name still leads to the open file. */
static bool
is_current(const struct tokenstore *store, const char *name, int fd)
{
	struct stat ours, named;

	return !fstat(fd, &ours) && !fstatat(store->fd, name, &named, AT_SYMLINK_NOFOLLOW) &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/* Polls, because flock can neither be cancelled nor given a limit. */
static enum err
wait_for_lock(int fd, int cancel_fd, int64_t until_ms)
{
	struct pollfd cancel = {.fd = cancel_fd ? cancel_fd : -1, .events = POLLIN};

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ERR_IO;
		if (client_bootclock_ms() >= until_ms)
			return ERR_BUSY;
		if (poll(&cancel, 1, LOCK_POLL_MS) > 0)
			return ERR_CANCELLED;
	}
	return OK;
}

enum err
client_tokenstore_lock(struct arena *arena, const struct tokenstore *store,
	const struct stored_token *which, int cancel_fd, int *ret_fd, struct stored_token *ret_now,
	struct diag *diag)
{
	int64_t until_ms = client_bootclock_ms() + TOKEN_LOCK_WAIT_MS;
	const char *name = file_name(arena, which);
	enum err e;

	for (;;) {
		/* Writable, because NFS asks for that before it locks. */
		int fd = openat(store->fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

		if (fd < 0 && errno == ENOENT)
			return diag_set(diag, ERR_NO_ROW, "the sign-in has been deleted");
		if (fd < 0)
			return diag_set(
				diag, ERR_IO, "%s/%s: %s", store->path, name, strerror(errno));
		e = wait_for_lock(fd, cancel_fd, until_ms);
		if (!e && is_current(store, name, fd) &&
			!(e = client_tokenstore_read(arena, store, which, ret_now, diag))) {
			*ret_fd = fd;
			return OK;
		}
		(void)close(fd);
		if (e == ERR_BUSY || e == ERR_CANCELLED)
			return diag_set(diag, e, "%s/%s: %s", store->path, name,
				e == ERR_BUSY
					? "another program has been refreshing it for too long"
					: err_sentence(e));
		if (e)
			return e;
	}
}

void
client_tokenstore_unlock(int fd)
{
	(void)close(fd);
}
