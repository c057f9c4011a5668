/* What the files of the template compiler share; cmd/tools/tplc.c says what it does. */
#ifndef CMD_TOOLS_TPLC_H
#define CMD_TOOLS_TPLC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { FILES_MAX = 128, MESSAGES_MAX = 1024, LANGUAGES_MAX = 32, DEPTH_MAX = 16, NAME_SIZE = 128 };
/* C compilers need not take string literals of more than 4095 characters. */
enum { LITERAL_MAX = 3000 };

struct file {
	const char *path;
	char name[NAME_SIZE]; /* without directories and .html */
	char *text;
	size_t n;
};

struct message {
	char key[NAME_SIZE];
	char *text[LANGUAGES_MAX];
	bool used;
};

/* Where in HTML the next byte stands. */
enum place {
	TEXT,
	TAG_OPEN, /* behind '<' */
	TAG_NAME,
	IN_TAG,
	ATTR_NAME,
	ATTR_EQUALS, /* behind '=' */
	VALUE,
};

struct html {
	enum place place;
	char quote;
	char second; /* the one behind it */
	char first;  /* constant byte of the value, '\0' before there is one */
	char tag[32];
	char attr[32];
};

enum block_kind { BLOCK_IF, BLOCK_EACH };

struct block {
	enum block_kind kind;
	bool has_else;
	struct html before;
	char prefix[NAME_SIZE * 2]; /* of fields, as it was outside */
};

/* The inputs: read once, before the first page is compiled. */
struct inputs {
	struct file pages[FILES_MAX];
	size_t page_count;
	char languages[LANGUAGES_MAX][NAME_SIZE];
	size_t language_count;
	struct message messages[MESSAGES_MAX];
	size_t message_count;
};

/* One page being compiled, and the place in its sources. */
struct compiler {
	struct inputs *in;
	FILE *out;
	const struct file *page;
	const struct file *file;
	int line;
	struct html html;
	struct block blocks[DEPTH_MAX];
	int depth;
	int nesting; /* of partials and layout */
	char prefix[NAME_SIZE * 2];
	char literal[LITERAL_MAX];
	size_t literal_n;
};

/* Says path:line: and why, and exits with status 1. */
__attribute__((noreturn, format(printf, 3, 4))) void die(
	const char *path, int line, const char *format, ...);
char *read_all(const char *path, size_t *ret_n);
void base_name(char out[NAME_SIZE], const char *path);
/* Removes the spaces on both ends, in place. */
char *trim(char *);
/* Lower-case letters, digits, '_' and the characters in more; a letter first. */
bool is_name(const char *s, const char *more);
/* Writes bytes as the inside of a C string literal. */
void put_bytes(FILE *, const char *, size_t n);

/* tplc_html.c: follows one constant byte, and refuses what is dangerous. */
void follow(struct compiler *, char);
/* Blocks and pages must leave HTML as they found it. */
void check_same_place(const struct compiler *, const struct html *before, const char *what);
/* The macro of server/pages/html.h for a value that stands here. */
const char *escape_for(const struct compiler *);
/* What stands before and behind a value in a sentence that stands here. */
const char *isolate_for(const struct compiler *, bool before);

/* tplc_messages.c */
void read_messages(struct inputs *, const char *path);
struct message *find_message(struct inputs *, const char *key);
/* Whether the sentence has a {}. */
bool has_value(const char *text);
/* The part of a C identifier that stands for a key. */
void identifier(char out[NAME_SIZE], const char *key);
void put_messages(const struct inputs *, FILE *);
/* Writes `struct str function(enum language, struct str name)` for the keys prefix.NAME. */
void put_lookup(struct inputs *, FILE *, const char *prefix, const char *function);
/* The keys say.NAME as enum say, and the function page_say that knows their text. */
void put_say_names(const struct inputs *, FILE *);
void put_say(struct inputs *, FILE *);
/* "LANGUAGE_ZH_TW" for messages/zh-TW. */
void put_language(const struct inputs *, size_t language, FILE *);
/* Dies if a language lacks a sentence. */
void check_complete(const struct inputs *);
void check_messages_used(const struct inputs *);

#endif
