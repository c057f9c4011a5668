/*
 * What the conditional statements of lib/store promise, for every order in which two nodes, a client that
 * loses answers and sends again, a thief, an operator and the clock can act on one code, one device code
 * and the family of refresh tokens that comes of it.
 *
 * A request reads, and later changes: each is one step, and anything may happen in between, as with two
 * servers on one database.  A change is one transaction: all of it or nothing.  Its answer may get lost,
 * because the node dies or the network does; what is committed stays.
 *
 * Every condition of a statement is a macro of its own.  model.py takes away one at a time: each must then break a
 * promise, or it is not needed, or the model does not know what for.  The names are those of the statements:
 *
 *	auth_code_redeem, device_code_approve, device_code_deny, device_code_redeem, family_check_alive,
 *	refresh_token_rotate, refresh_token_hold_unused
 */
#define CODE_ISSUED (code == issued)
#define CODE_LIVES (!code_is_over)
#define CODE_CLIENT client_is_active
#define CODE_USER user_is_enabled
#define APPROVE_PENDING (device == pending)
#define APPROVE_LIVES (!device_is_over)
#define DENY_PENDING (device == pending)
#define DEVICE_APPROVED (device == approved)
#define DEVICE_LIVES (!device_is_over)
#define DEVICE_CLIENT client_is_active
#define DEVICE_USER user_is_enabled
#define FAMILY_LIVES (!family_is_revoked)
#define FAMILY_CLIENT client_is_active
#define FAMILY_USER user_is_enabled
#define ROTATE_UNUSED(t) (!tokens[t].is_used)
#define HOLD_UNUSED(t) (!tokens[t].is_used)
#define WINDOW_UNUSED(t) (!tokens[t].is_used)

#define TOKENS 5 /* more than the requests below can make */
#define NONE 255

mtype = { issued, redeemed, pending, approved, denied };

mtype code = issued, device = pending;
bool code_is_over, device_is_over;
bool client_is_active = true, user_is_enabled = true;
byte code_grants, device_grants, denials, approvals;

/* The family that the code's first redemption makes, and its refresh tokens in the order of their making. */
typedef token { bool is_used; byte successor; bool is_in_window };
token tokens[TOKENS];
byte token_count;
bool family_exists, family_is_revoked, revoked_by_reuse;
bool is_stolen; /* somebody else had a token that was used */

/* ---- what every commit that issues something must be true of ---- */

inline issue_promises() {
	assert(user_is_enabled);   /* nothing is issued to a user after they were disabled */
	assert(client_is_active);  /* nor to a client */
}

/* ---- the authorization code: two requests with the same code, on whichever node ---- */

proctype redeem_code() {
	mtype seen;

	atomic { seen = code };                              /* reads */
	if
	:: seen == issued ->
		atomic {                                         /* changes */
			if
			:: CODE_ISSUED && CODE_LIVES && CODE_CLIENT && CODE_USER ->
				assert(!code_is_over);
				issue_promises();
				code = redeemed;
				code_grants++;
				assert(code_grants == 1);                /* redeemed once */
				family_exists = true;
				tokens[0].successor = NONE;
				token_count = 1
			:: else -> skip                              /* overtaken: refused */
			fi
		}
	:: else -> skip
	fi
}

/* ---- the device code: two polls, an approval, a denial ---- */

proctype poll_device() {
	mtype seen;

	atomic { seen = device };
	if
	:: seen == approved ->
		atomic {
			if
			:: DEVICE_APPROVED && DEVICE_LIVES && DEVICE_CLIENT && DEVICE_USER ->
				assert(!device_is_over);
				issue_promises();
				assert(approvals == 1);                  /* somebody agreed */
				assert(denials == 0);                    /* and nobody said no */
				device = redeemed;
				device_grants++;
				assert(device_grants == 1)
			:: else -> skip
			fi
		}
	:: else -> skip
	fi
}

proctype approve_device() {
	mtype seen;

	atomic { seen = device };
	if
	:: seen == pending ->
		atomic {
			if
			:: APPROVE_PENDING && APPROVE_LIVES ->
				assert(!device_is_over);                 /* a person is not told that a dead code was approved */
				assert(device == pending);               /* a decision is one */
				device = approved;
				approvals++
			:: else -> skip
			fi
		}
	:: else -> skip
	fi
}

proctype deny_device() {
	mtype seen;

	atomic { seen = device };
	if
	:: seen == pending ->
		atomic {
			if
			:: DENY_PENDING && APPROVE_LIVES ->
				assert(device == pending);
				device = denied;
				denials++
			:: else -> skip
			fi
		}
	:: else -> skip
	fi
}

/* ---- refresh tokens: rotation, with a window for answers that got lost ---- */

/* A node's answer to token t; got is the token that the client has afterwards, NONE if it was refused. */
inline refresh(t, got) {
	bool found_used, found_in_window, found_fresh_successor;

	got = NONE;
	/* Reads. */
	atomic {
		found_used = tokens[t].is_used;
		found_in_window = tokens[t].is_in_window;
		found_fresh_successor = found_used && tokens[t].successor != NONE && WINDOW_UNUSED(tokens[t].successor)
	}
	if
	:: !found_used ->
		atomic {
			if
			:: FAMILY_LIVES && FAMILY_CLIENT && FAMILY_USER && ROTATE_UNUSED(t) ->
				issue_promises();
				assert(!family_is_revoked);              /* revoked stays revoked */
				assert(!tokens[t].is_used);              /* one successor */
				tokens[t].is_used = true;
				tokens[t].is_in_window = true;
				tokens[t].successor = token_count;
				tokens[token_count].successor = NONE;
				got = token_count;
				token_count++
			:: else -> skip                              /* run again, or refused */
			fi
		}
	:: found_used && found_in_window && found_fresh_successor ->
		atomic {
			if
			:: FAMILY_LIVES && FAMILY_CLIENT && FAMILY_USER && HOLD_UNUSED(tokens[t].successor) ->
				issue_promises();
				assert(!family_is_revoked);
				/* The window is for an answer that did not arrive: a successor in use did. */
				assert(!tokens[tokens[t].successor].is_used);
				got = tokens[t].successor
			:: else -> skip
			fi
		}
	:: else ->
		atomic {
			if
			:: !family_is_revoked -> family_is_revoked = true; revoked_by_reuse = true
			:: else -> skip
			fi
		}
	fi
}

/* Sends its token, twice if the answer is lost, and goes on with what it has. */
proctype honest_client() {
	byte mine = 0, got, tries = 0;

end:	family_exists;
	do
	:: tries < 3 ->
		tries++;
		refresh(mine, got);
		if
		:: got != NONE -> mine = got                     /* the answer arrived */
		:: got != NONE -> skip                           /* it did not: the same token again */
		:: got == NONE -> break
		fi
	:: break
	od
}

/* Somebody who copied the first token from a backup, and tries it at any time. */
proctype thief() {
	byte got;

end:	family_exists;
	is_stolen = true;
	refresh(0, got)
}

/* ---- the clock, and an operator ---- */

proctype clock() {
	do
	:: !code_is_over -> code_is_over = true
	:: !device_is_over -> device_is_over = true
	:: break
	od
}

proctype window_clock() {
	byte t = 0;

	do
	:: t < TOKENS -> if :: tokens[t].is_in_window -> tokens[t].is_in_window = false :: true -> skip fi; t++
	:: else -> break
	od
}

proctype operator() {
	if
	:: user_is_enabled = false
	:: client_is_active = false
	:: atomic { family_is_revoked = true }
	:: skip
	fi
}

init {
	atomic {
#if PART == 1 /* the code, raced for, while an operator acts and time passes */
		run redeem_code(); run redeem_code(); run clock(); run operator()
#elif PART == 2 /* the device code */
		run poll_device(); run poll_device(); run approve_device(); run approve_device(); run deny_device();
		run clock(); run operator()
#elif PART == 3 /* two uses of one family at once, on two nodes, while an operator acts */
		run redeem_code(); run honest_client(); run thief(); run window_clock(); run operator()
#elif PART == 4 /* an honest client alone, whose answers get lost: it is never signed out */
		run redeem_code(); run honest_client()
#endif
	}
#if PART == 4
end_honest:
	(_nr_pr == 1);
	assert(!revoked_by_reuse)
#elif PART == 3
end_stolen:
	(_nr_pr == 1);
	/* Whoever is signed out by a reuse was stolen from. */
	assert(!revoked_by_reuse || is_stolen)
#endif
}
