/*
 * Where sign-ins are kept: one JSON file for each (issuer, client id, account)
 * under $XDG_STATE_HOME/authgate (default ~/.local/state/authgate).
 *
 * The directory is 0700 and ours, files are 0600 and ours; anything else is
 * refused, like a private key of ssh.  Symbolic links are never followed.  A
 * file is replaced as a whole (temporary file, fsync, rename, fsync of the
 * directory) under a lock on the directory, so that readers need no lock and
 * never see half of one.  With the keyring, the file holds everything but the
 * secrets, and so is still what is locked and listed.  A server's name is part of the key: a token
 * is never offered to another server than the one that issued it.
 */
#ifndef CLIENTS_TOKENSTORE_H
#define CLIENTS_TOKENSTORE_H

#include "clients/token_endpoint.h"
#include "clients/token_room.h"
#include "lib/base/buf.h"
#include "lib/base/diag.h"

enum { STORED_TOKEN_VERSION = 1, STORED_TOKEN_MAX = 256 * 1024, STORED_TOKENS_MAX = 256 };

struct stored_token {
	struct str issuer;
	struct str client_id;
	struct str client_secret; /* empty for a public client; refreshing needs it */
	struct str client_auth;   /* "post", or empty for HTTP Basic */
	struct str account;       /* as people know it; part of the key */
	struct str scope;
	struct str token_type;
	struct str access_token;
	struct str refresh_token; /* may be empty */
	struct str id_token;      /* may be empty */
	struct str ca_file;       /* whom to trust at its server; empty: as usual */
	struct str kept_in;       /* "keyring", or empty: all of it is in the file */
	bool locked;              /* its keyring does not open here: the tokens are missing */
	bool unkept;              /* newer than what is stored, which could not be replaced */
	int64_t obtained_at;      /* seconds since 1970 */
	int64_t expires_at;
};

/* One file's text, both ways. ERR_MALFORMED for anything that could not be a
 * sign-in, or that a newer version wrote. */
MUST_USE enum err client_stored_token_parse(
	struct arena *, struct str text, struct stored_token *ret, struct diag *);
/* before is the text that is replaced, or empty: members of it that this version
 * does not know are kept. */
void client_stored_token_write(struct buf *, const struct stored_token *, struct str before);
/* What the keyring holds of it, both ways. */
void client_stored_token_write_secrets(struct buf *, const struct stored_token *);
MUST_USE enum err client_stored_token_take_secrets(
	struct arena *, struct str text, struct stored_token *);
bool client_stored_token_in_keyring(const struct stored_token *);
/* The client it was issued to. */
struct client_identity client_stored_token_identity(const struct stored_token *);
/* True if it lives for at least min_ttl_s more. */
bool client_stored_token_is_fresh(const struct stored_token *, int64_t now_s, int64_t min_ttl_s);

struct tokenstore {
	const char *path; /* the directory */
	int fd;           /* -1: there is none yet */
};

/* Opens, and with create makes, the directory. ERR_IO with what to do. */
MUST_USE enum err client_tokenstore_open(
	struct arena *, bool create, struct tokenstore *ret, struct diag *);
void client_tokenstore_close(struct tokenstore *);

/* What to look for; empty parts match all. */
struct token_filter {
	struct str issuer;
	struct str client_id;
	struct str account;
};

/* Reads all that match, newest first, at most STORED_TOKENS_MAX. A file that may
 * be read by others, is not ours or is broken fails the call: a person should
 * know.  ret is an arena array. */
MUST_USE enum err client_tokenstore_find(struct arena *, const struct tokenstore *,
	const struct token_filter *, struct stored_token **ret, size_t *ret_count, struct diag *);
/* Makes sure of a place before tokens are asked for, which the server gives out once:
 * room on the disk, and a keyring that takes secrets.  The token is the one that will be
 * replaced, or NULL for a new sign-in.  ERR_IO or ERR_UNAVAILABLE with the reason. */
enum { TOKEN_ROOM_BYTES = 8 * 1024 };
MUST_USE enum err client_tokenstore_prepare(struct arena *, const struct tokenstore *,
	const struct stored_token *, struct token_room *ret, struct diag *);
/* Writes or replaces, into the room if there is one; ret_path is the file. */
MUST_USE enum err client_tokenstore_save(struct arena *, const struct tokenstore *,
	struct token_room *, const struct stored_token *, const char **ret_path, struct diag *);
void client_tokenstore_release(const struct tokenstore *, struct token_room *);
/* Whether what is there can be deleted at all: ERR_IO and why not. */
MUST_USE enum err client_tokenstore_may_delete(const struct tokenstore *, struct diag *);
/* Puts a sign-in aside that is over here and not yet revoked at the server: only
 * find_buried sees it, until forget deletes it. */
MUST_USE enum err client_tokenstore_bury(
	struct arena *, const struct tokenstore *, const struct stored_token *, struct diag *);
MUST_USE enum err client_tokenstore_find_buried(struct arena *, const struct tokenstore *,
	const struct token_filter *, struct stored_token **ret, size_t *ret_count, struct diag *);
MUST_USE enum err client_tokenstore_forget(
	struct arena *, const struct tokenstore *, const struct stored_token *, struct diag *);

/* Holds the file of this sign-in, against others who want to refresh it, and reads
 * what it says now.  Waits for them at most TOKEN_LOCK_WAIT_MS.  ERR_NO_ROW: it is
 * gone; ERR_BUSY: they take too long; ERR_CANCELLED.  Saving replaces the file, so
 * that those who wait for the old one notice and read again: no lock file, and
 * none left behind. */
enum { TOKEN_LOCK_WAIT_MS = 30000 };
MUST_USE enum err client_tokenstore_lock(struct arena *, const struct tokenstore *,
	const struct stored_token *which, int cancel_fd, int *ret_fd, struct stored_token *ret_now,
	struct diag *);
void client_tokenstore_unlock(int fd);
/* What the file of this sign-in says now, without waiting.  ERR_NO_ROW. */
MUST_USE enum err client_tokenstore_read(struct arena *, const struct tokenstore *,
	const struct stored_token *which, struct stored_token *ret, struct diag *);
/* Deletes the file of this sign-in; one that is already gone is OK. */
MUST_USE enum err client_tokenstore_delete(
	struct arena *, const struct tokenstore *, const struct stored_token *, struct diag *);

#endif
