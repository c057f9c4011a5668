/*
 * authgate completion: scripts for shells, made from the table of commands and lib/ops.
 *
 * Each script holds the same data: for each place in a command line ("login", "admin client
 * create") the words that may come next, and the options.  "--flow=auto,browser" takes one of
 * these, "--config=:files" a file, "--profile=:profiles" the name of a profile, "--name=:"
 * something else, "--json" nothing.  What walks along the line is a few lines for each shell.
 */
#include "cmd/admin.h"
#include "cmd/command.h"

#include <stdlib.h>
#include <string.h>

enum { SCRIPT_MAX = 256 * 1024, LIST_MAX = 16 * 1024, FLAG_MAX = 64 };

struct place {
	const char *path;
	struct buf words;
	struct buf options;
};

/* Writes one place as the shell wants it. */
typedef void place_writer(struct buf *out, const struct place *);

static void
add(struct buf *list, struct str word)
{
	if (list->n)
		buf_add_char(list, ' ');
	buf_add(list, word);
}

static void
begin(struct place *p, struct arena *arena, const char *path)
{
	p->path = path;
	buf_init(&p->words, arena, LIST_MAX);
	buf_init(&p->options, arena, LIST_MAX);
}

/* ---- from a synopsis ---- */

static bool
is_word(struct str token)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz-";
	size_t n = 0;

	while (n < token.n && strchr(characters, token.p[n]))
		n++;
	return token.n && n == token.n && token.p[0] != '-';
}

static struct str
choices_of(struct arena *arena, struct str token)
{
	struct buf out;

	buf_init(&out, arena, LIST_MAX);
	while (token.n) {
		struct str word = str_cut(&token, '|');

		if (!is_word(word))
			return STR(":");
		if (out.n)
			buf_add_char(&out, ',');
		buf_add(&out, word);
	}
	return buf_str(&out);
}

static struct str
value_of(struct arena *arena, struct str option, struct str token)
{
	if (str_is(token, "FILE") || str_is(token, "PATH"))
		return STR(":files");
	if (str_is(option, "--profile"))
		return STR(":profiles");
	return str_has_char(token, '|') ? choices_of(arena, token) : STR(":");
}

/* Of "[--flow auto|browser] FILE": the next token, up to a blank or a bracket. */
static struct str
next_token(const char **at)
{
	const char *begin;
	size_t n;

	*at += strspn(*at, " []|.");
	begin = *at;
	n = strcspn(begin, " []");
	*at += n;
	return (struct str){begin, n};
}

static void
read_synopsis(struct place *p, struct arena *arena, const char *synopsis)
{
	const char *at = synopsis;
	struct str token;

	while ((token = next_token(&at)).n) {
		if (str_starts(token, STR("--"))) {
			bool takes_value =
				at[0] == ' ' && at[1] && !strchr("[-|", at[1]) && token.n > 2;

			if (token.n == 2)
				return;
			add(&p->options, token);
			if (takes_value) {
				buf_add_char(&p->options, '=');
				buf_add(&p->options, value_of(arena, token, next_token(&at)));
			}
			continue;
		}
		if (str_is(token, "FILE"))
			add(&p->words, STR(":files"));
		while (token.n) {
			struct str word = str_cut(&token, '|');

			if (is_word(word))
				add(&p->words, word);
		}
	}
}

/* ---- from lib/ops ---- */

static void
add_option(struct place *p, const struct op *op, const struct op_field *f)
{
	static const char *const files[] = {"socket", "config", "anchor", "ca-file"};
	char flag[FLAG_MAX];
	bool is_file = false;

	(void)op_flag(f, flag);
	buf_add_printf(&p->options, "%s--%s", p->options.n ? " " : "", flag);
	for (size_t i = 0; i < countof(files); i++)
		is_file = is_file || !strcmp(flag, files[i]);
	if (f->choices) {
		const char *separator = "=";

		STR_EACH (word, str_of(f->choices)) {
			buf_add_printf(&p->options, "%s%.*s", separator, STR_ARG(word));
			separator = ",";
		}
	} else if (f->kind != OP_FLAG && f->kind != OP_SECRET) {
		buf_add_c(&p->options, is_file ? "=:files" : "=:");
	}
	if (admin_option_has_no(op, f))
		buf_add_printf(&p->options, " --no-%s", flag);
}

static void
read_options(struct place *p, const struct op *op)
{
	const struct op_field *field;
	bool is_common;

	for (size_t i = 0; (field = admin_option(op, i, &is_common)); i++)
		add_option(p, op, field);
}

static void
write_admin(struct buf *out, struct arena *arena, place_writer *write)
{
	struct place p;

	begin(&p, arena, "admin");
	for (size_t i = 0; i < RESOURCE_COUNT; i++)
		if (resources[i].noun)
			add(&p.words, str_of(resources[i].noun));
	add(&p.words, STR("backup"));
	read_options(&p, NULL);
	write(out, &p);
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		if (!resources[i].noun)
			continue;
		begin(&p, arena, arena_printf(arena, "admin %s", resources[i].noun));
		for (size_t k = 0; k < OP_COUNT; k++)
			if (ops[k].resource == resources[i].id)
				add(&p.words, str_of(ops[k].verb));
		read_options(&p, NULL);
		write(out, &p);
	}
	for (size_t i = 0; i < OP_COUNT; i++) {
		begin(&p, arena,
			arena_printf(arena, "admin %s %s", resources[ops[i].resource].noun,
				ops[i].verb));
		read_options(&p, &ops[i]);
		write(out, &p);
	}
	begin(&p, arena, "admin backup");
	read_synopsis(&p, arena, command_find("backup")->synopsis);
	write(out, &p);
}

static void
write_places(struct buf *out, place_writer *write)
{
	struct arena *arena = out->arena;
	struct place p;

	begin(&p, arena, "");
	for (size_t i = 0; i < commands_count; i++)
		add(&p.words, str_of(commands[i].name));
	write(out, &p);
	p.path = "help";
	write(out, &p);
	for (size_t i = 0; i < commands_count; i++) {
		if (commands[i].explains || !strcmp(commands[i].name, "help"))
			continue;
		begin(&p, arena, commands[i].name);
		read_synopsis(&p, arena, commands[i].synopsis);
		write(out, &p);
	}
	write_admin(out, arena, write);
}

/* ---- shells ---- */

static void
write_case(struct buf *out, const struct place *p)
{
	buf_add_printf(out, "\t'%s') ag_words='%.*s' ag_options='%.*s' ;;\n", p->path,
		STR_ARG(buf_str(&p->words)), STR_ARG(buf_str(&p->options)));
}

/* False for a place that is none, and nothing is changed. */
static void
write_data(struct buf *out)
{
	buf_add_c(out, "_authgate_of() {\n\tcase $1 in\n");
	write_places(out, write_case);
	buf_add_c(out, "\t*) return 1 ;;\n\tesac\n}\n");
}

static const char profiles[] =
	"_authgate_profiles() {\n"
	"\tcommand \"$1\" profile list 2>/dev/null | sed -n 's/^[* ] \\([^ ]*\\)$/\\1/p'\n"
	"}\n";

/* Bash splits words at '=' too. */
static void
write_bash(struct buf *out)
{
	write_data(out);
	buf_add_c(out, profiles);
	buf_add_c(out, "_authgate() {\n"
		       "\tlocal ag_words= ag_options= ag_path= value= word option list= i\n"
		       "\tlocal current=${COMP_WORDS[COMP_CWORD]}\n"
		       "\t_authgate_of ''\n"
		       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		       "\t\tword=${COMP_WORDS[i]}\n"
		       "\t\t[ \"$word\" = '=' ] && continue\n"
		       "\t\tif [ -n \"$value\" ]; then value=; continue; fi\n"
		       "\t\tcase $word in\n"
		       "\t\t-*) for option in $ag_options; do\n"
		       "\t\t\tcase $option in \"$word\"=*) value=${option#*=} ;; esac\n"
		       "\t\tdone ;;\n"
		       "\t\t*) _authgate_of \"${ag_path:+$ag_path }$word\" &&\n"
		       "\t\t\tag_path=${ag_path:+$ag_path }$word ;;\n"
		       "\t\tesac\n"
		       "\tdone\n"
		       "\t[ \"$current\" = '=' ] && current=\n"
		       "\tcase $value in\n"
		       "\t'') case $current in\n"
		       "\t\t-*) for option in $ag_options; do list+=\"${option%%=*} \"; done ;;\n"
		       "\t\t*) list=$ag_words ;;\n"
		       "\t\tesac\n"
		       "\t\t[ -n \"$list$current\" ] || for option in $ag_options; do\n"
		       "\t\t\tlist+=\"${option%%=*} \"\n"
		       "\t\tdone ;;\n"
		       "\t:profiles) list=$(_authgate_profiles \"${COMP_WORDS[0]}\") ;;\n"
		       "\t*) list=${value//,/ } ;;\n"
		       "\tesac\n"
		       "\tCOMPREPLY=()\n"
		       "\tcase \" $list \" in\n"
		       "\t*' : '*) return ;;\n"
		       "\t*' :files '*) mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;\n"
		       "\tesac\n"
		       "\tlist=${list//:files/}\n"
		       "\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W \"$list\" -- "
		       "\"$current\")\n"
		       "}\n"
		       "complete -o filenames -F _authgate authgate\n");
}

static void
write_zsh(struct buf *out)
{
	buf_add_c(out, "#compdef authgate\n");
	write_data(out);
	buf_add_c(out, profiles);
	buf_add_c(out, "_authgate() {\n"
		       "\tsetopt localoptions shwordsplit\n"
		       "\tlocal ag_words= ag_options= ag_path= value= word option list= i\n"
		       "\tlocal current=$words[CURRENT]\n"
		       "\t_authgate_of ''\n"
		       "\tfor ((i = 2; i < CURRENT; i++)); do\n"
		       "\t\tword=$words[i]\n"
		       "\t\tif [ -n \"$value\" ]; then value=; continue; fi\n"
		       "\t\tcase $word in\n"
		       "\t\t-*) for option in $ag_options; do\n"
		       "\t\t\tcase $option in \"$word\"=*) value=${option#*=} ;; esac\n"
		       "\t\tdone ;;\n"
		       "\t\t*) _authgate_of \"${ag_path:+$ag_path }$word\" &&\n"
		       "\t\t\tag_path=${ag_path:+$ag_path }$word ;;\n"
		       "\t\tesac\n"
		       "\tdone\n"
		       "\tcase $value in\n"
		       "\t'') case $current in\n"
		       "\t\t-*) for option in $ag_options; do list+=\"${option%%=*} \"; done ;;\n"
		       "\t\t*) list=$ag_words ;;\n"
		       "\t\tesac\n"
		       "\t\t[ -n \"$list$current\" ] || for option in $ag_options; do\n"
		       "\t\t\tlist+=\"${option%%=*} \"\n"
		       "\t\tdone ;;\n"
		       "\t:profiles) list=$(_authgate_profiles \"$words[1]\") ;;\n"
		       "\t*) list=${value//,/ } ;;\n"
		       "\tesac\n"
		       "\tcase \" $list \" in\n"
		       "\t*' : '*) return ;;\n"
		       "\t*' :files '*) _files ;;\n"
		       "\tesac\n"
		       "\tlist=${list//:files/}\n"
		       "\tcompadd -- $list\n"
		       "}\n"
		       "if [ \"$funcstack[1]\" = _authgate ]; then _authgate \"$@\"; else compdef "
		       "_authgate authgate; fi\n");
}

static void
write_fish_case(struct buf *out, const struct place *p)
{
	buf_add_printf(out,
		"\tcase '%s'\n\t\tset -g __authgate_words %.*s\n"
		"\t\tset -g __authgate_options %.*s\n",
		p->path, STR_ARG(buf_str(&p->words)), STR_ARG(buf_str(&p->options)));
}

static void
write_fish(struct buf *out)
{
	buf_add_c(out, "function __authgate_of\n\tswitch \"$argv[1]\"\n");
	write_places(out, write_fish_case);
	buf_add_c(out,
		"\tcase '*'\n\t\treturn 1\n\tend\n\treturn 0\nend\n"
		"function __authgate_complete\n"
		"\tset -l words (commandline -opc)\n"
		"\tset -l current (commandline -ct)\n"
		"\tset -l at ''\n"
		"\tset -l value ''\n"
		"\t__authgate_of ''\n"
		"\tfor word in $words[2..-1]\n"
		"\t\tif test -n \"$value\"\n"
		"\t\t\tset value ''\n"
		"\t\t\tcontinue\n"
		"\t\tend\n"
		"\t\tif string match -q -- '-*' $word\n"
		"\t\t\tfor option in $__authgate_options\n"
		"\t\t\t\tset -l parts (string split -m1 = -- $option)\n"
		"\t\t\t\ttest \"$parts[1]\" = \"$word\"; and set value \"$parts[2]\"\n"
		"\t\t\tend\n"
		"\t\telse if __authgate_of (string trim \"$at $word\")\n"
		"\t\t\tset at (string trim \"$at $word\")\n"
		"\t\tend\n"
		"\tend\n"
		"\tset -l list $__authgate_words\n"
		"\tif test \"$value\" = :profiles\n"
		"\t\tset list (command $words[1] profile list 2>/dev/null | string replace -rf "
		"'^[* ] (\\S+)$' '$1')\n"
		"\telse if test -n \"$value\"\n"
		"\t\tset list (string split , -- $value)\n"
		"\telse if string match -q -- '-*' $current; or test -z \"$list$current\"\n"
		"\t\tset list (string replace -r '=.*' '' -- $__authgate_options)\n"
		"\tend\n"
		"\tcontains -- :files $list; and __fish_complete_path $current\n"
		"\tstring match -v -- ':*' $list\n"
		"end\n"
		"complete -c authgate -f -a '(__authgate_complete)'\n");
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
