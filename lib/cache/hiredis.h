/*
 * libhiredis, loaded when Redis is first asked.  Only redis.c uses it.
 */
#ifndef LIB_CACHE_HIREDIS_H
#define LIB_CACHE_HIREDIS_H

#include <hiredis/hiredis.h>

/* The one that its header is of: from release to release its structures change, and its soname. */
#define HIREDIS_TEXT_(name) #name
#define HIREDIS_TEXT(name)  HIREDIS_TEXT_(name)
#define HIREDIS_VERSION     HIREDIS_TEXT(HIREDIS_SONAME)

#define HIREDIS_FUNCTIONS(F) \
	F(redisAppendCommandArgv) \
	F(redisBufferRead) \
	F(redisBufferWrite) \
	F(redisConnectUnixWithTimeout) \
	F(redisConnectWithTimeout) \
	F(redisFree) \
	F(redisGetReplyFromReader) \
	F(freeReplyObject)

struct hiredis {
#define F(name) __typeof__(name) *name;
	HIREDIS_FUNCTIONS(F)
#undef F
};

#endif
