/* Reading files, names and literals. */
#include "cmd/tools/tplc.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noreturn, format(printf, 3, 4))) void
die(const char *path, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", path, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

char *
read_all(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	char *text = NULL;
	long n;

	if (!f || fseek(f, 0, SEEK_END) || (n = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		die(path, 0, "%s", strerror(errno));
	text = calloc(1, (size_t)n + 1);
	if (!text || fread(text, 1, (size_t)n, f) != (size_t)n)
		die(path, 0, "cannot read");
	fclose(f);
	if (strlen(text) != (size_t)n)
		die(path, 0, "contains a NUL byte");
	*ret_n = (size_t)n;
	return text;
}

void
base_name(char out[NAME_SIZE], const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dot;

	snprintf(out, NAME_SIZE, "%s", slash ? slash + 1 : path);
	if ((dot = strchr(out, '.')))
		*dot = '\0';
}

bool
is_name(const char *s, const char *more)
{
	const char *p = s;

	while (islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '_' ||
		(*p && strchr(more, *p)))
		p++;
	return p > s && !*p && islower((unsigned char)*s);
}

char *
trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	for (n = strlen(s); n && strchr(" \t\r", s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

/* C source for the bytes; '?' too, because of trigraphs. */
void
put_bytes(FILE *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char u = (unsigned char)s[i];

		if (u == '\n')
			fputs("\\n", out);
		else if (u < 0x20 || u >= 0x7f || strchr("\"\\?", u))
			fprintf(out, "\\%03o", u);
		else
			fputc(u, out);
	}
}
