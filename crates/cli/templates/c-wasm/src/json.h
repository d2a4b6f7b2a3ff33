/* Reads the node's questions, which are JSON. A value is named by its first character. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

/* The value of the field `name` of an object; NULL if it has none, or is no object. */
const char *json_field(const char *object, const char *name);

/* The first item of an array; NULL if it has none, or is no array. */
const char *json_first(const char *array);

/* The item after `item`; NULL after the last. */
const char *json_next(const char *item);

/* A text without escapes, to be freed by the caller; NULL if it is none. All that a node sends is such a text: addresses, base64
 * and amounts. */
char *json_text(const char *value);

/* Whether it is a number without sign and fraction, which is written to `number`. */
bool json_number(const char *value, uint64_t *number);

/* Whether it is `true`. */
bool json_is_true(const char *value);

#endif
