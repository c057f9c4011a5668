/*
 * Which way to sign in here: what the surroundings are, and the table that
 * chooses by them, with the reason a person is told.
 */
#ifndef CLIENTS_FLOW_CHOICE_H
#define CLIENTS_FLOW_CHOICE_H

#include "lib/base/str.h"

enum login_flow {
	FLOW_AUTO,
	FLOW_BROWSER, /* authorization code, a browser here comes back to this program */
	FLOW_DEVICE,  /* a code, approved in any browser anywhere */
	FLOW_PASTE,   /* a browser elsewhere; its last address is pasted here */
	FLOW_NONE,    /* nobody is here to sign in */
};

/* "auto", "browser", "device", "paste". */
MUST_USE enum err client_flow_parse(struct str, enum login_flow *ret);
const char *client_flow_name(enum login_flow);

struct surroundings {
	bool terminal;         /* somebody can read standard error or type */
	bool ci;               /* CI says so */
	bool wsl;              /* Linux inside Windows */
	bool ssh;              /* SSH_CONNECTION, SSH_CLIENT or SSH_TTY */
	bool display;          /* DISPLAY or WAYLAND_DISPLAY */
	bool container;        /* the marks that container tools leave */
	bool browser_named;    /* BROWSER names a program that is there */
	bool forwards_browser; /* an editor's shell whose BROWSER works across SSH */
	bool sudo;             /* root on behalf of somebody */
	bool opener;           /* some program that opens addresses */
};

/* Looks at the environment, the terminal and a few files. */
void client_surroundings_look(struct surroundings *ret);

struct flow_choice {
	enum login_flow flow;
	const char *name;   /* of the row, for tests */
	const char *reason; /* completes "Device code: ..." */
};

/* The first row that applies. */
const struct flow_choice *client_flow_choose(const struct surroundings *);

#endif
