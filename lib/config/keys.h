/*
 * The rows of config.def at run time, and how a typing error finds the row
 * that was meant.
 */
#ifndef LIB_CONFIG_KEYS_H
#define LIB_CONFIG_KEYS_H

#include "lib/config/config.h"

struct config_key {
	enum config_type type;
	size_t offset;    /* of the field in struct config */
	const char *path; /* "server.tls.cert_file" */
	const char *env;
	const char *fallback;
	const char *range;
	const char *help;
	bool fixed; /* read at the start only */
};

struct config_section {
	const char *name;
	const char *help;
};

/* Both in the order of config.def; keys are indexed by enum config_key_id. */
extern const struct config_key config_keys[CONFIG_KEY_COUNT];
extern const struct config_section config_sections[];
extern const size_t config_section_count;

/* NULL if there is none. */
const struct config_key *config_key_by_path(struct str path);
/* True if keys lie below it: "server", "server.tls". */
bool config_is_section(struct str path);
/* The key or section nearest to a wrong path; NULL if none is near. */
const char *config_nearest(struct arena *, struct str path);
/* The x_file row of a secret x; NULL if there is none. */
const struct config_key *config_file_key(const struct config_key *);

/* Insertions, deletions, replacements and swaps of neighbours that turn a
 * into b, case ignored; texts over 63 bytes are infinitely far. */
size_t edit_distance(struct str a, struct str b);
/* The best of the candidates so far: start with *distance = SIZE_MAX. */
bool edit_nearer(struct str wrong, const char *candidate, size_t *distance);

#endif
