/* authgate completion: scripts for shells, made from the table of commands: its
 * names, and the options and actions that its synopses show. */
#include "cmd/command.h"

#include "lib/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_MAX = 64 * 1024 };

/* Calls with each "--option" of the synopsis, and each word that stands for itself:
 * placeholders have other characters than these. */
static void
each_word(const struct command *c, void (*take)(struct buf *, const struct command *, struct str),
	struct buf *out)
{
	static const char separators[] = " []|";
	const char *at = c->synopsis;

	while (*(at += strspn(at, separators))) {
		size_t n = strcspn(at, separators);

		if (strspn(at, "abcdefghijklmnopqrstuvwxyz-") == n && (n != 2 || at[0] != '-'))
			take(out, c, (struct str){at, n});
		at += n;
	}
}

static void
add_word(struct buf *out, const struct command *c, struct str word)
{
	(void)c;
	buf_add_char(out, ' ');
	buf_add(out, word);
}

static void
add_names(struct buf *out)
{
	for (size_t i = 0; i < commands_count; i++)
		buf_add_printf(out, "%s%s", i ? " " : "", commands[i].name);
}

static void
write_bash(struct buf *out)
{
	buf_add_c(out, "_authgate() {\n\tlocal words=\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
		       "\t\twords='");
	add_names(out);
	buf_add_c(out, "'\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < commands_count; i++) {
		buf_add_printf(out, "\t\t%s) words='", commands[i].name);
		each_word(&commands[i], add_word, out);
		buf_add_c(out, "' ;;\n");
	}
	buf_add_c(out, "\t\tesac\n\tfi\n"
		       "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
		       "\"${COMP_WORDS[COMP_CWORD]}\")\n}\n"
		       "complete -o default -F _authgate authgate\n");
}

static void
write_zsh(struct buf *out)
{
	buf_add_c(out, "#compdef authgate\n_authgate() {\n\tif (( CURRENT == 2 )); then\n"
		       "\t\tlocal -a commands=(\n");
	for (size_t i = 0; i < commands_count; i++)
		buf_add_printf(out, "\t\t\t'%s:%s'\n", commands[i].name, commands[i].help);
	buf_add_c(out, "\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n"
		       "\tcase $words[2] in\n");
	for (size_t i = 0; i < commands_count; i++) {
		buf_add_printf(out, "\t%s) compadd -- ", commands[i].name);
		each_word(&commands[i], add_word, out);
		buf_add_c(out, " ;;\n");
	}
	buf_add_c(out, "\tesac\n\t_files\n}\ncompdef _authgate authgate\n");
}

static void
add_fish_word(struct buf *out, const struct command *c, struct str word)
{
	bool option = str_starts(word, STR("--"));
	struct str name = option ? str_from(word, 2) : word;

	buf_add_printf(out, "complete -c authgate -n '__fish_seen_subcommand_from %s' -%c %.*s\n",
		c->name, option ? 'l' : 'a', STR_ARG(name));
}

static void
write_fish(struct buf *out)
{
	for (size_t i = 0; i < commands_count; i++) {
		buf_add_printf(out,
			"complete -c authgate -n __fish_use_subcommand -f -a %s -d '%s'\n",
			commands[i].name, commands[i].help);
		each_word(&commands[i], add_fish_word, out);
	}
}

static const struct {
	const char *name;
	void (*write)(struct buf *);
} shells[] = {
	{"bash", write_bash},
	{"zsh", write_zsh},
	{"fish", write_fish},
};

int
cmd_completion(int argc, char **argv)
{
	struct arena arena = {0};
	struct buf out;
	int status = EXIT_USAGE;

	buf_init(&out, &arena, SCRIPT_MAX);
	for (size_t i = 0; argc == 2 && i < countof(shells); i++)
		if (strcmp(argv[1], shells[i].name) == 0) {
			shells[i].write(&out);
			status = buf_ok(&out) && fwrite(out.p, 1, out.n, stdout) == out.n
					 ? EXIT_SUCCESS
					 : EXIT_FAILURE;
		}
	arena_free(&arena);
	return status == EXIT_USAGE ? command_usage("completion") : status;
}
