/* Judges of single values, for the table in client_spec.c. */
#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/base/ipaddr.h"
#include "lib/oauth/client_spec_private.h"

enum { CONTACT_SIZE_MAX = 254, MINUTE_MS = 60 * MS_PER_S };
#define LONGEST_MS (3650LL * 24 * 60 * MINUTE_MS)

enum err
client_spec_refuse(struct context *cx, const char *name, const char *why)
{
	cx->problem = str_printf(cx->arena, "%s: %s", name, why);
	return ERR_INVALID_CLIENT_METADATA;
}

enum err
client_spec_judge_contact(struct judging *j, const char *name, struct str *word)
{
	if (word->n > CONTACT_SIZE_MAX || !str_is_printable(*word))
		return client_spec_refuse(j->cx, name, "expected addresses in printable ASCII");
	return OK;
}

enum err
client_spec_judge_network(struct judging *j, const char *name, struct str *word)
{
	struct ipnet net;

	return ipnet_parse(*word, &net) ? client_spec_refuse(j->cx, name,
						  "expected addresses or networks, as 10.0.0.0/8")
					: OK;
}

enum err
client_spec_judge_scope(struct judging *j, const char *name, struct str *word)
{
	return str_is_printable(*word)
		       ? OK
		       : client_spec_refuse(j->cx, name, "expected names of scopes");
}

/* At least half a minute: time enough to type. */
enum err
client_spec_judge_duration(struct judging *j, const char *name, struct str value)
{
	int64_t ms = 0;

	if (!value.n || (!duration_parse_ms(value, &ms) && ms >= MINUTE_MS / 2 && ms <= LONGEST_MS))
		return OK;
	return client_spec_refuse(
		j->cx, name, "expected a duration of at least 30s, as 90s, 12h or 30d");
}
