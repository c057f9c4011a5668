/*
 * Standard output: whether it will take what a command has to say is known before the
 * command asks a person, changes a server, or shows a secret that is shown once.
 */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include <stdbool.h>

/* Gives descriptors 0 to 2 to nobody else: one that is closed would become a socket or a
 * database, and be written to.  Call first. */
void output_claim(void);
/* True if standard output takes more than nothing; otherwise says why not.  A disk that
 * is nearly full is seen, a pipe whose reader goes away later is not. */
bool output_judge(void);
/* The exit status of a command that ended with this one: what could not be written at
 * the end, from stdio's buffers too, is a failure. */
int output_finish(int status);

#endif
