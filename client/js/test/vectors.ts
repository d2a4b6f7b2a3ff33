/** What the Rust client builds and the program answers (`cargo xtask vectors`), and what the IDL says of it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { none, some, type Address } from '@solana/kit';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export type AccountVector = { name: string; address: string; signer: boolean; writable: boolean };

export type InstructionVector = {
    name: string;
    variant: string;
    arguments: JsonObject;
    accounts: AccountVector[];
    data: string;
    reads: number[];
    events: { name: string; log: string; fields: JsonObject }[];
};

export type Range = [string, string] | null;

export type Vectors = {
    program: string;
    instructions: InstructionVector[];
    stored: { address: string; data: string }[];
    accounts: { type: string; account: number; fields: JsonObject; rest: string }[];
    lists: {
        task: Address;
        cycle: string;
        entries: { node: Address; amount: string }[];
        root: string;
        proofs: string[][];
    }[];
    draws: {
        entropy: string;
        node: Address;
        attempt: number;
        count: number;
        submission_window: string;
        score: string;
        stagger: string;
        value: string;
        slot_hash: string;
        next_entropy: string;
    }[];
    turns: {
        number: string;
        entropy: string;
        submissions: number;
        schedule: ScheduleVector;
        turns: { node: Address; attempt: number; slot: string }[];
    };
    schedules: {
        schedule: ScheduleVector;
        allowed_failed_distributions: number;
        is_valid: boolean;
        slots: { slot: string; round: string | null }[];
        cycles: {
            cycle: string;
            open: Range;
            submit: Range;
            audit: Range;
            challenge: Range;
            lists: { propose: Range; audit: Range; challenge: Range }[];
            unlocked: string | null;
        }[];
    }[];
};

export type ScheduleVector = {
    starting_slot: string;
    round_time: string;
    submission_window: string;
    audit_window: string;
};

type IdlType =
    | string
    | { option: IdlType }
    | { vec: IdlType }
    | { array: [IdlType, number] }
    | { defined: { name: string } };
type IdlField = { name: string; type: IdlType };
type IdlSeed = { kind: string; path?: string };

export type IdlAccount = { name: string; address?: string; signer?: boolean; relations?: string[]; pda?: { seeds: IdlSeed[] } };

export type Idl = {
    instructions: { name: string; accounts: IdlAccount[]; args: IdlField[] }[];
    types: {
        name: string;
        type: { kind: 'struct'; fields?: IdlField[] } | { kind: 'enum'; variants: { name: string }[] };
    }[];
};

const PACKAGE = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => JSON.parse(readFileSync(join(PACKAGE, ...path), 'utf8'));

export const vectors: Vectors = read('test', 'vectors.json');
export const idl: Idl = read('..', '..', 'idl', 'gradual_consensus.json');

export const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
export const pascal = (name: string) => camel(`_${name}`);
export const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
export const hex = (data: ArrayLike<number>) => Buffer.from(Uint8Array.from(data)).toString('hex');

/** `found`, which must be there. */
export function known<T>(found: T | undefined, what: string): T {
    if (found === undefined) throw new Error(`no ${what}`);
    return found;
}

export const instructionIdl = (name: string) =>
    known(
        idl.instructions.find((one) => one.name === name),
        `instruction ${name} in the IDL`,
    );

/** How a library writes the values that differ from one to the other. */
export type Writer = {
    u64: (text: string) => unknown;
    pubkey: (text: string) => unknown;
    bytes: (data: Uint8Array, isArray: boolean) => unknown;
    option: (value: unknown) => unknown;
    variant: (name: string, number: number) => unknown;
};

/** As @solana/kit decodes them. */
export const kitWriter: Writer = {
    u64: BigInt,
    pubkey: (text) => text,
    bytes: (data) => data,
    option: (value) => (value === null ? none() : some(value)),
    variant: (_, number) => number,
};

/** `value`, of the IDL's type `type`, as `writer` writes it. */
export function write(writer: Writer, type: IdlType, value: Json): unknown {
    if (type === 'u64') return writer.u64(value as string);
    if (type === 'pubkey') return writer.pubkey(value as string);
    if (type === 'bytes') return writer.bytes(bytes(value as string), false);
    if (typeof type === 'string') return value;
    if ('option' in type) return writer.option(value === null ? null : write(writer, type.option, value));
    if ('vec' in type) return (value as Json[]).map((one) => write(writer, type.vec, one));
    if ('array' in type) {
        const [each] = type.array;
        return each === 'u8'
            ? writer.bytes(bytes(value as string), true)
            : (value as Json[]).map((one) => write(writer, each, one));
    }
    return writeDefined(writer, type.defined.name, value);
}

/** `value`, of the IDL's own type called `name`, as `writer` writes it. */
export function writeDefined(writer: Writer, name: string, value: Json): unknown {
    const { type } = known(
        idl.types.find((one) => one.name === name),
        `type ${name} in the IDL`,
    );
    if (type.kind === 'enum') {
        return writer.variant(value as string, type.variants.findIndex((variant) => variant.name === value));
    }
    return writeFields(writer, type.fields ?? [], value as JsonObject);
}

/** Named values, as `writer` writes them. */
export function writeFields(writer: Writer, fields: IdlField[], values: JsonObject): Record<string, unknown> {
    const all = fields.map(({ name, type }) => [camel(name), write(writer, type, known(values[name], name))]);
    return Object.fromEntries(all);
}
