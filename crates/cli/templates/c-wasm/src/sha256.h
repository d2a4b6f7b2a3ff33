/* SHA-256 (FIPS 180-4). */
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of a digest. */
#define SHA256_LENGTH 32

/* Writes the digest of the `length` bytes of `data`. */
void sha256(const void *data, size_t length, uint8_t digest[SHA256_LENGTH]);

#endif
