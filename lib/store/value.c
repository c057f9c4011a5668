/* Values on their way: parameters in, columns out. */
#include "lib/store/driver.h"

#include <string.h>

/* ---- parameters ---- */

struct param
param_null(void)
{
	return (struct param){.kind = PARAM_NULL};
}

struct param
param_int(int64_t number)
{
	return (struct param){.kind = PARAM_INT, .number = number};
}

struct param
param_text(struct str text)
{
	return (struct param){.kind = PARAM_TEXT, .bytes = text};
}

struct param
param_text_or_null(struct str text)
{
	return text.n ? param_text(text) : param_null();
}

struct param
param_id(struct id id)
{
	struct param p = {.kind = PARAM_BLOB, .number = ID_SIZE};

	memcpy(p.inline_bytes, id.bytes, ID_SIZE);
	return p;
}

struct param
param_id_or_null(struct id id)
{
	static const struct id zero;

	return memcmp(&id, &zero, sizeof zero) ? param_id(id) : param_null();
}

struct param
param_ms_or_null(int64_t ms)
{
	return ms ? param_int(ms) : param_null();
}

struct param
param_digest(const struct digest *digest)
{
	return param_blob((struct str){(const char *)digest->bytes, DIGEST_SIZE});
}

struct param
param_blob(struct str bytes)
{
	return (struct param){.kind = PARAM_BLOB, .bytes = bytes};
}

/* ---- rows ---- */

int64_t
row_int(const struct row *row, int column)
{
	return row->driver->column_int(row, column);
}

bool
row_is_null(const struct row *row, int column)
{
	return row->driver->column_is_null(row, column);
}

struct str
row_text(const struct row *row, int column, struct arena *arena)
{
	struct str bytes = row->driver->column_bytes(row, column);

	return bytes.n ? str_copy(arena, bytes) : STR_NONE;
}

struct str
row_blob(const struct row *row, int column, struct arena *arena)
{
	return row_text(row, column, arena);
}

struct id
row_id(const struct row *row, int column)
{
	struct str bytes = row->driver->column_bytes(row, column);
	struct id id = {{0}};

	if (bytes.n == sizeof id.bytes)
		memcpy(id.bytes, bytes.p, sizeof id.bytes);
	return id;
}

struct digest
row_digest(const struct row *row, int column)
{
	struct str bytes = row->driver->column_bytes(row, column);
	struct digest digest = {{0}};

	if (bytes.n == sizeof digest.bytes)
		memcpy(digest.bytes, bytes.p, sizeof digest.bytes);
	return digest;
}
