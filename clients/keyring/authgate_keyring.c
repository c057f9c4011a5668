/*
 * authgate-keyring: keeps secrets in the desktop's keyring through libsecret, for
 * authgate, which does not link glib.  A program of its own, and optional.
 *
 *	authgate-keyring get|store|erase
 *
 * Standard input: the key on the first line, a label for people on the second, and
 * for store the secret up to the end.  Standard output: the secret, for get.  Nothing
 * secret is ever an argument.  Exit status: 0 done, 1 no such key, 2 no keyring here.
 */
#include <libsecret/secret.h>
#include <stdio.h>
#include <string.h>

enum { INPUT_MAX = 512 * 1024, STATUS_ABSENT = 1, STATUS_UNAVAILABLE = 2 };

static const SecretSchema schema = {
	.name = "de.authgate.SignIn",
	.flags = SECRET_SCHEMA_NONE,
	.attributes = {{"key", SECRET_SCHEMA_ATTRIBUTE_STRING}, {NULL, 0}},
};

static int
fail(GError *error)
{
	(void)fprintf(stderr, "authgate-keyring: %s\n", error->message);
	g_error_free(error);
	return STATUS_UNAVAILABLE;
}

static int
get(const char *key)
{
	GError *error = NULL;
	gchar *secret = secret_password_lookup_sync(&schema, NULL, &error, "key", key, NULL);

	if (error)
		return fail(error);
	if (!secret)
		return STATUS_ABSENT;
	(void)fputs(secret, stdout);
	secret_password_free(secret);
	return fflush(stdout) ? STATUS_UNAVAILABLE : 0;
}

static int
store(const char *key, const char *label, const char *secret)
{
	GError *error = NULL;

	(void)secret_password_store_sync(
		&schema, SECRET_COLLECTION_DEFAULT, label, secret, NULL, &error, "key", key, NULL);
	return error ? fail(error) : 0;
}

static int
erase(const char *key)
{
	GError *error = NULL;
	gboolean erased = secret_password_clear_sync(&schema, NULL, &error, "key", key, NULL);

	if (error)
		return fail(error);
	return erased ? 0 : STATUS_ABSENT;
}

/* Ends the line at *at and moves behind it. */
static char *
take_line(char **at)
{
	char *line = *at;
	size_t n = strcspn(line, "\n");

	*at = line + n + (line[n] ? 1 : 0);
	line[n] = '\0';
	return line;
}

int
main(int argc, char **argv)
{
	static char input[INPUT_MAX];
	char *at = input;
	const char *key, *label;

	input[fread(input, 1, sizeof input - 1, stdin)] = '\0';
	key = take_line(&at);
	label = take_line(&at);
	if (argc != 2 || !key[0]) {
		(void)fputs("usage: authgate-keyring get|store|erase < INPUT\n", stderr);
		return STATUS_UNAVAILABLE;
	}
	if (strcmp(argv[1], "get") == 0)
		return get(key);
	if (strcmp(argv[1], "store") == 0)
		return store(key, label, at);
	return strcmp(argv[1], "erase") == 0 ? erase(key) : STATUS_UNAVAILABLE;
}
