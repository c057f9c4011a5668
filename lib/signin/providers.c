/* The ways to prove who somebody is. */
#include "lib/signin/provider.h"

const struct provider providers[] = {
	{"password", NULL, password_finish, PROVIDER_HASHES},
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
