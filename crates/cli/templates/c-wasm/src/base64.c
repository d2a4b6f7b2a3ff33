#include "base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encoded(const char *bytes, size_t length) {
    char *text = malloc((length + 2) / 3 * 4 + 1);
    if (text == NULL) {
        return NULL;
    }
    char *out = text;
    for (size_t at = 0; at < length; at += 3) {
        uint32_t group = 0;
        for (size_t i = 0; i < 3; i++) {
            group = group << 8 | (at + i < length ? (uint8_t)bytes[at + i] : 0);
        }
        for (size_t i = 0; i < 4; i++) {
            *out++ = at + i > length ? '=' : LETTERS[group >> (18 - 6 * i) & 63];
        }
    }
    *out = '\0';
    return text;
}

char *base64_decoded(const char *text, size_t *length) {
    size_t letters = strlen(text);
    size_t padding = 0;
    while (padding < 2 && padding < letters && text[letters - 1 - padding] == '=') {
        padding++;
    }
    char *bytes = letters % 4 == 0 ? malloc(letters / 4 * 3 + 1) : NULL;
    if (bytes == NULL) {
        return NULL;
    }
    uint32_t group = 0;
    size_t count = 0;
    for (size_t at = 0; at < letters; at++) {
        const char *letter = at < letters - padding ? strchr(LETTERS, text[at]) : LETTERS;
        if (letter == NULL) {
            free(bytes);
            return NULL;
        }
        group = group << 6 | (uint32_t)(letter - LETTERS);
        if (at % 4 == 3) {
            for (int shift = 16; shift >= 0; shift -= 8) {
                bytes[count++] = (char)(group >> shift & 255);
            }
        }
    }
    *length = count - padding;
    return bytes;
}
