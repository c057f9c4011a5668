/* The password that is kept here. */
#include "lib/account/user.h"
#include "lib/signin/provider.h"
#include "lib/signin/signin.h"

enum err
password_finish(struct signin *in)
{
	return login_check(in->cx, in->username, in->password, &in->user, &in->better_hash);
}
