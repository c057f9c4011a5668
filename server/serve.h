/*
 * A server's whole life.
 */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

struct config;
struct config_request;

/* Takes the configuration that was loaded, migrates, seeds, serves until SIGTERM
 * or SIGINT, drains; a sysexits code for main.  SIGHUP loads it again. */
int serve(const struct config *, const struct config_request *, const char *version);

#endif
