/*
 * yaml2json: a YAML document as JSON, for docs/openapi.yaml.  `yaml2json IN OUT`.  Plain scalars
 * are what the JSON schema of YAML 1.2 says: null, booleans, numbers; everything else is text.
 * Anchors and tags are not understood, and there are none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static _Noreturn void
die(const char *what)
{
	(void)fprintf(stderr, "yaml2json: %s\n", what);
	exit(1);
}

static void
put_text(FILE *out, const char *p, size_t n)
{
	fputc('"', out);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '"' || c == '\\')
			(void)fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == '<' || c == '>' || c == '&')
			(void)fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static int
is_number(const char *text)
{
	char *end;

	if (!*text || !strchr("-0123456789", *text))
		return 0;
	(void)strtod(text, &end);
	return !*end;
}

static void
put_scalar(FILE *out, const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	int is_plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	if (is_plain && (!strcmp(text, "true") || !strcmp(text, "false") || !strcmp(text, "null") ||
				is_number(text)))
		fputs(text, out);
	else
		put_text(out, text, node->data.scalar.length);
}

static void put_node(FILE *, yaml_document_t *, int id);

static void
put_map(FILE *out, yaml_document_t *document, const yaml_node_t *node)
{
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;

	fputc('{', out);
	for (; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(document, pair->key);

		if (pair != node->data.mapping.pairs.start)
			fputc(',', out);
		put_text(out, (const char *)key->data.scalar.value, key->data.scalar.length);
		fputc(':', out);
		put_node(out, document, pair->value);
	}
	fputc('}', out);
}

static void
put_list(FILE *out, yaml_document_t *document, const yaml_node_t *node)
{
	const yaml_node_item_t *item = node->data.sequence.items.start;

	fputc('[', out);
	for (; item < node->data.sequence.items.top; item++) {
		if (item != node->data.sequence.items.start)
			fputc(',', out);
		put_node(out, document, *item);
	}
	fputc(']', out);
}

static void
put_node(FILE *out, yaml_document_t *document, int id)
{
	const yaml_node_t *node = yaml_document_get_node(document, id);

	if (!node)
		die("a node is missing");
	if (node->type == YAML_MAPPING_NODE)
		put_map(out, document, node);
	else if (node->type == YAML_SEQUENCE_NODE)
		put_list(out, document, node);
	else
		put_scalar(out, node);
}

int
main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL, *out = in ? fopen(argv[2], "w") : NULL;
	yaml_document_t document;
	yaml_parser_t parser;

	if (!out || !yaml_parser_initialize(&parser))
		die("usage: yaml2json IN OUT");
	yaml_parser_set_input_file(&parser, in);
	if (!yaml_parser_load(&parser, &document) || !yaml_document_get_root_node(&document))
		die(parser.problem ? parser.problem : "no document");
	put_node(out, &document, 1);
	fputc('\n', out);
	if (fclose(out))
		die("cannot write");
	yaml_document_delete(&document);
	yaml_parser_delete(&parser);
	(void)fclose(in);
	return 0;
}
