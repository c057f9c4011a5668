/* From the names in a request to the rows that they name. */
#include "server/gate/ahead.h"

#include "lib/crypto/credential.h"
#include "lib/oauth/bearer.h"
#include "lib/oauth/client.h"
#include "lib/store/auth_code.h"
#include "lib/store/device_code.h"
#include "lib/store/token.h"
#include "server/gate/client.h"

/* Parameters that hold a credential, and what is looked up by its id. */
static const struct {
	const char *name;
	void (*read)(struct store *, struct id);
} credentials[] = {
	{"device_code", device_code_by_id_ahead},
	{"code", auth_code_by_id_ahead},
	{"refresh_token", refresh_token_by_id_ahead},
	{"token", refresh_token_by_id_ahead},
};

static void
announce_credentials(const struct exchange *x)
{
	struct credential credential;

	for (size_t i = 0; i < countof(credentials); i++)
		if (!credential_parse(form_get(&x->form, credentials[i].name), &credential))
			credentials[i].read(x->cx.store, credential.id);
}

void
ahead_announce(struct exchange *x)
{
	struct proof proof = client_proof_of(x);
	struct str rest = proof.header;

	if (str_is_nocase(str_cut(&rest, ' '), "Bearer"))
		bearer_read_ahead(&x->cx, str_trim(rest));
	else
		client_read_ahead(&x->cx, &proof);
	bearer_read_ahead(&x->cx, form_get(&x->form, "token"));
	bearer_read_ahead(&x->cx, form_get(&x->form, "access_token"));
	announce_credentials(x);
}
