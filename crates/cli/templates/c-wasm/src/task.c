/* Put your own work in the place of this one. All nodes must audit and list alike, whenever and wherever they are asked: no
 * clock and no random number. */
#include "task.h"

#include "sha256.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Most bytes of what is hashed: an address, two numbers of at most 20 digits, two blanks and the end of the text. */
#define MOST_TEXT 128
/* Most digits of a nonce: every language reads such integers exactly. */
#define MOST_DIGITS 15

/* Whether the SHA-256 digest of the node's address, the cycle and the nonce begins with twelve zero bits. */
static bool is_found(const char *node, uint64_t cycle, uint64_t nonce) {
    char text[MOST_TEXT];
    int length = snprintf(text, sizeof text, "%s %" PRIu64 " %" PRIu64, node, cycle, nonce);
    if (length < 0 || (size_t)length >= sizeof text) {
        return false;
    }
    uint8_t digest[SHA256_LENGTH];
    sha256(text, (size_t)length, digest);
    return digest[0] == 0 && digest[1] < 16;
}

size_t work(const char *node, uint64_t cycle, char proof[MOST_PROOF]) {
    uint64_t nonce = 0;
    while (!is_found(node, cycle, nonce)) {
        nonce++;
    }
    return (size_t)snprintf(proof, MOST_PROOF, "{\"nonce\":%" PRIu64 "}", nonce);
}

bool audit(const char *node, uint64_t cycle, const char *value, size_t length) {
    static const char before[] = "{\"nonce\":";
    size_t at = strlen(before);
    if (length < at || memcmp(value, before, at) != 0) {
        return false;
    }
    uint64_t nonce = 0;
    size_t first = at;
    for (; at < length && at - first < MOST_DIGITS && value[at] >= '0' && value[at] <= '9'; at++) {
        nonce = nonce * 10 + (uint64_t)(value[at] - '0');
    }
    /* Written in one way only: without zeros before it, and with nothing after it. */
    bool is_number = at > first && (value[first] != '0' || at == first + 1);
    bool is_all = length == at + 1 && value[at] == '}';
    return is_number && is_all && is_found(node, cycle, nonce);
}

void distribution(uint64_t bounty, struct submission *submissions, size_t count) {
    uint64_t standing = 0;
    for (size_t i = 0; i < count; i++) {
        standing += submissions[i].stands;
    }
    for (size_t i = 0; i < count; i++) {
        submissions[i].amount = submissions[i].stands ? bounty / standing : 0;
    }
}
