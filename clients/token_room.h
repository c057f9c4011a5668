/*
 * Room on the disk for a file that will be wanted later: taken before a person is
 * asked or a server rotates a token, because afterwards is too late to hear that the
 * disk is full or the directory read-only.
 *
 * It is a file .room-PID in the directory, locked while its process lives; who takes
 * room sweeps up what was left behind.  Putting it in the place of a file is atomic.
 */
#ifndef CLIENTS_TOKEN_ROOM_H
#define CLIENTS_TOKEN_ROOM_H

#include "lib/base/str.h"

struct token_room {
	int fd; /* -1: none */
	char name[32];
};

/* ERR_IO, with errno, if the directory has no room for so many bytes. */
MUST_USE enum err client_room_take(int directory, size_t bytes, struct token_room *ret);
/* Writes the text, durably, and gives it the name, whatever had it.  ERR_IO, with errno;
 * the room is kept then.  Afterwards there is none. */
MUST_USE enum err client_room_fill(
	struct token_room *, int directory, const char *name, struct str text);
/* Gives back what was not filled. */
void client_room_release(struct token_room *, int directory);

#endif
