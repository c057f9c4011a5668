/*
 * What a server is before it serves: for server/serve.c, and server/offline.c, which never does.
 */
#ifndef SERVER_PREPARE_H
#define SERVER_PREPARE_H

#include "server/server.h"

/* Fills what follows from the configuration alone; server_release even if it fails. */
MUST_USE enum err server_prepare(struct server *, const struct config_result *, struct diag *);
void server_release(struct server *);

#endif
