/* The person, not the browser: who has an account could make any number of those. */
#include "server/gate/standing.h"

#include "lib/account/user.h"
#include "lib/crypto/digest.h"
#include "server/gate/known_browser.h"
#include "server/route.h"

#include <string.h>

static uint64_t
number_of(struct str name)
{
	struct digest digest = sha256(name);
	uint64_t number;

	memcpy(&number, digest.bytes, sizeof number);
	return number | 1;
}

uint64_t
standing_of(struct exchange *x)
{
	struct known_browser browser;
	struct str name = form_get(&x->form, "username");
	struct str username;

	if (x->cx.actor.n)
		return number_of(x->cx.actor);
	if (x->route->flags & ROUTE_LOGIN)
		return number_of(x->user.username);
	if (!name.n || !known_browser_read(x, &browser) || !known_browser_knows(x, &browser, name))
		return 0;
	return username_canonical(x->cx.arena, name, &username) ? 0 : number_of(username);
}
