/*
 * A server's whole life.
 */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

struct config_request;
struct config_result;

struct serve_program {
	const char *version;
	char *const *argv; /* with which it is started again */
};

/* Takes the configuration that was loaded, migrates, seeds, serves until SIGTERM
 * or SIGINT, drains; a sysexits code for main.  SIGHUP loads it again; SIGUSR2, and SIGHUP once
 * another program has this one's name, gives that one its place (server/engine/handover.h). */
int serve(
	const struct config_result *, const struct config_request *, const struct serve_program *);

#endif
