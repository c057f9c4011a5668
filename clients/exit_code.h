/*
 * Exit codes of the user's commands, one meaning each:
 * 0 done, 1 other failure, 2 usage, 3 denied, 4 sign-in required, 5 time ran
 * out, 6 network or server down, 7 the server refused the client, 8 storage,
 * 130 interrupted.
 */
#ifndef CLIENTS_EXIT_CODE_H
#define CLIENTS_EXIT_CODE_H

#include "lib/base/err.h"

int client_exit_code(enum err);

#endif
