/** Addresses and signatures. */

import bs58 from "bs58";
import { createPublicKey, verify } from "node:crypto";

/** What every message that a node signs for a logic begins with (crates/node/src/external/host.rs). */
const PREFIX = Buffer.concat([
  Buffer.from([0xff]),
  Buffer.from("gradual consensus: a logic's message\n"),
]);
/** A raw Ed25519 key after these bytes is one in DER. */
const DER = Buffer.from("302a300506032b6570032100", "hex");
const SIGNATURE = 64;

/** An address, with the methods that K2's tasks call. */
export class PublicKey {
  readonly #bytes: Uint8Array;

  /** The address that `from` writes in base58, or in bytes. */
  constructor(from: string | Uint8Array) {
    this.#bytes = typeof from === "string" ? bs58.decode(from) : Uint8Array.from(from);
    if (this.#bytes.length !== 32) {
      throw new Error(`${String(from)} is no address`);
    }
  }

  toBase58(): string {
    return bs58.encode(this.#bytes);
  }

  toString(): string {
    return this.toBase58();
  }

  toJSON(): string {
    return this.toBase58();
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  toBuffer(): Buffer {
    return Buffer.from(this.#bytes);
  }

  equals(other: PublicKey): boolean {
    return this.toBase58() === other.toBase58();
  }
}

/** A signature and what it signs, as one text: K2's form. */
export function sealed(signature: Uint8Array, message: Uint8Array): string {
  return bs58.encode(Buffer.concat([signature, message]));
}

/** The message in `seal`, if the node `key` signed it for `task`; throws otherwise. */
export function opened(seal: string, key: string, task: string): string {
  const bytes = Buffer.from(bs58.decode(seal));
  const message = bytes.subarray(SIGNATURE);
  const signed = Buffer.concat([PREFIX, new PublicKey(task).toBytes(), message]);
  const der = Buffer.concat([DER, new PublicKey(key).toBytes()]);
  const signer = createPublicKey({ key: der, format: "der", type: "spki" });
  if (!verify(null, signed, signer, bytes.subarray(0, SIGNATURE))) {
    throw new Error("the signature is not this node's");
  }
  return message.toString("utf8");
}
