/* The name of a client, which people decide by. */
#ifndef LIB_OAUTH_CLIENT_NAME_H
#define LIB_OAUTH_CLIENT_NAME_H

#include "lib/base/str.h"

/* Whether a name shows as what it is: UTF-8 that neither ends, hides nor turns a line. */
bool client_name_is_honest(struct str);

#endif
