/*
 * struct code_pace: what does a guess at a user code cost?
 *
 * Every look-up of a typed code is paid for before it is made, and a right one is
 * paid back: a code that is found after the budget is empty is not looked up, and so
 * nothing can be learnt.  There are four budgets, for each person, each network
 * (address or /64), each neighbourhood (/24 or /48) and all together.
 *
 * Each person has a share that no other can use up: a few tries, and one more an
 * hour, draw on that person's budgets alone.  Who mistypes never waits because others
 * guess.  Above the share all four budgets are drawn on.
 *
 * The bound.  USER_CODES_OPEN_MAX of 31^8 codes at most are open (lib/oauth/user_code.h),
 * so a guess is right with a chance of 1.2e-8.  A year's guesses are at most
 *
 *	accounts x (5 + 1 an hour)        100 x 8,765 = 0.9 million
 *	+ 1,000 + 1 in 6 seconds                        5.3 million
 *
 * however many networks they come from: with 10,000 open codes and 100 accounts 6.1
 * million guesses, 0.07 hits a year; it takes 9,000 accounts for one hit a year.
 * Nodes that do not count together (rate_limit.store) give a budget each.
 */
#ifndef LIB_OAUTH_CODE_PACE_H
#define LIB_OAUTH_CODE_PACE_H

#include "lib/base/id.h"
#include "lib/base/ipaddr.h"
#include "lib/cache/limiter.h"

struct code_pace {
	struct limiter *limits;
	struct id user;
	struct ipaddr ip;
	bool is_own; /* set by code_pace_take: paid out of the person's share */
};

/* Milliseconds to wait; 0, and the guess is paid for; or LIMITER_UNKNOWN. */
int64_t code_pace_take(struct code_pace *, int64_t now_ms);
/* It was no guess: the code was right, or was not looked up. */
void code_pace_give_back(const struct code_pace *);

#endif
