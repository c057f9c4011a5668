/* Encodes with libqrencode, draws with half blocks. */
#include "clients/qr.h"

#include <qrencode.h>

enum { QUIET = 2, INDENT = 2, TEXT_MAX = 512 };

/* Black on white of the 256 colours: themes may repaint the first sixteen. */
#define DARK_ON_LIGHT "\033[38;5;16;48;5;231m"
#define PLAIN         "\033[0m"

enum err
client_qr_when_parse(struct str text, enum qr_when *ret)
{
	static const char *const words[] = {
		[QR_AUTO] = "auto", [QR_ALWAYS] = "always", [QR_NEVER] = "never"};

	for (size_t i = 0; i < countof(words); i++)
		if (str_is(text, words[i])) {
			*ret = (enum qr_when)i;
			return OK;
		}
	return ERR_MALFORMED;
}

/* Outside the symbol, the quiet zone included, all is light. */
static bool
is_dark(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return false;
	return code->data[y * code->width + x] & 1;
}

/* One line of cells: modules y and y + 1. With colours the ink is dark. */
static void
write_line(struct buf *out, const QRcode *code, int y, bool color)
{
	static const char *const glyphs[] = {" ", "\u2584", "\u2580", "\u2588"};

	buf_add_printf(out, "%*s%s", INDENT, "", color ? DARK_ON_LIGHT : "");
	for (int x = -QUIET; x < code->width + QUIET; x++) {
		unsigned upper = is_dark(code, x, y) == color;
		unsigned lower = is_dark(code, x, y + 1) == color;

		buf_add_c(out, glyphs[upper << 1 | lower]);
	}
	buf_add_c(out, color ? PLAIN "\n" : "\n");
}

static bool
has_room(const QRcode *code, enum qr_when when, const struct terminal *terminal, int lines_used)
{
	int cells = code->width + 2 * QUIET;

	if (cells + INDENT > terminal->columns)
		return false;
	return when == QR_ALWAYS || (cells + 1) / 2 + lines_used <= terminal->rows;
}

bool
client_qr_write(struct buf *out, struct str text, enum qr_when when,
	const struct terminal *terminal, int lines_used)
{
	QRcode *code;
	bool shown;

	if (when == QR_NEVER || !terminal->utf8 || (when == QR_AUTO && !terminal->moves) ||
		!text.n || text.n > TEXT_MAX)
		return false;
	code = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_L);
	if (!code)
		return false;
	shown = has_room(code, when, terminal, lines_used);
	for (int y = -QUIET; shown && y < code->width + QUIET; y += 2)
		write_line(out, code, y, terminal->color);
	QRcode_free(code);
	return shown;
}
