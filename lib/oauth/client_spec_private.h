/* What the judges of client_spec.c and client_spec_values.c share. */
#ifndef LIB_OAUTH_CLIENT_SPEC_PRIVATE_H
#define LIB_OAUTH_CLIENT_SPEC_PRIVATE_H

#include "lib/oauth/client_spec.h"

struct judging {
	struct context *cx;
	enum client_door door;
	const struct client_metadata *said;
	struct client_metadata *kept;
};

/* One word of a list; it may be replaced by what it stands for. */
typedef enum err word_judge(struct judging *, const char *name, struct str *word);
/* Of a member that has passed the columns, and is kept already. */
typedef enum err member_judge(struct judging *, const char *name, struct str value);

/* ERR_INVALID_CLIENT_METADATA; cx->problem names the member. */
enum err client_spec_refuse(struct context *, const char *name, const char *why);
word_judge client_spec_judge_contact, client_spec_judge_network, client_spec_judge_scope;
member_judge client_spec_judge_duration;

#endif
