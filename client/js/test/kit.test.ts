/** The generated client and the builders beside it, against the Rust client. */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AccountRole, createNoopSigner, type Address, type Instruction } from '@solana/kit';
import * as client from '../src/index.js';
import {
    bytes,
    hex,
    idl,
    instructionIdl,
    kitWriter,
    known,
    camel,
    pascal,
    vectors,
    writeDefined,
    writeFields,
    type InstructionVector,
} from './vectors.js';

type Builder = (input: Record<string, unknown>) => Instruction | Promise<Instruction>;

const builders = client as unknown as Record<string, Builder | undefined>;

/** An instruction as the vectors show one. */
function shown({ accounts = [], data = new Uint8Array(), programAddress }: Instruction) {
    return {
        program: programAddress as string,
        data: hex(data),
        accounts: accounts.map(({ address, role }) => ({
            address: address as string,
            signer: role === AccountRole.READONLY_SIGNER || role === AccountRole.WRITABLE_SIGNER,
            writable: role === AccountRole.WRITABLE || role === AccountRole.WRITABLE_SIGNER,
        })),
    };
}

function expected({ accounts, data }: InstructionVector) {
    const shown = accounts.map(({ address, signer, writable }) => ({ address, signer, writable }));
    return { program: vectors.program, data, accounts: shown };
}

/** Arguments and those accounts of `vector` for which `isGiven`. */
function input(vector: InstructionVector, isGiven: (name: string) => boolean): Record<string, unknown> {
    const { args } = instructionIdl(vector.name);
    const given = vector.accounts.filter(({ name, address }) => isGiven(name) && address !== vectors.program);
    const accounts = given.map(({ name, address, signer }) => [
        camel(name),
        signer ? createNoopSigner(address as Address) : address,
    ]);
    return { ...Object.fromEntries(accounts), ...writeFields(kitWriter, args, vector.arguments) };
}

/** Whether the generated client finds the account by itself: its seeds are accounts and arguments. */
function isDerived(instruction: string, account: string): boolean {
    const { accounts } = instructionIdl(instruction);
    const found = known(accounts.find(({ name }) => name === account), account);
    return found.address !== undefined || (found.pda?.seeds.every(({ path }) => !path?.includes('.')) ?? false);
}

const named = ({ name, variant }: InstructionVector) => (variant === '' ? name : `${name} (${variant})`);

suite('the generated builders', () => {
    for (const vector of vectors.instructions) {
        const name = pascal(vector.name);
        test(`${named(vector)}, with every account`, async () => {
            const build = known(builders[`get${name}Instruction`], `builder of ${name}`);
            assert.deepEqual(shown(await build(input(vector, () => true))), expected(vector));
        });
        const build = builders[`get${name}InstructionAsync`];
        if (build) {
            test(`${named(vector)}, with what it cannot derive`, async () => {
                const instruction = await build(input(vector, (account) => !isDerived(vector.name, account)));
                assert.deepEqual(shown(instruction), expected(vector));
            });
        }
    }
});

/** What the account at `address` holds, of those that `vector` reads. */
function held(vector: InstructionVector, account: string): { address: Address; data: Uint8Array } {
    const { address } = known(vector.accounts.find(({ name }) => name === account), account);
    const stored = vector.reads.map((place) => vectors.stored[place]).find((one) => one?.address === address);
    return { address: address as Address, data: Buffer.from(known(stored, account).data, 'base64') };
}

const builtFrom: Record<string, (vector: InstructionVector, all: any) => Promise<Instruction>> = {
    create_task: (_, all) => client.createTask(all),
    close_stake: (vector, all) => {
        const stake = client.getNodeStakeDecoder().decode(held(vector, 'node_stake').data);
        return client.closeStake({ ...all, stake });
    },
    park_stake: (vector, all) => {
        const { task, node } = client.getNodeStakeDecoder().decode(held(vector, 'node_stake').data);
        return client.parkStake({ task, node });
    },
    audit: (vector, all) => client.audit({ ...all, ...subject(vector) }),
    resolve_audit: (vector, all) => client.resolveAudit({ ...all, ...subject(vector) }),
    close_vote: (vector, all) => {
        const vote = client.getAuditVoteDecoder().decode(held(vector, 'vote').data);
        return client.closeVote({ ...all, vote });
    },
    submit_distribution_list: (vector, all) => client.submitDistributionList({ ...all, cycleNumber: cycleOf(vector) }),
    finalize_distribution: (vector, all) =>
        client.finalizeDistribution({ ...all, cycleNumber: cycleOf(vector), attempt: listOf(vector).attempt }),
    payout: (vector, all) => {
        const { task, author } = submissionOf(vector).subject;
        const entry = { node: author, index: all.index, amount: all.amount, proof: all.proof };
        return client.payout({ task, cycleNumber: cycleOf(vector), attempt: listOf(vector).attempt, entry });
    },
    payout_equal: (vector, all) => {
        const node = submissionOf(vector).subject.author;
        return client.payoutEqual({ ...all, cycleNumber: cycleOf(vector), node });
    },
    close_subject: (vector) => client.closeSubject(subject(vector)),
    close_cycle: (vector) => {
        const cycle = client.getCycleDecoder().decode(held(vector, 'cycle').data);
        return client.closeCycle({ cycle });
    },
};

const cycleOf = (vector: InstructionVector) => client.getCycleDecoder().decode(held(vector, 'cycle').data).number;
const listOf = (vector: InstructionVector) => client.getDistributionListDecoder().decode(held(vector, 'list').data);
const submissionOf = (vector: InstructionVector) => client.getSubmissionDecoder().decode(held(vector, 'submission').data);

function subject(vector: InstructionVector): client.KeyedSubject {
    const { address, data } = held(vector, 'subject');
    return { address, subject: known(client.decodeSubject(data), 'subject') };
}

suite('the builders from what accounts hold', () => {
    for (const vector of vectors.instructions) {
        const build = builtFrom[vector.name];
        if (build) {
            test(named(vector), async () => {
                const instruction = await build(vector, input(vector, () => true));
                assert.deepEqual(shown(instruction), expected(vector));
            });
        }
    }

    test('are there wherever the generated ones do not find every account', () => {
        const needed = idl.instructions.filter(({ name, accounts }) =>
            accounts.some((account) => account.pda && !isDerived(name, account.name)),
        );
        const missing = needed.filter(({ name }) => !builtFrom[name]);
        assert.deepEqual(
            missing.map(({ name }) => name),
            [],
        );
    });
});

suite('accounts', () => {
    for (const { type, account, fields, rest } of vectors.accounts) {
        test(type, () => {
            const decode = (client as any)[`get${type}Decoder`];
            const stored = known(vectors.stored[account], type);
            const { discriminator, ...found } = decode().decode(Buffer.from(stored.data, 'base64'));
            const expected = writeDefined(kitWriter, type, fields) as Record<string, unknown>;
            if (type === 'Submission') {
                assert.equal(found.value.length, found.valueLen);
                expected.value = bytes(rest);
            } else {
                // An account of texts has room for the longest.
                assert.match(rest, type === 'TaskMetadata' ? /^0*$/ : /^$/);
            }
            assert.deepEqual(plain(found), plain(expected));
        });
    }

    test('the head of a subject is that of a submission or a list', () => {
        for (const { account, type } of vectors.accounts) {
            const found = client.decodeSubject(Buffer.from(known(vectors.stored[account], type).data, 'base64'));
            assert.equal(found !== undefined, type === 'Submission' || type === 'DistributionList', type);
        }
    });
});

/** `value` with plain bytes: a Buffer and a Uint8Array of the same bytes are the same here. */
function plain(value: unknown): unknown {
    if (value instanceof Uint8Array) return hex(value);
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

suite('events', () => {
    const invoked = `Program ${vectors.program} invoke [1]`;
    const told = vectors.instructions.flatMap(({ events }) => events);

    test('every one of the program is decoded', () => {
        for (const { name, log, fields } of told) {
            const [event, ...more] = client.eventsIn([invoked, `Program data: ${log}`]);
            assert.deepEqual(more, []);
            assert.equal(event?.name, name);
            assert.deepEqual(plain(event?.data), plain(writeDefined(kitWriter, name, fields)));
        }
        const names = new Set(told.map(({ name }) => name));
        assert.equal(names.size, (idl as any).events.length);
    });

    test('what another program says is none, within a call of ours or around one', () => {
        const [{ name, log }] = told as [(typeof told)[number]];
        const other = '11111111111111111111111111111111';
        const line = `Program data: ${log}`;
        const logs = [`Program ${other} invoke [1]`, line, `Program ${vectors.program} invoke [2]`, line];
        const after = [`Program ${other} invoke [3]`, line, `Program ${other} success`, line];
        const end = [`Program ${vectors.program} success`, line, `Program ${other} failed: custom program error: 0x1`];
        const found = client.eventsIn([...logs, ...after, ...end, line]);
        assert.deepEqual(
            found.map((event) => event.name),
            [name, name],
        );
    });
});

test('a task lives where its terms say', async () => {
    const created = vectors.instructions.filter(({ name }) => name === 'create_task');
    assert.ok(created.length > 0);
    for (const vector of created) {
        const { creator, mint, task } = Object.fromEntries(vector.accounts.map(({ name, address }) => [name, address]));
        const terms = { ...input(vector, () => false), creator, mint } as unknown as client.TaskTerms;
        assert.equal(await client.taskAddress(terms), task);
        const other = { ...terms, taskId: terms.taskId + 1n };
        assert.notEqual(await client.taskAddress(other), task);
    }
});

test('a value that is too long is refused', () => {
    assert.equal(client.textValue('é'.repeat(256)).length, 512);
    assert.throws(() => client.textValue('é'.repeat(257)), RangeError);
});
