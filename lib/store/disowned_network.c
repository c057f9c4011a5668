/* Networks that were disowned: statements. */
#include "lib/store/disowned_network.h"

#include "lib/base/holds.h"

/* More than one mark adds, so that the table shrinks to what is in force. */
enum { PURGE_ROWS = 16 };

enum err
disowned_network_mark(struct store *s, struct str network, int64_t now_ms, int64_t expires_ms)
{
	int64_t deleted = 0;
	enum err e = store_change_count(s, SQL_DISOWNED_NETWORK_PURGE,
		PARAMS(param_int(now_ms), param_int(PURGE_ROWS)), &deleted);

	HOLDS(network.n > 0);
	HOLDS(expires_ms > now_ms);
	if (e)
		return e;
	return store_run(
		s, SQL_DISOWNED_NETWORK_MARK, PARAMS(param_text(network), param_int(expires_ms)));
}

enum err
disowned_network_is_marked(struct store *s, struct str network, int64_t now_ms, bool *ret)
{
	int64_t marks = 0;
	enum err e = store_count(s, SQL_DISOWNED_NETWORK_IS_MARKED,
		PARAMS(param_text(network), param_int(now_ms)), &marks);

	*ret = marks > 0;
	return e;
}
