/* The pages of the device grant, as other pages see them. */
#ifndef SERVER_PAGES_DEVICE_H
#define SERVER_PAGES_DEVICE_H

#include "server/exchange.h"

/* Whether whoever wants to go on there has to sign in although they are signed in: to approve the
 * request that this session was shown takes a newer sign-in. */
bool device_wants_login(struct exchange *, struct str next);

#endif
