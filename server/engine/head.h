/*
 * The guard of the raw request head.  h2o 2.2.5 reads leniently what a proxy
 * in front may read otherwise (request smuggling, RFC 9112 section 11.2): this
 * judges the bytes as they came and refuses whatever has two readings.
 */
#ifndef SERVER_ENGINE_HEAD_H
#define SERVER_ENGINE_HEAD_H

#include "lib/base/str.h"

enum { HEAD_MAX = 16 * 1024, TARGET_MAX = 8 * 1024 };

/* Judges the HTTP/1 head at the start of the bytes; what follows its empty line
 * is not looked at.  OK, ERR_INVALID_REQUEST, ERR_HEAD_TOO_LARGE,
 * ERR_URI_TOO_LONG, or ERR_METHOD_NOT_ALLOWED for CONNECT and TRACE.  After an
 * error the connection must end: nobody knows where the next request begins. */
MUST_USE enum err head_check(struct str bytes);

#endif
