/*
 * A dialog that asks for what an operation takes: fields, the name of what cannot be brought back,
 * and two buttons.
 *
 * A question is a form whose first focus is Cancel.  What is typed is checked as far as lib/ops
 * says what may be said; the rest is the server's, whose words appear beside the field that they
 * name.
 */
#ifndef ADMIN_TUI_FORM_H
#define ADMIN_TUI_FORM_H

#include "admin-tui/dialog.h"

enum { TUI_FORM_FIELDS = 32 };

struct tui_field {
	const struct op_field *field;
	struct tui_line line; /* a flag is "true" or "false" */
	struct str before;    /* what it was; in the form's arena */
	char problem[160];    /* what is wrong with it, or what somebody else made of it */
};

struct tui_form {
	struct tui_dialog dialog;
	struct arena arena;
	const struct op *op;
	struct str title, question, consequence;
	struct str name; /* to be typed; empty: nothing is */
	struct tui_line typed;
	struct tui_field *fields;
	size_t count;
	size_t here; /* a field, then the typed name, then Cancel, then the button that does it */
	size_t top;
	const char *button;
	char problem[400];
	bool is_busy, is_warned, is_hidden;
	/* Told when it shall be done, and when it goes away. */
	void (*submit)(struct tui *, struct tui_form *);
	void (*ended)(struct tui *, struct tui_form *);
	void *owner;
};

/* A form with the fields that op takes. */
struct tui_form *tui_form_new(const struct op *, const char *button);
/* Shows it; a question begins at Cancel. */
void tui_form_show(struct tui *, struct tui_form *, bool is_question);
/* What a field holds, and held. */
void tui_form_fill(struct tui_form *, const struct json *row);
bool tui_form_is_changed(const struct tui_form *);
/* The fields that say something: with a row before, those that differ from it. */
size_t tui_form_values(struct tui_form *, bool is_edit, struct door_value *ret, size_t max);
/* A sentence that stands beside the field that it names, or below all. */
void tui_form_refuse(struct tui_form *, struct str why);
/* NULL, or what is wrong with this as a value; what it was before is right. */
const char *tui_field_problem(
	const struct op *, const struct op_field *, struct str text, struct str before);

/* form_draw.c */
void tui_form_draw(struct tui *, struct tui_dialog *, struct tui_box screen);

/* The places behind the fields. */
size_t tui_form_name_place(const struct tui_form *);
size_t tui_form_cancel_place(const struct tui_form *);
size_t tui_form_submit_place(const struct tui_form *);

#endif
