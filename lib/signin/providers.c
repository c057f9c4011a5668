/* The ways to prove who somebody is. */
#include "lib/signin/provider.h"

#include "lib/signin/http_api.h"
#include "lib/signin/oauth.h"

/* The names of the last five are the types of lib/config/provider.h. */
const struct provider providers[] = {
	{"password", NULL, password_finish, LANE_HASHER},
	{"http_api", NULL, http_api_finish, LANE_CALLER},
	{"oidc", oauth_begin, oauth_finish, LANE_CALLER},
	{"github", oauth_begin, oauth_finish, LANE_CALLER},
	{"gitea", oauth_begin, oauth_finish, LANE_CALLER},
	{"gitlab", oauth_begin, oauth_finish, LANE_CALLER},
	{"microsoft", oauth_begin, oauth_finish, LANE_CALLER},
};
const size_t providers_count = countof(providers);

const struct provider *
provider_find(struct str name)
{
	for (size_t i = 0; i < providers_count; i++)
		if (str_is(name, providers[i].name))
			return &providers[i];
	return NULL;
}
