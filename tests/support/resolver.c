/*
 * Preloaded by stories: names that end in ".test" have the addresses that the file says
 * whose name is in RESOLVER, in lines of "name address address ...". The file is read at
 * each look-up, so that a name can lead elsewhere the next time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int resolver(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static int
add(resolver *real, const char *address, const char *port, const struct addrinfo *hints,
	struct addrinfo **list)
{
	struct addrinfo *one = NULL, **end = list;
	int error = real(address, port, hints, &one);

	while (*end)
		end = &(*end)->ai_next;
	if (!error)
		*end = one;
	return error;
}

int
getaddrinfo(
	const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **list)
{
	resolver *real = (resolver *)dlsym(RTLD_NEXT, "getaddrinfo");
	const char *path = getenv("RESOLVER");
	size_t n = name ? strlen(name) : 0;
	char line[512], *word, *rest;
	FILE *file;

	if (!path || n < 5 || strcmp(name + n - 5, ".test") != 0 || !(file = fopen(path, "re")))
		return real(name, port, hints, list);
	*list = NULL;
	while (fgets(line, sizeof line, file)) {
		word = strtok_r(line, " \n", &rest);
		if (!word || strcmp(word, name) != 0)
			continue;
		while ((word = strtok_r(NULL, " \n", &rest)))
			(void)add(real, word, port, hints, list);
	}
	(void)fclose(file);
	return *list ? 0 : EAI_NONAME;
}
