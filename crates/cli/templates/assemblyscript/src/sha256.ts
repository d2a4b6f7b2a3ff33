/** SHA-256 (FIPS 180-4). */

/** Bytes of a block, and of the message's length at the end of the last one. */
const BLOCK = 64;
const LENGTH = 8;

const CONSTANTS: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

const words = new StaticArray<u32>(64);

function addBlock(state: StaticArray<u32>, bytes: Uint8Array, from: i32): void {
  for (let i = 0; i < 16; i++) {
    words[i] = bswap(load<u32>(bytes.dataStart + <usize>(from + 4 * i)));
  }
  for (let i = 16; i < 64; i++) {
    const before = words[i - 15];
    const last = words[i - 2];
    const one = rotr(before, 7) ^ rotr(before, 18) ^ (before >> 3);
    const two = rotr(last, 17) ^ rotr(last, 19) ^ (last >> 10);
    words[i] = words[i - 16] + one + words[i - 7] + two;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (let i = 0; i < 64; i++) {
    const one = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + CONSTANTS[i] + words[i];
    const two = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + one;
    d = c;
    c = b;
    b = a;
    a = one + two;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** The digest of `bytes`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const state: StaticArray<u32> = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ];
  const rest = bytes.length % BLOCK;
  const whole = bytes.length - rest;
  for (let at = 0; at < whole; at += BLOCK) {
    addBlock(state, bytes, at);
  }
  const last = new Uint8Array(rest + 1 + LENGTH > BLOCK ? 2 * BLOCK : BLOCK);
  memory.copy(last.dataStart, bytes.dataStart + <usize>whole, <usize>rest);
  last[rest] = 0x80;
  store<u64>(last.dataStart + <usize>(last.length - LENGTH), bswap<u64>(<u64>bytes.length * 8));
  for (let at = 0; at < last.length; at += BLOCK) {
    addBlock(state, last, at);
  }
  const digest = new Uint8Array(32);
  for (let i = 0; i < 8; i++) {
    store<u32>(digest.dataStart + <usize>(4 * i), bswap(state[i]));
  }
  return digest;
}
