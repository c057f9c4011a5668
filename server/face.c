/* Addresses of the pages that draw lib/ops. */
#include "server/face.h"

#include "lib/base/holds.h"

#include <string.h>

enum { ADDRESS_MAX = 512 };

const struct face faces[FACE_COUNT] = {
#define FACE(kind, pattern, op) {FACE_##kind, pattern, OP_##op},
#include "server/faces.def"
};

const struct face *
face_find(enum face_kind kind, enum op_id op)
{
	for (size_t i = 0; i < FACE_COUNT; i++)
		if (faces[i].kind == kind && faces[i].op == op)
			return &faces[i];
	return NULL;
}

struct str
face_fill(struct arena *arena, const char *pattern, const struct str params[])
{
	struct str rest = str_of(pattern);
	struct buf address;

	buf_init(&address, arena, ADDRESS_MAX);
	str_cut(&rest, '/');
	while (rest.n) {
		struct str segment = str_cut(&rest, '/');

		buf_add_char(&address, '/');
		if (segment.p[0] == ':')
			percent_encode(&address, *params++);
		else
			buf_add(&address, segment);
	}
	return buf_ok(&address) ? buf_str(&address) : STR("/");
}

struct str
face_address(struct arena *arena, const struct face *face, const struct str params[])
{
	return face_fill(arena, face->pattern, params);
}

const struct face *
face_of_form(const struct face *face)
{
	static const enum face_kind pages[FACE_KIND_COUNT] = {
		[FACE_LIST] = FACE_LIST,
		[FACE_NEW] = FACE_NEW,
		[FACE_CREATE] = FACE_NEW,
		[FACE_SHOW] = FACE_SHOW,
		[FACE_EDIT] = FACE_EDIT,
		[FACE_UPDATE] = FACE_EDIT,
		[FACE_ASK] = FACE_ASK,
		[FACE_ACT] = FACE_ASK,
		[FACE_FILE] = FACE_FILE,
	};
	const struct face *page = face_find(pages[face->kind], face->op);

	HOLDS(page);
	return page;
}
