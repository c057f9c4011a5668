/*
 * The files a configuration names: read whole and bounded, and refused if
 * somebody else could have read or written what is in them.
 */
#include "lib/config/loader.h"

#include "lib/base/secret.h"
#include "lib/config/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err
read_all(int fd, size_t max, struct arena *a, struct str *ret)
{
	struct buf text;

	buf_init(&text, a, max + 1);
	for (;;) {
		char chunk[4096];
		ssize_t n = read(fd, chunk, sizeof chunk);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0)
			break;
		buf_add(&text, (struct str){chunk, (size_t)n});
		wipe(chunk, (size_t)n);
		if (!buf_ok(&text) || text.n > max)
			return ERR_TOO_LONG;
	}
	*ret = buf_str(&text);
	return OK;
}

/* NULL if the file may be read and is regular; the words of the problem else.
 * O_NONBLOCK: a FIFO must not hold the start. */
static const char *
open_regular(const char *path, int *ret_fd, struct stat *ret_st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, ret_st) || !S_ISREG(ret_st->st_mode)) {
		(void)close(fd);
		return "not a regular file";
	}
	*ret_fd = fd;
	return NULL;
}

static const char *
too_open(struct arena *a, const char *path, const struct stat *st)
{
	if (config_mode_is_private(st))
		return NULL;
	return arena_printf(a, "mode %04o lets others at it: chmod 600 %s",
		(unsigned)(st->st_mode & 07777), path);
}

/* Text of the file, or why not. */
static const char *
read_file(struct arena *a, const char *path, size_t max, bool private, struct str *ret)
{
	const char *wrong;
	struct stat st;
	enum err e;
	int fd;

	wrong = open_regular(path, &fd, &st);
	if (wrong)
		return wrong;
	if (private && (wrong = too_open(a, path, &st))) {
		(void)close(fd);
		return wrong;
	}
	e = read_all(fd, max, a, ret);
	(void)close(fd);
	if (e == ERR_TOO_LONG)
		return arena_printf(a, "larger than %zu bytes", max);
	return e ? "cannot be read" : NULL;
}

enum err
config_file_read(struct loader *l, const char *path, size_t max, struct str *ret)
{
	const char *wrong = read_file(l->arena, path, max, false, ret);

	if (!wrong)
		return OK;
	loader_problem(l, "%s: %s", path, wrong);
	return ERR_CONFIG;
}

static bool
write_random(int fd)
{
	unsigned char bytes[32];
	char text[2 * sizeof bytes + 2];
	bool is_written;

	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return false;
	for (size_t i = 0; i < sizeof bytes; i++)
		(void)snprintf(text + 2 * i, 4, "%02x\n", bytes[i]);
	is_written = write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1 && fsync(fd) == 0;
	wipe(bytes, sizeof bytes);
	wipe(text, sizeof text);
	return is_written;
}

/* Two may start together: link(2) lets the first have the name, and the other reads what it made.
 */
static const char *
make_secret(struct arena *a, const char *path)
{
	const char *made = arena_printf(a, "%s.new.%d", path, (int)getpid());
	int fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	const char *wrong = NULL;

	if (fd < 0)
		return strerror(errno);
	if (!write_random(fd) || (link(made, path) && errno != EEXIST))
		wrong = strerror(errno);
	(void)close(fd);
	(void)unlink(made);
	return wrong;
}

/* A server that the service manager starts for the first time has nobody who gives it a secret. */
static bool
is_to_be_made(const struct config_key *file, const char *path, const char *state_directory)
{
	size_t n = state_directory ? strlen(state_directory) : 0;

	return file == &config_keys[CONFIG_KEY_session_secret_file] && n &&
	       strncmp(path, state_directory, n) == 0 && path[n] == '/' && access(path, F_OK) &&
	       errno == ENOENT;
}

static bool
is_utf16(struct str text)
{
	return str_starts(text, STR("\xff\xfe")) || str_starts(text, STR("\xfe\xff"));
}

/* Editors of Windows begin a file with a mark that nobody typed. */
const char *
secret_file_read(struct loader *l, const char *path, struct str *ret)
{
	const char *wrong = read_file(l->arena, path, SECRET_FILE_MAX, true, ret);

	if (wrong)
		return wrong;
	if (is_utf16(*ret))
		return "is UTF-16: save it as UTF-8";
	if (str_starts(*ret, STR("\xef\xbb\xbf")))
		*ret = str_from(*ret, 3);
	while (ret->n && (ret->p[ret->n - 1] == '\n' || ret->p[ret->n - 1] == '\r'))
		ret->n--;
	return str_empty(*ret) ? "empty" : NULL;
}

static void
read_secret(struct loader *l, const struct config_key *secret, const struct config_key *file,
	const char *state_directory)
{
	struct config *c = &l->result->config;
	const char *path = str_c(l->arena, *config_value_str(file, c));
	const struct config_origin *origin = &l->result->origins[file - config_keys];
	const char *wrong = NULL;
	struct str text;

	if (!str_empty(*config_value_str(secret, c))) {
		loader_key_problem(l, file, "%s is set as well: give one of them", secret->env);
		return;
	}
	if (is_to_be_made(file, path, state_directory))
		wrong = make_secret(l->arena, path);
	if (!wrong)
		wrong = secret_file_read(l, path, &text);
	if (wrong)
		loader_key_problem(l, file, "%s: %s", path, wrong);
	else
		loader_put(l, secret, text, *origin);
}

void
secret_files_read(struct loader *l, const char *state_directory)
{
	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *file = config_file_key(&config_keys[i]);

		if (file && !str_empty(*config_value_str(file, &l->result->config)))
			read_secret(l, &config_keys[i], file, state_directory);
	}
}

static void
check_file(struct loader *l, enum config_key_id id, bool private)
{
	const struct config_key *key = &config_keys[id];
	struct str value = *config_value_str(key, &l->result->config);
	const char *path = str_c(l->arena, value);
	const char *wrong;
	struct stat st;
	int fd;

	if (str_empty(value))
		return;
	wrong = open_regular(path, &fd, &st);
	if (!wrong) {
		(void)close(fd);
		wrong = private ? too_open(l->arena, path, &st) : NULL;
	}
	if (wrong)
		loader_key_problem(l, key, "%s: %s", path, wrong);
}

void
private_files_check(struct loader *l)
{
	check_file(l, CONFIG_KEY_tls_cert_file, false);
	check_file(l, CONFIG_KEY_tls_key_file, true);
	check_file(l, CONFIG_KEY_jwt_private_key_path, true);
}
