/*
 * Example clients: each is one file, a flow from beginning to end over the pieces of
 * clients/, to be read and copied from.  They keep nothing.
 */
#ifndef CMD_EXAMPLE_H
#define CMD_EXAMPLE_H

#include "clients/token_endpoint.h"

struct example {
	struct arena arena;
	struct str issuer;
	struct client_identity client;
	struct str scope;
	struct str ca_file; /* whom to trust at the server; empty: the usual ones */
	int cancel_fd;      /* readable after Ctrl-C */
};

enum err example_code(struct example *, struct diag *);
enum err example_device(struct example *, struct diag *);
enum err example_machine(struct example *, struct diag *);

#endif
