/* authgate profile: names for servers and ways to sign in there. */
#include "clients/profile.h"

#include "clients/flow_choice.h"
#include "cmd/command.h"
#include "cmd/stored.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum flag { ISSUER = 1, CLIENT_ID, SCOPE, FLOW, STORE, CA_FILE };

static const struct option options[] = {
	{"issuer", required_argument, NULL, ISSUER},
	{"client-id", required_argument, NULL, CLIENT_ID},
	{"scope", required_argument, NULL, SCOPE},
	{"flow", required_argument, NULL, FLOW},
	{"store", required_argument, NULL, STORE},
	{"ca-file", required_argument, NULL, CA_FILE},
	{NULL, 0, NULL, 0},
};

static bool
take_option(struct arena *arena, struct profile *profile, int option)
{
	enum login_flow flow;

	switch (option) {
	case ISSUER: profile->issuer = str_of(optarg); return true;
	case CLIENT_ID: profile->client_id = str_of(optarg); return true;
	case SCOPE: profile->scope = str_of(optarg); return true;
	case FLOW:
		profile->flow = str_of(optarg);
		return client_flow_parse(profile->flow, &flow) == OK;
	case CA_FILE: return stored_ca_path(arena, optarg, &profile->ca_file);
	case STORE: profile->store = str_of(optarg); return true;
	default: return false;
	}
}

static void
show(const struct profile *profile, bool current)
{
	(void)printf("%s%.*s\n", current ? "* " : "  ", STR_ARG(profile->name));
	(void)printf("    issuer     %.*s\n", STR_ARG(profile->issuer));
	(void)printf("    client id  %.*s\n", STR_ARG(profile->client_id));
	if (!str_empty(profile->scope))
		(void)printf("    scope      %.*s\n", STR_ARG(profile->scope));
	if (!str_empty(profile->flow))
		(void)printf("    flow       %.*s\n", STR_ARG(profile->flow));
	if (!str_empty(profile->ca_file))
		(void)printf("    ca file    %.*s\n", STR_ARG(profile->ca_file));
	if (!str_empty(profile->store))
		(void)printf("    store      %.*s\n", STR_ARG(profile->store));
}

static enum err
list(struct arena *arena, struct diag *diag)
{
	struct str current = client_profile_current(arena);
	struct profile *profiles;
	size_t count;
	enum err e;

	if ((e = client_profile_list(arena, &profiles, &count, diag)))
		return e;
	for (size_t i = 0; i < count; i++)
		show(&profiles[i], str_eq(profiles[i].name, current));
	if (!count)
		(void)fputs("authgate: no profiles; authgate profile add NAME --issuer URL "
			    "--client-id ID makes one.\n",
			stderr);
	return OK;
}

/* The first one made is the one in use. */
static enum err
add(struct arena *arena, const struct profile *profile, struct diag *diag)
{
	enum err e;

	if (str_empty(profile->issuer) || str_empty(profile->client_id))
		return diag_set(diag, ERR_CONFIG, "a profile needs --issuer and --client-id");
	if ((e = client_profile_save(arena, profile, diag)))
		return e;
	return str_empty(client_profile_current(arena))
		       ? client_profile_use(arena, profile->name, diag)
		       : OK;
}

static enum err
show_one(struct arena *arena, struct str name, struct diag *diag)
{
	struct profile profile;
	enum err e;

	if ((e = client_profile_load(arena, str_c(arena, name), &profile, diag)))
		return e;
	if (str_empty(profile.name))
		return diag_set(diag, ERR_NO_ROW, "no profile is in use");
	show(&profile, str_eq(profile.name, client_profile_current(arena)));
	return OK;
}

static int
do_verb(struct arena *arena, const char *verb, const struct profile *given)
{
	bool named = !str_empty(given->name);
	struct diag diag = {{0}};
	enum err e;

	if (strcmp(verb, "list") == 0 && !named)
		e = list(arena, &diag);
	else if (strcmp(verb, "add") == 0 && named)
		e = add(arena, given, &diag);
	else if (strcmp(verb, "use") == 0 && named)
		e = client_profile_use(arena, given->name, &diag);
	else if (strcmp(verb, "remove") == 0 && named)
		e = client_profile_remove(arena, given->name, &diag);
	else if (strcmp(verb, "show") == 0)
		e = show_one(arena, given->name, &diag);
	else
		return command_usage("profile");
	return e ? stored_fail(e, &diag) : EXIT_SUCCESS;
}

int
cmd_profile(int argc, char **argv)
{
	struct profile given = {0};
	struct arena arena = {0};
	int option, status;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(&arena, &given, option))
			return command_usage("profile");
	if (optind == argc || argc - optind > 2)
		return command_usage("profile");
	given.name = str_of(argv[optind + 1]);
	status = do_verb(&arena, argv[optind], &given);
	arena_free(&arena);
	return status;
}
