/* Base64 with padding (RFC 4648). */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* The text of `length` bytes, to be freed by the caller; NULL without memory. */
char *base64_encoded(const char *bytes, size_t length);

/* The bytes of `text`, to be freed by the caller, and how many there are; NULL if `text` is no base64. */
char *base64_decoded(const char *text, size_t *length);

#endif
