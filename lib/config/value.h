/*
 * Values of keys: text to field, field to text, and how a wrong one is told.
 */
#ifndef LIB_CONFIG_VALUE_H
#define LIB_CONFIG_VALUE_H

#include "lib/config/keys.h"

/* Parses text by the row's type and range into the field.  ERR_CONFIG leaves
 * the field alone and gives what was expected. */
MUST_USE enum err config_value_parse(struct arena *, const struct config_key *, struct str text,
	struct config *into, const char **ret_expected);
/* What would parse to the same value; for a secret "(set, 43 bytes)" or "". */
struct str config_value_text(struct arena *, const struct config_key *, const struct config *);
/* The field of a text, choice, list, secret or path. */
struct str *config_value_str(const struct config_key *, struct config *);

/* "configs/a.yaml:3:7: server.addr" or "SERVER_ADDR (server.addr)". */
struct str config_origin_name(
	struct arena *, const struct config_key *, const struct config_origin *);
/* Quotes at most 80 bytes of somebody's text; what is not printable becomes '?'. */
void config_quote(struct buf *, struct str);

#endif
