/** Schedules, lists and draws, against the program's own rules. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { getAddressEncoder } from '@solana/kit';
import * as client from '../src/index.js';
import { bytes, hex, known, vectors, type Range, type ScheduleVector } from './vectors.js';

const schedule = (one: ScheduleVector): client.Schedule => ({
    startingSlot: BigInt(one.starting_slot),
    roundTime: BigInt(one.round_time),
    submissionWindow: BigInt(one.submission_window),
    auditWindow: BigInt(one.audit_window),
});

const range = (window: client.Window): Range => [window.start.toString(), window.end.toString()];

/** What `make` gives; null where it is out of range. */
function orNull<T>(make: () => T): T | null {
    try {
        return make();
    } catch (error) {
        if (error instanceof RangeError) return null;
        throw error;
    }
}

suite('schedules', () => {
    for (const vector of vectors.schedules) {
        const terms = schedule(vector.schedule);
        const failed = vector.allowed_failed_distributions;
        test(JSON.stringify(vector.schedule), () => {
            assert.equal(client.isValidSchedule(terms), vector.is_valid);
            for (const { slot, round } of vector.slots) {
                assert.equal(client.roundAt(terms, BigInt(slot))?.toString() ?? null, round);
            }
            for (const expected of vector.cycles) {
                const number = BigInt(expected.cycle);
                const found = orNull(() => client.cycleWindows(terms, number, failed));
                if (found === null) {
                    const all = [expected.open, expected.submit, expected.audit, expected.challenge];
                    const lists = expected.lists.flatMap(({ propose, audit, challenge }) => [propose, audit, challenge]);
                    assert.ok([...all, ...lists, expected.unlocked].includes(null), 'some window is out of range');
                    continue;
                }
                assert.deepEqual(
                    {
                        cycle: expected.cycle,
                        open: range(found.open),
                        submit: range(found.submit),
                        audit: range(found.audit),
                        challenge: range(found.challenge),
                        lists: found.lists.map(({ propose, audit, challenge }) => ({
                            propose: range(propose),
                            audit: range(audit),
                            challenge: range(challenge),
                        })),
                        unlocked: found.unlocked.toString(),
                    },
                    expected,
                );
            }
        });
    }

    test('a cycle far beyond is out of range', () => {
        const terms = schedule(known(vectors.schedules[0], 'schedule').schedule);
        assert.throws(() => client.cycleWindows(terms, 2n ** 64n - 1n, 0), RangeError);
    });
});

suite('lists', () => {
    for (const { task, cycle, entries, root, proofs } of vectors.lists) {
        const shares = entries.map(({ node, amount }) => ({ node, amount: BigInt(amount) }));
        test(`of ${shares.length}`, () => {
            const number = BigInt(cycle);
            const tree = client.distributionTree(task, number, shares);
            assert.equal(hex(tree.root), root);
            assert.deepEqual(tree.proposal('here'), {
                merkleRoot: tree.root,
                total: shares.reduce((sum, { amount }) => sum + amount, 0n),
                count: shares.length,
                uri: 'here',
            });
            const found = shares.map((_, index) => tree.entry(index));
            assert.deepEqual(
                found.map(({ proof }) => proof.map(hex)),
                proofs,
            );
            for (const entry of found) {
                const isIn = (changed: Partial<client.Entry>, count = shares.length) =>
                    client.isInList(task, number, tree.root, count, { ...entry, ...changed });
                assert.ok(isIn({}));
                assert.ok(!isIn({ amount: entry.amount + 1n }));
                assert.ok(!isIn({ proof: [...entry.proof, tree.root] }));
                assert.ok(!isIn({ index: entry.index + shares.length }));
                if (entry.proof.length > 0) assert.ok(!isIn({ proof: entry.proof.slice(1) }));
            }
            assert.throws(() => tree.entry(shares.length), RangeError);
        });
    }

    test('without shares there is none', () => {
        const [{ task }] = vectors.lists as [(typeof vectors.lists)[number]];
        assert.throws(() => client.distributionTree(task, 0n, []), RangeError);
    });

    test('an amount has 64 bits', () => {
        const [{ task }] = vectors.lists as [(typeof vectors.lists)[number]];
        const tree = (amount: bigint) => client.distributionTree(task, 0n, [{ node: task, amount }]);
        assert.equal(tree(2n ** 64n - 1n).total, 2n ** 64n - 1n);
        for (const amount of [-1n, 2n ** 64n]) assert.throws(() => tree(amount), RangeError);
    });

    test('an index has 32 bits', () => {
        const [{ task }] = vectors.lists as [(typeof vectors.lists)[number]];
        const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
        // The last of an odd number of leaves, which meets one sibling only: the first child of the root.
        const [index, sibling] = [2 ** 31, new Uint8Array(32)];
        const [key, place, amount] = [new Uint8Array(getAddressEncoder().encode(task)), Buffer.alloc(12), Buffer.alloc(8)];
        place.writeUInt32LE(index, 8);
        amount.writeBigUInt64LE(1n);
        const leaf = sha256(Uint8Array.of(0), key, place, key, amount);
        const root = sha256(Uint8Array.of(1), sibling, leaf);
        assert.ok(client.isInList(task, 0n, root, index + 1, { node: task, amount: 1n, index, proof: [sibling] }));
    });
});

suite('draws', () => {
    for (const draw of vectors.draws) {
        test(draw.node, () => {
            const entropy = bytes(draw.entropy);
            const score = client.score(entropy, draw.attempt, draw.node);
            assert.equal(score.toString(), draw.score);
            const wait = client.stagger(score, draw.count, BigInt(draw.submission_window));
            assert.equal(wait.toString(), draw.stagger);
            const next = client.nextEntropy(entropy, draw.node, bytes(draw.value), bytes(draw.slot_hash));
            assert.equal(hex(next), draw.next_entropy);
        });
    }

    test('turns', () => {
        const { number, entropy, submissions, turns } = vectors.turns;
        const task = { schedule: schedule(vectors.turns.schedule) };
        const cycle = { number: BigInt(number), entropy: bytes(entropy), submissions };
        for (const { node, attempt, slot } of turns) {
            assert.equal(client.proposalSlot(task, cycle, node, attempt).toString(), slot);
        }
        assert.equal(turns.length, 12);
    });
});

test('the example in README.md is the file that is compiled', () => {
    const read = (file: string) => readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8');
    assert.ok(read('README.md').includes(`\`\`\`ts\n${read('examples/earned.ts')}\`\`\``));
});
