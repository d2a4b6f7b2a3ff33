/** Distribution lists as Merkle trees, as the program checks them: docs/protocol.md, section 8. */

import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { getAddressEncoder, getU32Encoder, getU64Encoder, type Address, type ReadonlyUint8Array } from '@solana/kit';
import type { ListProposalArgs } from './generated/types/listProposal.js';

/** What a list pays a node, in base units; above 0. */
export type Share = { node: Address; amount: bigint };

/** A share with its place in the list and what proves it: its siblings from the leaf to the root. */
export type Entry = Share & { index: number; proof: ReadonlyUint8Array[] };

/** A list of one cycle. */
export type DistributionTree = {
    /** The Merkle root over all shares. */
    root: Uint8Array;
    /** The sum of all shares, in base units. */
    total: bigint;
    /** What a proposer hands in; `uri` is where people can read the list. */
    proposal: (uri?: string) => ListProposalArgs;
    /** What `payout` needs of the share at `index`. */
    entry: (index: number) => Entry;
};

const MOST = 2n ** 64n - 1n;

const address = (text: Address) => new Uint8Array(getAddressEncoder().encode(text));
const u32 = (number: number) => new Uint8Array(getU32Encoder().encode(number));
const u64 = (number: bigint) => new Uint8Array(getU64Encoder().encode(number));

function leaf(task: Address, cycle: bigint, index: number, { node, amount }: Share): Uint8Array {
    return sha256(concatBytes(Uint8Array.of(0), address(task), u64(cycle), u32(index), address(node), u64(amount)));
}

function parent(left: ReadonlyUint8Array, right: ReadonlyUint8Array): Uint8Array {
    return sha256(concatBytes(Uint8Array.of(1), new Uint8Array(left), new Uint8Array(right)));
}

/** The level above `level`: pairs in their order, and an odd last one as it is. */
function above(level: Uint8Array[]): Uint8Array[] {
    return level.flatMap((left, index) => {
        if (index % 2 === 1) return [];
        const right = level[index + 1];
        return [right ? parent(left, right) : left];
    });
}

/**
 * The tree over `shares` in their order, for cycle `cycle` of `task`.
 *
 * @throws RangeError without shares, or where an amount is below 0 or has more than 64 bits.
 */
export function distributionTree(task: Address, cycle: bigint, shares: readonly Share[]): DistributionTree {
    if (shares.length === 0) throw new RangeError('a list pays at least one node');
    const wrong = shares.find(({ amount }) => amount < 0n || amount > MOST);
    if (wrong) throw new RangeError(`${wrong.amount} is no amount in base units`);
    const levels = [shares.map((share, index) => leaf(task, cycle, index, share))];
    for (let top = levels[0]!; top.length > 1; ) {
        top = above(top);
        levels.push(top);
    }
    const root = levels.at(-1)![0]!;
    const total = shares.reduce((sum, { amount }) => sum + amount, 0n);
    return {
        root,
        total,
        proposal: (uri = '') => ({ merkleRoot: root, total, count: shares.length, uri }),
        entry: (index) => {
            const share = shares[index];
            if (!share) throw new RangeError(`the list has no entry ${index}`);
            const proof = levels.flatMap((level, height) => level[(index >>> height) ^ 1] ?? []);
            return { ...share, index, proof };
        },
    };
}

/** Whether `entry` is one of the `count` shares under `root` in the list of cycle `cycle` of `task`. */
export function isInList(
    task: Address,
    cycle: bigint,
    root: ReadonlyUint8Array,
    count: number,
    entry: Entry,
): boolean {
    const siblings = [...entry.proof];
    if (entry.index >= count) return false;
    let hash = leaf(task, cycle, entry.index, entry);
    for (let [position, width] = [entry.index, count]; width > 1; position >>>= 1, width = Math.ceil(width / 2)) {
        if (position % 2 === 0 && position + 1 === width) continue;
        const sibling = siblings.shift();
        if (!sibling) return false;
        hash = position % 2 === 0 ? parent(hash, sibling) : parent(sibling, hash);
    }
    return siblings.length === 0 && hash.every((byte, place) => byte === root[place]);
}
