/* A head that was anchored, and the cursor of a verification, say the same when
 * written again; nothing else is taken for one. */
#include "lib/audit/sign.h"
#include "lib/audit/verify.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_anchor(struct arena *arena, struct str line)
{
	struct audit_chain head, again;

	if (audit_anchor_parse(line, &head))
		return;
	if (head.chain < 1 || head.head.seq < 1 ||
		audit_anchor_parse(audit_anchor_text(arena, &head), &again) ||
		memcmp(&head, &again, sizeof head) != 0)
		abort();
}

static void
check_cursor(struct arena *arena, struct str text)
{
	struct audit_cursor cursor, again;

	if (audit_cursor_parse(text, &cursor))
		return;
	if (cursor.chain < -1 || cursor.seq < -1 ||
		audit_cursor_parse(audit_cursor_text(arena, &cursor), &again) ||
		memcmp(&cursor, &again, sizeof cursor) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct arena arena = {0};

	check_anchor(&arena, text);
	check_cursor(&arena, text);
	arena_free(&arena);
	return 0;
}
