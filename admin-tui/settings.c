/* admin.yaml. */
#include "admin-tui/settings.h"

#include "lib/base/duration.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { REFRESH_MIN_MS = 1000, REFRESH_MAX_MS = 3600 * 1000, COLOR_MAX = 255 };

struct reader {
	struct tui_settings *settings;
	const char *file;
	struct diag *diag;
	unsigned line;
	struct str section;
};

static enum err
refuse(const struct reader *r, const char *what, struct str name)
{
	return diag_at(r->diag, ERR_CONFIG, r->file, r->line, "%s%.*s", what, STR_ARG(name));
}

/* ---- values ---- */

static const char *const color_names[] = {
	"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"};

static bool
read_color(struct str word, int16_t *ret)
{
	int64_t number;

	if (str_is(word, "default")) {
		*ret = -1;
		return true;
	}
	for (size_t i = 0; i < countof(color_names); i++)
		if (str_is(word, color_names[i])) {
			*ret = (int16_t)i;
			return true;
		}
	if (str_to_i64(word, &number) || number < 0 || number > COLOR_MAX)
		return false;
	*ret = (int16_t)number;
	return true;
}

static const char *const role_names[ROLE_COUNT] = {
#define ROLE(id, name, ...) [ROLE_##id] = name,
#include "admin-tui/roles.def"
};

/* "white on blue", "15 on 4", "red" */
static enum err
put_color(struct reader *r, struct str name, struct str value)
{
	struct tui_look look = {.is_set = true, .foreground = -1, .background = -1};
	struct str rest = value, fg = str_word(&rest), on = str_word(&rest), bg = str_word(&rest);
	size_t role = 0;

	while (role < ROLE_COUNT && !str_is(name, role_names[role]))
		role++;
	if (role == ROLE_COUNT)
		return refuse(r, "there is no colour for ", name);
	if (!read_color(fg, &look.foreground) ||
		(on.n && (!str_is(on, "on") || !read_color(bg, &look.background))) ||
		str_word(&rest).n)
		return refuse(
			r, "a colour is a name, a number to 255, or two with \"on\": ", value);
	r->settings->looks[role] = look;
	return OK;
}

static enum err
put_keys(struct reader *r, struct str name, struct str value)
{
	enum tui_action action = tui_action_named(name);

	if (!action)
		return refuse(r, "there is no action ", name);
	STR_EACH (key, value)
		if (!tui_key_named(key))
			return refuse(r, "there is no key ", key);
	r->settings->keymap.keys[action] = str_c(&r->settings->arena, value);
	return OK;
}

static enum err
put_view(struct reader *r, struct str name, struct str value)
{
	struct tui_settings *s = r->settings;

	if (s->view_count == TUI_SAVED_MAX)
		return refuse(r, "too many views: ", name);
	s->views[s->view_count++] =
		(struct tui_saved_view){str_c(&s->arena, name), str_c(&s->arena, value)};
	return OK;
}

static enum err
put_refresh(struct reader *r, struct str value)
{
	int64_t ms;

	if (duration_parse_ms(value, &ms) || ms < REFRESH_MIN_MS || ms > REFRESH_MAX_MS)
		return refuse(r, "refresh is a duration from 1s to 1h, not ", value);
	r->settings->refresh_ms = ms;
	return OK;
}

static enum err
put(struct reader *r, struct str name, struct str value)
{
	if (!r->section.n)
		return str_is(name, "refresh") ? put_refresh(r, value)
					       : refuse(r, "there is no setting ", name);
	if (str_is(r->section, "keys"))
		return put_keys(r, name, value);
	return str_is(r->section, "colors") ? put_color(r, name, value) : put_view(r, name, value);
}

/* ---- lines ---- */

/* Without quotes around it, or without a comment behind it. */
static struct str
plain(struct str value)
{
	value = str_trim(value);
	if (value.n >= 2 && (*value.p == '"' || *value.p == '\'')) {
		for (size_t i = 1; i < value.n; i++)
			if (value.p[i] == *value.p)
				return (struct str){value.p + 1, i - 1};
		return value;
	}
	for (size_t i = 1; i < value.n; i++)
		if (value.p[i] == '#' && value.p[i - 1] == ' ')
			return str_trim(str_first(value, i));
	return value.n && *value.p == '#' ? STR_NONE : value;
}

static enum err
begin_section(struct reader *r, struct str name)
{
	r->section = name;
	if (str_is(name, "keys") || str_is(name, "colors") || str_is(name, "views"))
		return OK;
	return refuse(r, "there is no section ", name);
}

static enum err
read_line(struct reader *r, struct str line)
{
	bool is_inside = line.n && *line.p == ' ';
	struct str rest = str_trim(line), name, value;

	if (rest.n && rest.p[rest.n - 1] == '\r')
		rest.n--;
	if (!rest.n || *rest.p == '#' || str_is(rest, "---"))
		return OK;
	if (*line.p == '\t')
		return refuse(r, "YAML is indented with spaces", STR_NONE);
	if (!str_has_char(rest, ':'))
		return refuse(r, "a setting is \"name: value\", not ", rest);
	name = plain(str_cut(&rest, ':'));
	value = plain(rest);
	if (is_inside && !r->section.n)
		return refuse(r, "this stands in no section: ", name);
	if (!is_inside) {
		r->section = STR_NONE;
		if (!value.n)
			return begin_section(r, name);
	}
	return put(r, name, value);
}

enum err
tui_settings_read(struct tui_settings *s, const char *file, struct str text, struct diag *diag)
{
	struct reader r = {.settings = s, .file = file, .diag = diag};
	enum err e = OK;

	if (!str_is_utf8(text))
		return diag_set(diag, ERR_CONFIG, "%s is not text in UTF-8", file);
	while (!e && text.n) {
		r.line++;
		e = read_line(&r, str_cut(&text, '\n'));
	}
	return e;
}

enum err
tui_settings_load(struct tui_settings *s, const char *path, struct diag *diag)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char *text;
	ssize_t n;

	if (fd < 0)
		return !path || errno == ENOENT
			       ? OK
			       : diag_set(diag, ERR_CONFIG, "%s: %s", path, strerror(errno));
	text = arena_alloc(&s->arena, TUI_SETTINGS_BYTES);
	n = read(fd, text, TUI_SETTINGS_BYTES);
	(void)close(fd);
	if (n < 0 || n == TUI_SETTINGS_BYTES)
		return diag_set(diag, ERR_CONFIG, "%s cannot be read, or is too long", path);
	return tui_settings_read(s, path, (struct str){text, (size_t)n}, diag);
}

void
tui_settings_free(struct tui_settings *s)
{
	arena_free(&s->arena);
	*s = (struct tui_settings){.refresh_ms = 0};
}
