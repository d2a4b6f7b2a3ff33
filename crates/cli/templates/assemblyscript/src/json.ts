/**
 * Reads the node's questions, which are JSON. A value is named by the place of its first character in the text; `NONE` is no
 * value.
 */

export const NONE: i32 = -1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const ARRAY_END = 0x5d;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;

function isBlank(letter: i32): bool {
  return letter == 0x20 || (letter >= 0x09 && letter <= 0x0d);
}

function letterAt(text: string, at: i32): i32 {
  return at < text.length ? text.charCodeAt(at) : NONE;
}

function afterBlanks(text: string, at: i32): i32 {
  while (isBlank(letterAt(text, at))) {
    at++;
  }
  return at;
}

/** What comes after the text that begins at `at`; `NONE` if it has no end. */
function afterText(text: string, at: i32): i32 {
  for (at++; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter == QUOTE) {
      return at + 1;
    }
    at += letter == BACKSLASH ? 1 : 0;
  }
  return NONE;
}

/** What comes after the value that begins at `at`; `NONE` if it has no end. */
function afterValue(text: string, at: i32): i32 {
  let depth = 0;
  do {
    at = afterBlanks(text, at);
    const letter = letterAt(text, at);
    if (letter == NONE) {
      return NONE;
    } else if (letter == QUOTE) {
      at = afterText(text, at);
      if (at == NONE) {
        return NONE;
      }
    } else {
      depth += letter == OBJECT || letter == ARRAY ? 1 : 0;
      depth -= letter == OBJECT_END || letter == ARRAY_END ? 1 : 0;
      at++;
    }
  } while (depth > 0);
  // The rest of a number or a word.
  let letter = letterAt(text, at);
  while (letter != NONE && letter != COMMA && letter != OBJECT_END && letter != ARRAY_END) {
    at++;
    letter = letterAt(text, at);
  }
  return at;
}

/** The first member after the bracket `open`. */
function firstMember(text: string, at: i32, open: i32): i32 {
  if (at == NONE || letterAt(text, at) != open) {
    return NONE;
  }
  at = afterBlanks(text, at + 1);
  const letter = letterAt(text, at);
  return letter == ARRAY_END || letter == OBJECT_END ? NONE : at;
}

/** The item after the one at `at`. */
export function next(text: string, at: i32): i32 {
  const end = afterValue(text, at);
  return end != NONE && letterAt(text, end) == COMMA ? afterBlanks(text, end + 1) : NONE;
}

/** The first item of the array at `at`. */
export function first(text: string, at: i32): i32 {
  return firstMember(text, at, ARRAY);
}

/** The value of the field `name` of the object at `at`. */
export function field(text: string, at: i32, name: string): i32 {
  let key = firstMember(text, at, OBJECT);
  while (key != NONE && letterAt(text, key) == QUOTE) {
    const end = afterText(text, key);
    const colon = end == NONE ? NONE : afterBlanks(text, end);
    if (colon == NONE || letterAt(text, colon) != COLON) {
      return NONE;
    }
    const value = afterBlanks(text, colon + 1);
    if (text.substring(key + 1, end - 1) == name) {
      return value;
    }
    key = next(text, value);
  }
  return NONE;
}

/** The text at `at`, without escapes; `null` if there is none. All that a node sends is such a text: addresses, base64, amounts. */
export function textAt(text: string, at: i32): string | null {
  const end = at != NONE && letterAt(text, at) == QUOTE ? afterText(text, at) : NONE;
  if (end == NONE) {
    return null;
  }
  const found = text.substring(at + 1, end - 1);
  return found.includes("\\") ? null : found;
}

/** Whether what is at `at` is `true`. */
export function isTrue(text: string, at: i32): bool {
  return at != NONE && text.substr(at, 4) == "true";
}

/** The number at `at`, in digits; `null` if there is none. */
export function digitsAt(text: string, at: i32): string | null {
  let end = at;
  while (end != NONE && letterAt(text, end) >= 0x30 && letterAt(text, end) <= 0x39) {
    end++;
  }
  return end == at ? null : text.substring(at, end);
}
