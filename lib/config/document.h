/*
 * What is made from the table of keys for people: the example file, the
 * manual's table, and the configuration in force.
 */
#ifndef LIB_CONFIG_DOCUMENT_H
#define LIB_CONFIG_DOCUMENT_H

#include "lib/config/keys.h"

/* The complete commented YAML; values are commented out, so it loads as the
 * defaults and a later default still reaches whoever copied it. */
void config_write_yaml(struct buf *);
/* docs/CONFIGURATION.md. */
void config_write_manual(struct buf *);
/* Where a value is from: "default", "FILE:LINE", "environment NAME", "flag". */
struct str config_origin_words(
	struct arena *, const struct config_key *, const struct config_origin *);
/* Every key with its value (secrets masked) and its origin. */
void config_write_values(struct arena *, struct buf *, const struct config_result *);
void config_write_json(struct arena *, struct buf *, const struct config_result *);

#endif
