/* One small file, and its name as an address. */
#include "clients/start_page.h"

#include "clients/paths.h"
#include "lib/base/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_MAX = 4096, URL_MAX = 4096 };

#define NAME "authgate-sign-in-XXXXXX.html"

static bool
is_ours_alone(const char *directory)
{
	struct stat st;

	return directory && directory[0] == '/' && !stat(directory, &st) && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && !(st.st_mode & 077);
}

static enum err
choose_directory(struct arena *arena, const char **ret, struct diag *diag)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *home = getenv("HOME");

	if (home && home[0] == '/' && !access("/snap/bin", F_OK) && !access(home, W_OK)) {
		*ret = home;
		return OK;
	}
	if (is_ours_alone(runtime)) {
		*ret = runtime;
		return OK;
	}
	*ret = client_path(arena, "XDG_STATE_HOME", ".local/state", "authgate");
	if (!*ret)
		return diag_set(diag, ERR_IO, "neither XDG_STATE_HOME nor HOME names a directory");
	return client_path_make(arena, *ret, diag);
}

static struct str
file_url(struct arena *arena, const char *path)
{
	struct buf out;

	buf_init(&out, arena, URL_MAX);
	buf_add_c(&out, "file://");
	for (; *path; path++) {
		bool plain = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/",
			*path);

		buf_add_printf(&out, plain ? "%c" : "%%%02X", (unsigned char)*path);
	}
	return buf_str(&out);
}

static struct str
page_of(struct arena *arena, struct str address)
{
	struct buf out;

	buf_init(&out, arena, PAGE_MAX);
	buf_add_printf(&out,
		"<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta http-equiv=\"refresh\" content=\"0;url=%.*s\">\n"
		"<title>authgate</title>\n<p><a href=\"%.*s\">Continue to sign in</a></p>\n"
		"</html>\n",
		STR_ARG(address), STR_ARG(address));
	return buf_ok(&out) ? buf_str(&out) : STR_NONE;
}

enum err
client_start_page_write(
	struct arena *arena, struct str address, struct start_page *ret, struct diag *diag)
{
	struct str page = page_of(arena, address);
	const char *directory;
	char *path;
	bool good;
	int fd;
	enum err e;

	if ((e = choose_directory(arena, &directory, diag)))
		return e;
	path = arena_printf(arena, "%s/" NAME, directory);
	if ((fd = mkstemps(path, sizeof ".html" - 1)) < 0)
		return diag_set(diag, ERR_IO, "%s: %s", directory, strerror(errno));
	good = page.n && write(fd, page.p, page.n) == (ssize_t)page.n;
	(void)close(fd);
	if (!good) {
		(void)unlink(path);
		return diag_set(diag, ERR_IO, "%s: cannot be written", path);
	}
	*ret = (struct start_page){path, file_url(arena, path)};
	return OK;
}

void
client_start_page_remove(struct start_page *page)
{
	if (page->path)
		(void)unlink(page->path);
	page->path = NULL;
}
