/**
 * The task my-task: what a node's work is, when a value proves it, and who is paid what.
 *
 * Put your own work in the place of this one. All nodes must audit and list alike, whenever and wherever they are asked: no
 * clock and no random number.
 */

import { sha256 } from "./sha256";

/** A submission to be paid or not. */
export class Submission {
  /** What the node is paid, in base units. */
  amount: u64 = 0;

  constructor(
    /** The address of the node that submitted it. */
    public node: string,
    /** Whether it stands: nobody challenged it, or it was upheld as valid. */
    public stands: bool,
  ) {}
}

/** What a proof begins with, before the nonce, and what it ends with. */
const BEFORE = '{"nonce":';
const AFTER: u8 = 0x7d;
/** Most digits of a nonce: every language reads such integers exactly. */
const MOST_DIGITS = 15;
const ZERO: u8 = 0x30;

/** Whether the SHA-256 digest of the node's address, the cycle and the nonce begins with twelve zero bits. */
function isFound(node: string, cycle: u64, nonce: u64): bool {
  const text = `${node} ${cycle.toString()} ${nonce.toString()}`;
  const digest = sha256(Uint8Array.wrap(String.UTF8.encode(text)));
  return digest[0] == 0 && digest[1] < 16;
}

/** The proof of the work of `node` for `cycle`: 1 to 512 bytes. */
export function work(node: string, cycle: u64): Uint8Array {
  let nonce: u64 = 0;
  while (!isFound(node, cycle, nonce)) {
    nonce += 1;
  }
  return Uint8Array.wrap(String.UTF8.encode(`${BEFORE}${nonce.toString()}}`));
}

/** Whether `value`, which anybody may have made up, proves the work of `node` for `cycle`. What cannot be read is invalid. */
export function audit(node: string, cycle: u64, value: Uint8Array): bool {
  const before = Uint8Array.wrap(String.UTF8.encode(BEFORE));
  const first = before.length;
  if (value.length <= first) {
    return false;
  }
  for (let at = 0; at < first; at++) {
    if (value[at] != before[at]) {
      return false;
    }
  }
  let nonce: u64 = 0;
  let end = first;
  for (; end < value.length && end - first < MOST_DIGITS && value[end] - ZERO < 10; end++) {
    nonce = nonce * 10 + (value[end] - ZERO);
  }
  // Written in one way only: without zeros before it, and with nothing after it.
  const isNumber = end > first && (value[first] != ZERO || end == first + 1);
  const isAll = value.length == end + 1 && value[end] == AFTER;
  return isNumber && isAll && isFound(node, cycle, nonce);
}

/** Sets who is paid what, together at most `bounty`: all whose submissions stand, the same. */
export function distribution(bounty: u64, submissions: Submission[]): void {
  let standing: u64 = 0;
  for (let i = 0; i < submissions.length; i++) {
    standing += submissions[i].stands ? 1 : 0;
  }
  for (let i = 0; i < submissions.length; i++) {
    submissions[i].amount = submissions[i].stands ? bounty / standing : 0;
  }
}
