/*
 * What changes when a running program reads its configuration again.
 */
#ifndef LIB_CONFIG_ADOPT_H
#define LIB_CONFIG_ADOPT_H

#include "lib/config/keys.h"

/* Told of each key that differs, with both values as config_value_text has them. */
typedef void config_visitor(
	void *context, const struct config_key *, struct str was, struct str is);

/* Makes *fresh what may follow *now: a fixed key that differs is told and gets its
 * old value back, whose text stays now's.  Returns how many others differ. */
size_t config_adopt(struct arena *, const struct config *now, struct config *fresh,
	config_visitor *, void *context);

#endif
