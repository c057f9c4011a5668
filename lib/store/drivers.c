/* The storage drivers.  To add one: see driver.h. */
#include "lib/store/driver.h"

static const struct driver *const drivers[] = {
	&sqlite_driver,
	&postgres_driver,
};

const struct driver *
driver_find(struct str name)
{
	for (size_t i = 0; i < countof(drivers); i++)
		if (str_is(name, drivers[i]->name))
			return drivers[i];
	return NULL;
}
