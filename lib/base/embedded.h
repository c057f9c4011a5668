/*
 * Files compiled into the program by cmd/tools/embed.c: migrations and the
 * pages' style sheet.  `name` is the file's name without directories.
 */
#ifndef LIB_BASE_EMBEDDED_H
#define LIB_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *name;
	const unsigned char *bytes; /* a NUL follows */
	size_t size;
	const char *sha256; /* lower-case hex */
};

#endif
