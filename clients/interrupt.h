/*
 * Ctrl-C as a descriptor: SIGINT and SIGTERM are blocked and become readable on
 * a signalfd, so that no handler and no global variable is needed and every
 * wait can watch for them.
 */
#ifndef CLIENTS_INTERRUPT_H
#define CLIENTS_INTERRUPT_H

#include "lib/base/diag.h"

/* Call before threads exist. */
MUST_USE enum err client_interrupt_open(int *ret_fd, struct diag *);
/* Closes it and lets the signals through again. */
void client_interrupt_close(int fd);

#endif
