/* What libjwt asks of a base64: Debian's archive leaves its own out. */
#pragma once

/* Both return how much they wrote; encoding counts the NUL.  Decoding answers 0 for what is none.
 */
int jwt_Base64encode(char *encoded, const char *bytes, int size);
int jwt_Base64decode(char *bytes, const char *encoded);
