/*
 * struct logout_delivery: telling the clients of a session that it has ended
 * (OpenID Connect Back-Channel Logout 1.0), many at the same time.
 *
 * What is due waits in the database; here is what is under way.  No client holds up
 * another: each has at most a few notices under way and two seconds for each, one that
 * does not answer is left alone for a while, and those that strangers registered
 * cannot take all places.
 *
 * One thread, in turns:
 *
 *	store_transaction(s, logout_delivery_store, d)  what has ended is written, and
 *	                                                what is due is read
 *	logout_delivery_begin(d, cx)                    and started
 *	logout_delivery_wait(d, now_ms, wait_ms)        until something has ended
 */
#ifndef LIB_OAUTH_LOGOUT_DELIVERY_H
#define LIB_OAUTH_LOGOUT_DELIVERY_H

#include "lib/audit/context.h"
#include "lib/base/diag.h"
#include "lib/store/store.h"

struct logout_delivery;

MUST_USE enum err logout_delivery_new(struct logout_delivery **ret, struct diag *);
/* Gives up what is under way: it is still in the database. */
void logout_delivery_free(struct logout_delivery *);

/* The instant of the next turn, and whether it may take up anything. */
void logout_delivery_prepare(struct logout_delivery *, int64_t now_ms, bool may_take);
/* A change.  If it could not be committed, what has ended stays so. */
enum err logout_delivery_store(struct store *, void *logout_delivery);
/* After the commit. */
void logout_delivery_begin(struct logout_delivery *, const struct context *);
/* Returns early when something has ended. */
void logout_delivery_wait(struct logout_delivery *, int64_t wait_ms);
/* Nothing is under way, and nothing has to be written. */
bool logout_delivery_is_idle(const struct logout_delivery *);

#endif
