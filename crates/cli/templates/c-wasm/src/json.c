#include "json.h"

#include <stdlib.h>
#include <string.h>

static const char *after_blanks(const char *at) {
    return at + strspn(at, " \t\r\n");
}

/* What comes after the text that begins at `at`; NULL if it has no end. */
static const char *after_text(const char *at) {
    for (at++; *at != '"'; at++) {
        if (*at == '\\') {
            at++;
        }
        if (*at == '\0') {
            return NULL;
        }
    }
    return at + 1;
}

/* What comes after the value that begins at `at`; NULL if it has no end. */
static const char *after_value(const char *at) {
    size_t depth = 0;
    do {
        at = after_blanks(at);
        switch (*at) {
        case '\0':
            return NULL;
        case '"':
            at = after_text(at);
            if (at == NULL) {
                return NULL;
            }
            break;
        case '{':
        case '[':
            depth++;
            at++;
            break;
        case '}':
        case ']':
            if (depth == 0) {
                return NULL;
            }
            depth--;
            at++;
            break;
        case ',':
        case ':':
            at++;
            break;
        default:
            at += strcspn(at, " \t\r\n,:]}");
        }
    } while (depth > 0);
    return after_blanks(at);
}

/* The first member after the bracket `open`; NULL if there is none. */
static const char *first_member(const char *value, char open) {
    if (value == NULL || *value != open) {
        return NULL;
    }
    value = after_blanks(value + 1);
    return *value == ']' || *value == '}' || *value == '\0' ? NULL : value;
}

const char *json_next(const char *item) {
    const char *end = after_value(item);
    return end != NULL && *end == ',' ? after_blanks(end + 1) : NULL;
}

const char *json_first(const char *array) {
    return first_member(array, '[');
}

const char *json_field(const char *object, const char *name) {
    size_t length = strlen(name);
    const char *key = first_member(object, '{');
    while (key != NULL && *key == '"') {
        const char *end = after_text(key);
        const char *colon = end == NULL ? NULL : after_blanks(end);
        if (colon == NULL || *colon != ':') {
            return NULL;
        }
        const char *value = after_blanks(colon + 1);
        bool is_it = (size_t)(end - key) == length + 2 && memcmp(key + 1, name, length) == 0;
        if (is_it) {
            return value;
        }
        key = json_next(value);
    }
    return NULL;
}

char *json_text(const char *value) {
    if (value == NULL || *value != '"') {
        return NULL;
    }
    size_t length = strcspn(value + 1, "\"\\");
    char *text = value[1 + length] == '"' ? malloc(length + 1) : NULL;
    if (text != NULL) {
        memcpy(text, value + 1, length);
        text[length] = '\0';
    }
    return text;
}

bool json_number(const char *value, uint64_t *number) {
    const char *at = value;
    uint64_t read = 0;
    for (; at != NULL && *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (read > (UINT64_MAX - digit) / 10) {
            return false;
        }
        read = read * 10 + digit;
    }
    *number = read;
    return at != value && strchr(" \t\r\n,]}\"", *at) != NULL;
}

bool json_is_true(const char *value) {
    return value != NULL && strncmp(value, "true", 4) == 0;
}
