/** Base64 with padding (RFC 4648). */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The text of `bytes`. */
export function encoded(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    let group: u32 = 0;
    for (let i = 0; i < 3; i++) {
      group = (group << 8) | (at + i < bytes.length ? <u32>bytes[at + i] : 0);
    }
    for (let i = 0; i < 4; i++) {
      text += at + i > bytes.length ? "=" : LETTERS.charAt((group >> (18 - 6 * i)) & 63);
    }
  }
  return text;
}

/** The bytes of `text`; `null` if it is no base64. */
export function decoded(text: string): Uint8Array | null {
  if (text.length % 4 != 0) {
    return null;
  }
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3);
  let group: u32 = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = at < text.length - padding ? LETTERS.indexOf(text.charAt(at)) : 0;
    if (letter < 0) {
      return null;
    }
    group = (group << 6) | letter;
    if (at % 4 == 3) {
      for (let shift = 16; shift >= 0; shift -= 8) {
        bytes[count++] = <u8>((group >> shift) & 255);
      }
    }
  }
  return bytes.subarray(0, count - padding);
}
