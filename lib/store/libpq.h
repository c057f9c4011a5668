/*
 * libpq, loaded when the first connection to PostgreSQL is made.
 *
 * It brings a second TLS library, Kerberos and LDAP with it: 3 MB of memory for
 * every server that keeps its data in SQLite.  The functions are libpq's own,
 * without the PQ in front: pq()->exec(connection, sql).
 */
#ifndef LIB_STORE_LIBPQ_H
#define LIB_STORE_LIBPQ_H

#include "lib/base/diag.h"

#include <libpq-fe.h>

#define LIBPQ_FUNCTIONS(F) \
	F(clear) \
	F(cmdStatus) \
	F(cmdTuples) \
	F(connectdbParams) \
	F(conninfoFree) \
	F(conninfoParse) \
	F(consumeInput) \
	F(enterPipelineMode) \
	F(errorMessage) \
	F(exec) \
	F(exitPipelineMode) \
	F(finish) \
	F(flush) \
	F(freemem) \
	F(getResult) \
	F(getisnull) \
	F(getlength) \
	F(getvalue) \
	F(isBusy) \
	F(libVersion) \
	F(notifies) \
	F(ntuples) \
	F(parameterStatus) \
	F(pingParams) \
	F(pipelineSync) \
	F(resultErrorField) \
	F(resultErrorMessage) \
	F(resultStatus) \
	F(sendFlushRequest) \
	F(sendPrepare) \
	F(sendQueryPrepared) \
	F(serverVersion) \
	F(setNoticeReceiver) \
	F(setnonblocking) \
	F(socket) \
	F(status)

struct libpq {
#define F(name) __typeof__(PQ##name) *name;
	LIBPQ_FUNCTIONS(F)
#undef F
};

/* Loads it, once per process; ERR_STORE with a diag if it is missing.  Any thread. */
MUST_USE enum err libpq_load(struct diag *);
/* The functions; only after libpq_load has succeeded. */
const struct libpq *pq(void);

#endif
