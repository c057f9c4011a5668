/*
 * What happens at SIGHUP, and when an operator asks for it: the configuration is read again.
 */
#ifndef SERVER_KEEP_RELOAD_H
#define SERVER_KEEP_RELOAD_H

#include "lib/base/diag.h"
#include "lib/config/adopt.h"

struct server;

/* Reads the configuration again, the certificate too, and publishes it if nothing
 * is wrong and something differs; logs what changed, what needs a restart, or why
 * all stays as it was, and tells who asked, if that is not NULL.  Any thread but the loops. */
MUST_USE enum err reload_configuration(
	struct server *, config_visitor *told, void *context, struct diag *);

#endif
