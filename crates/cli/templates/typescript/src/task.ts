/**
 * The task my-task: what a node's work is, when a value proves it, and who is paid what.
 *
 * Put your own work in the place of this one. All nodes must audit and list alike, whenever and wherever they are asked:
 * `audit` and `distribution` use no clock, no locale and no random number.
 */

import { createHash } from "node:crypto";

/** What an audit needs cannot be had now, whatever the value is: the node does not vote, and asks again. */
export class Outage extends Error {}

/** A submission to be paid or not. */
export interface Submission {
  /** The address of the node that submitted it. */
  node: string;
  /** Whether it stands: nobody challenged it, or it was upheld as valid. */
  stands: boolean;
}

/** Whether the SHA-256 digest of the node's address, the cycle and the nonce begins with twelve zero bits. */
function isFound(node: string, cycle: number, nonce: number): boolean {
  return createHash("sha256").update(`${node} ${cycle} ${nonce}`).digest("hex").startsWith("000");
}

/** The proof of the work of `node` for `cycle`: 1 to 512 bytes. */
export async function work(node: string, cycle: number): Promise<Uint8Array> {
  let nonce = 0;
  while (!isFound(node, cycle, nonce)) {
    nonce += 1;
  }
  return new TextEncoder().encode(JSON.stringify({ nonce }));
}

/**
 * Whether `value`, which anybody may have made up, proves the work of `node` for `cycle`. What cannot be read is invalid.
 * Throw an `Outage` where the source of your data fails or answers nonsense. Whatever else is thrown, except by a file or
 * the network, calls the value invalid, and whoever calls honest work invalid is slashed.
 */
export async function audit(node: string, cycle: number, value: Uint8Array): Promise<boolean> {
  let proof: unknown;
  try {
    proof = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch {
    return false;
  }
  const nonce = typeof proof === "object" && proof !== null && "nonce" in proof ? proof.nonce : undefined;
  // JSON's numbers are exact up to 2^53 only.
  return typeof nonce === "number" && Number.isSafeInteger(nonce) && nonce >= 0 && isFound(node, cycle, nonce);
}

/** Who is paid what, in base units, together at most `bounty`: all whose submissions stand, the same. */
export function distribution(bounty: bigint, submissions: Submission[]): { node: string; amount: bigint }[] {
  const standing = submissions.filter((submission) => submission.stands);
  const share = standing.length === 0 ? 0n : bounty / BigInt(standing.length);
  return share === 0n ? [] : standing.map(({ node }) => ({ node, amount: share }));
}
