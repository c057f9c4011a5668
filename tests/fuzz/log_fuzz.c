/* Whatever is logged is one line under 4096 bytes without control characters,
 * and as JSON an object that holds the text, or says that it was cut. */
#include "lib/base/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input again and again until it is as long as its first bytes say, so
 * that short inputs reach the end of the line too. */
static struct str
stretch(struct str s, char *out, size_t max)
{
	size_t n = s.n > 1 ? ((size_t)(uint8_t)s.p[0] << 8 | (uint8_t)s.p[1]) % max : 0;

	for (size_t i = 0; i < n; i++)
		out[i] = s.p[i % s.n];
	return (struct str){out, n};
}

static void
check_json(const char *line, struct str value)
{
	json_t *doc = json_loads(line, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	const json_t *k = json_object_get(doc, "k");
	struct str got = {json_string_value(k), json_string_length(k)};

	if (!doc)
		abort();
	if (!json_is_true(json_object_get(doc, "truncated")) &&
		(!json_is_integer(json_object_get(doc, "i")) ||
			(str_is_utf8(value) && !str_eq(got, value))))
		abort();
	json_decref(doc);
}

static void
check(int fd, enum log_format format, struct str value, struct str other)
{
	char line[8192];
	ssize_t n;

	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
		abort();
	log_setup(format, LOG_INFO, fd);
	log_info("m", log_str("k", value), log_i64("i", -12), log_str("o", other));
	n = pread(fd, line, sizeof line - 1, 0);
	if (n < 1 || n > 4096 || line[n - 1] != '\n')
		abort();
	line[n] = '\0';
	for (ssize_t i = 0; i < n - 1; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			abort();
	if (strstr(line, "\xe2\x80\xa8") || strstr(line, "\xe2\x80\xae") ||
		strstr(line, "\xc2\x85") || !str_is_utf8(str_of(line)))
		abort();
	if (format == LOG_JSON)
		check_json(line, value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char room[5000];
	static int fd = -1;
	struct str s = {(const char *)data, size}, tail = str_from(s, size / 2);

	if (fd < 0)
		fd = memfd_create("log", 0);
	for (size_t format = LOG_LOGFMT; format <= LOG_JSON; format++) {
		check(fd, (enum log_format)format, s, tail);
		check(fd, (enum log_format)format, stretch(s, room, sizeof room), tail);
	}
	return 0;
}
