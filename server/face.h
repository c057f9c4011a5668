/*
 * The pages of server/faces.def as data: what they show or do, and where they are.
 */
#ifndef SERVER_FACE_H
#define SERVER_FACE_H

#include "lib/ops/ops.h"
#include "server/route.h"

enum face_kind {
	FACE_LIST,
	FACE_NEW,
	FACE_CREATE,
	FACE_SHOW,
	FACE_EDIT,
	FACE_UPDATE,
	FACE_ASK,
	FACE_ACT,
	FACE_FILE,
	FACE_KIND_COUNT
};

struct face {
	enum face_kind kind;
	const char *pattern;
	enum op_id op;
};

/* One more than there are. */
enum face_number {
#define FACE(kind, pattern, op) FACE_##kind##_##op,
#include "server/faces.def"
	FACE_COUNT
};

extern const struct face faces[FACE_COUNT];

/* The page of a row of server/routes.c; NULL if it is another. */
const struct face *route_face(const struct route *);
/* The page of that kind for an operation; NULL if there is none. */
const struct face *face_find(enum face_kind, enum op_id);
/* An address with its parameters in the place of their names. */
struct str face_fill(struct arena *, const char *pattern, const struct str params[]);
/* Its address, with the first parameters of another. */
struct str face_address(struct arena *, const struct face *, const struct str params[]);
/* The page on which the form of a face stands: where to go when it has to be sent again. */
const struct face *face_of_form(const struct face *);

#endif
