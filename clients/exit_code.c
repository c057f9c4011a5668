/* The table of exit codes. */
#include "clients/exit_code.h"

#include <stddef.h>

static const struct {
	enum err e;
	int code;
} rows[] = {
	{OK, 0},
	{ERR_ACCESS_DENIED, 3},
	{ERR_LOGIN_REQUIRED, 4},
	{ERR_EXPIRED_TOKEN, 5},
	{ERR_NETWORK, 6},
	{ERR_UNAVAILABLE, 6},
	{ERR_SLOW_DOWN, 6},
	{ERR_BUSY, 6},
	{ERR_INVALID_CLIENT, 7},
	{ERR_UNAUTHORIZED_CLIENT, 7},
	{ERR_INVALID_SCOPE, 7},
	{ERR_CONFIRMATION_REQUIRED, 7},
	{ERR_UNSUPPORTED_GRANT_TYPE, 7},
	{ERR_IO, 8},
	{ERR_CANCELLED, 130},
};

int
client_exit_code(enum err e)
{
	for (size_t i = 0; i < countof(rows); i++)
		if (rows[i].e == e)
			return rows[i].code;
	return 1;
}
