/**
 * The task my-task: what a node's work is, and when a submission proves it.
 *
 * Put your own work in the place of this one. All nodes must audit and list alike, whenever and wherever they are asked: no
 * clock, no locale, no random number, and nothing of the store.
 */

import { createHash } from "node:crypto";

/** Whether the SHA-256 digest of the node's address, the round and the nonce begins with twelve zero bits. */
function isFound(node, round, nonce) {
  return createHash("sha256").update(`${node} ${round} ${nonce}`).digest("hex").startsWith("000");
}

/** The proof of the work of `node` for `round`: at most 512 bytes. */
export function prove(node, round) {
  let nonce = 0;
  while (!isFound(node, round, nonce)) {
    nonce += 1;
  }
  return JSON.stringify({ nonce });
}

/** Whether `submission`, which anybody may have made up, is such a proof. What cannot be read is none. */
export function isProof(submission, node, round) {
  let nonce;
  try {
    nonce = JSON.parse(submission).nonce;
  } catch {
    return false;
  }
  // JSON's numbers are exact up to 2^53 only.
  return Number.isSafeInteger(nonce) && nonce >= 0 && isFound(node, round, nonce);
}
