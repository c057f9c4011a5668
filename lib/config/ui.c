/* How the pages look and where they link to. */
#include "lib/base/color.h"
#include "lib/base/url.h"
#include "lib/config/loader.h"

#include <sys/stat.h>

enum { NAME_MAX_BYTES = 64, LOGO_MAX = 256 * 1024, READABLE = 450 };

static void
problem(struct loader *l, enum config_key_id id, const char *text)
{
	loader_key_problem(l, &config_keys[id], "%s", text);
}

static bool
is_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return str_is_utf8(s);
}

static void
check_accent(struct loader *l, struct str accent)
{
	static const struct color white = {0xff, 0xff, 0xff};
	struct color color;
	int contrast;

	if (color_parse(accent, &color)) {
		problem(l, CONFIG_KEY_ui_accent, "expected a colour as \"#2858c8\"");
		return;
	}
	contrast = color_contrast(color, white);
	if (contrast < READABLE)
		loader_key_problem(l, &config_keys[CONFIG_KEY_ui_accent],
			"its contrast with white is %d.%02d:1, and people need 4.50:1 to read "
			"it: choose a darker colour",
			contrast / 100, contrast % 100);
}

static void
check_logo(struct loader *l, struct str path)
{
	struct stat st;

	if (!str_ends(path, STR(".svg")) && !str_ends(path, STR(".png")))
		problem(l, CONFIG_KEY_ui_logo, "expected a file that ends in .svg or .png");
	else if (stat(str_c(l->arena, path), &st) || !S_ISREG(st.st_mode))
		problem(l, CONFIG_KEY_ui_logo, "there is no such file");
	else if (st.st_size > LOGO_MAX)
		problem(l, CONFIG_KEY_ui_logo, "larger than 256 KiB");
}

static void
check_link(struct loader *l, enum config_key_id id, struct str link, bool may_be_mail)
{
	struct url url;
	bool mail = may_be_mail && str_starts(link, STR("mailto:")) && link.n > 7;

	if (!str_is_printable(link) || str_has_char(link, ' ') ||
		(!mail && (url_parse(link, &url, NULL) || !str_is(url.scheme, "https"))))
		problem(l, id,
			may_be_mail ? "expected an https:// or mailto: address"
				    : "expected an https:// address");
}

void
check_ui(struct loader *l)
{
	const struct config *c = &l->result->config;

	if (!c->ui_name.n || c->ui_name.n > NAME_MAX_BYTES || !is_text(c->ui_name))
		problem(l, CONFIG_KEY_ui_name, "expected 1 to 64 bytes of text");
	if (c->ui_accent.n)
		check_accent(l, c->ui_accent);
	if (c->ui_logo.n)
		check_logo(l, c->ui_logo);
	if (c->ui_support_url.n)
		check_link(l, CONFIG_KEY_ui_support_url, c->ui_support_url, true);
	if (c->ui_terms_url.n)
		check_link(l, CONFIG_KEY_ui_terms_url, c->ui_terms_url, false);
}
