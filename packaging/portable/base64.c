/* Base64 by OpenSSL. */
#include "base64.h"

#include <openssl/evp.h>
#include <string.h>

int
jwt_Base64encode(char *encoded, const char *bytes, int size)
{
	return EVP_EncodeBlock((unsigned char *)encoded, (const unsigned char *)bytes, size) + 1;
}

/* OpenSSL counts what stands for padding, too. */
int
jwt_Base64decode(char *bytes, const char *encoded)
{
	int n = (int)strlen(encoded);
	int size = EVP_DecodeBlock((unsigned char *)bytes, (const unsigned char *)encoded, n);

	for (int i = n; size > 0 && i > n - 2 && i > 0 && encoded[i - 1] == '='; i--)
		size--;
	return size > 0 ? size : 0;
}
