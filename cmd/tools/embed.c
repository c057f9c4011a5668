/*
 * embed: compiles files into the program.  `embed NAME out.h out.c files...`
 * makes an array NAME of struct embedded_file and its NAME_count, in the order
 * given.  The output depends on the names and bytes of the files only.
 */
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE (16UL << 20)

static _Noreturn void
die(const char *path, const char *what)
{
	(void)fprintf(stderr, "embed: %s: %s\n", path, what);
	exit(1);
}

static FILE *
open_or_die(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (!f)
		die(path, strerror(errno));
	return f;
}

static unsigned char *
read_file(const char *path, size_t *ret_size)
{
	FILE *f = open_or_die(path, "rb");
	unsigned char *bytes = malloc(MAX_FILE + 1);

	if (!bytes)
		die(path, "no memory");
	*ret_size = fread(bytes, 1, MAX_FILE + 1, f);
	if (ferror(f))
		die(path, "cannot be read");
	if (*ret_size > MAX_FILE)
		die(path, "is larger than 16 MiB");
	(void)fclose(f);
	return bytes;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void
write_bytes(FILE *out, const char *array, int index, const char *path)
{
	size_t size;
	unsigned char *bytes = read_file(path, &size);
	unsigned char hash[SHA256_DIGEST_LENGTH];

	(void)fprintf(out, "\nstatic const unsigned char %s_%d[] = {", array, index);
	for (size_t i = 0; i < size; i++)
		(void)fprintf(out, "%s%u,", i % 20 ? "" : "\n\t", bytes[i]);
	(void)fprintf(out, "\n\t0};\n#define %s_%d_SHA256 \"", array, index);
	(void)SHA256(bytes, size, hash);
	for (size_t i = 0; i < sizeof hash; i++)
		(void)fprintf(out, "%02x", hash[i]);
	(void)fprintf(out, "\"\n");
	free(bytes);
}

static void
write_source(FILE *out, const char *array, const char *header, int count, char *files[])
{
	(void)fprintf(out, "/* Made by cmd/tools/embed.c. */\n#include \"%s\"\n", header);
	for (int i = 0; i < count; i++)
		write_bytes(out, array, i, files[i]);
	(void)fprintf(out, "\nconst struct embedded_file %s[] = {\n", array);
	for (int i = 0; i < count; i++)
		(void)fprintf(out, "\t{\"%s\", %s_%d, sizeof %s_%d - 1, %s_%d_SHA256},\n",
			base_name(files[i]), array, i, array, i, array, i);
	if (!count)
		(void)fprintf(out, "\t{0},\n");
	(void)fprintf(out, "};\n\nconst size_t %s_count = %d;\n", array, count);
}

int
main(int argc, char *argv[])
{
	FILE *out;

	if (argc < 4)
		die("usage", "embed NAME out.h out.c [files...]");
	for (int i = 4; i < argc; i++)
		if (strpbrk(argv[i], "\"\\\n"))
			die(argv[i], "has a quote, backslash or newline in its name");
	out = open_or_die(argv[2], "w");
	(void)fprintf(out,
		"/* Made by cmd/tools/embed.c. */\n#pragma once\n\n#include "
		"\"lib/base/embedded.h\"\n\n"
		"extern const struct embedded_file %s[];\nextern const size_t %s_count;\n",
		argv[1], argv[1]);
	if (fclose(out))
		die(argv[2], strerror(errno));
	out = open_or_die(argv[3], "w");
	write_source(out, argv[1], base_name(argv[2]), argc - 4, argv + 4);
	if (fclose(out))
		die(argv[3], strerror(errno));
	return 0;
}
