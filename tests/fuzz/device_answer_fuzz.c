/* Answers of the device and token endpoints: what is taken can be shown. The
 * first byte chooses the status. */
#include "clients/device.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const int statuses[] = {200, 400, 401, 429, 503};
	struct device_authorization authorization;
	struct token_reply reply;
	struct arena arena = {0};
	struct diag diag = {{0}};
	struct str body;
	int status;

	if (!n)
		return 0;
	status = statuses[bytes[0] % countof(statuses)];
	body = (struct str){(const char *)bytes + 1, n - 1};
	if (!client_device_judge_authorization(&arena, status, body, &authorization, &diag)) {
		if (!str_is_printable(authorization.user_code) ||
			!str_is_printable(authorization.verification_uri) ||
			!str_is_printable(authorization.verification_uri_complete) ||
			authorization.expires_in_s < 1 || authorization.expires_in_s > 86400)
			abort();
	} else if (!str_is_printable(str_of(diag.text))) {
		abort();
	}
	diag.text[0] = '\0';
	if (!client_token_judge(&arena, status, body, &reply, &diag)) {
		if (!str_is_printable(reply.access_token) || reply.expires_in_s < 0)
			abort();
	} else if (!str_is_printable(str_of(diag.text))) {
		abort();
	}
	arena_free(&arena);
	return 0;
}
