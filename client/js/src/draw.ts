/** Who may propose a list, and from when on: docs/protocol.md, section 7. */

import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { getAddressEncoder, getU64Decoder, type Address, type ReadonlyUint8Array } from '@solana/kit';
import type { Cycle } from './generated/accounts/cycle.js';
import type { Task } from './generated/accounts/task.js';
import { distributionRound, submissionWindow } from './schedule.js';

/** Steps by which later scores wait, within one submission window. */
const STEPS = 8n;

const bytes = (node: Address) => new Uint8Array(getAddressEncoder().encode(node));

/** The entropy of a cycle after `node` submitted `value`; `slotHash` is the most recent slot hash. */
export function nextEntropy(
    entropy: ReadonlyUint8Array,
    node: Address,
    value: ReadonlyUint8Array,
    slotHash: ReadonlyUint8Array,
): Uint8Array {
    const parts = [entropy, bytes(node), sha256(new Uint8Array(value)), slotHash];
    return sha256(concatBytes(...parts.map((part) => new Uint8Array(part))));
}

/** The score of `node` in `attempt`. The lowest goes first. */
export function score(entropy: ReadonlyUint8Array, attempt: number, node: Address): bigint {
    const digest = sha256(concatBytes(new Uint8Array(entropy), Uint8Array.of(attempt), bytes(node)));
    return getU64Decoder().decode(digest.slice(0, 8));
}

/** Slots into the submission window that a submitter with `score` waits among `count` submitters. */
export function stagger(score: bigint, count: number, submissionWindow: bigint): bigint {
    const rank = (score * BigInt(count)) >> 64n;
    const step = rank < STEPS ? rank : STEPS - 1n;
    return (step * submissionWindow) / STEPS;
}

/** The first slot at which `node`, which submitted in `cycle`, may propose its list in `attempt`. */
export function proposalSlot(
    task: Pick<Task, 'schedule'>,
    cycle: Pick<Cycle, 'number' | 'entropy' | 'submissions'>,
    node: Address,
    attempt: number,
): bigint {
    const window = submissionWindow(task.schedule, distributionRound(cycle.number, attempt));
    const drawn = score(cycle.entropy, attempt, node);
    return window.start + stagger(drawn, cycle.submissions, task.schedule.submissionWindow);
}
