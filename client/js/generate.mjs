// Writes src/generated/: the program's client for @solana/kit, by Codama from the program's IDL.
//
// Four things that Codama does not find in the IDL, or does not render, are added here: one name for each kind of
// derived address, the value behind a submission's fields, the events, and the lengths that the program allows.

import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rootNodeFromAnchorWithoutDefaultVisitor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import { getBase58Decoder } from '@solana/kit';
import * as codama from 'codama';

const PACKAGE = import.meta.dirname;
const GENERATED = join(PACKAGE, 'src', 'generated');
const IDL = join(PACKAGE, '..', '..', 'idl', 'gradual_consensus.json');
const NOTICE = '// Written by generate.mjs from the IDL.\n\n';

const idl = JSON.parse(readFileSync(IDL, 'utf8'));

const address = codama.publicKeyTypeNode();
const u8 = codama.numberTypeNode('u8');
const u64 = codama.numberTypeNode('u64');
const hash = codama.fixedSizeTypeNode(codama.bytesTypeNode(), 32);

/** The kinds of derived addresses: the constant that begins their seeds, and what follows it. */
const KINDS = {
    config: ['CONFIG_SEED', {}],
    task: ['TASK_SEED', { creator: address, taskId: u64, termsHash: hash }],
    metadata: ['METADATA_SEED', { task: address }],
    stakePot: ['STAKE_POT_SEED', { task: address }],
    bountyPot: ['BOUNTY_POT_SEED', { task: address }],
    nodeStake: ['STAKE_SEED', { task: address, node: address }],
    cycle: ['CYCLE_SEED', { task: address, number: u64 }],
    submission: ['SUBMISSION_SEED', { cycle: address, node: address }],
    list: ['LIST_SEED', { cycle: address, attempt: u8 }],
    vote: ['VOTE_SEED', { subject: address, voter: address }],
};

/** A constant of the IDL that is bytes, in base 58. */
function seed(constant) {
    const found = idl.constants.find(({ name }) => name === constant);
    if (!found) throw new Error(`the IDL has no constant ${constant}`);
    return getBase58Decoder().decode(new Uint8Array(JSON.parse(found.value)));
}

const kinds = Object.entries(KINDS).map(([name, [constant, variables]]) => ({
    name,
    seed: seed(constant),
    variables: Object.entries(variables),
}));

const pdas = kinds.map(({ name, seed, variables }) =>
    codama.pdaNode({
        name,
        seeds: [
            codama.constantPdaSeedNodeFromBytes('base58', seed),
            ...variables.map(([variable, type]) => codama.variablePdaSeedNode(variable, type)),
        ],
    }),
);

/** An account whose address the IDL derives: the address by its kind, where it is one of this program's. */
function byKind(account) {
    const value = account.defaultValue;
    if (value?.kind !== 'pdaValueNode' || value.pda.programId) return account;
    const kind = kinds.find((one) => one.seed === value.pda.seeds[0].value.data);
    if (!kind) throw new Error(`the address of ${account.name} is of no known kind`);
    const seeds = value.seeds.map((given, place) => codama.pdaSeedValueNode(kind.variables[place][0], given.value));
    return { ...account, defaultValue: codama.pdaValueNode(codama.pdaLinkNode(kind.name), seeds) };
}

/** A submission with its value, which takes the rest of the account. */
function withValue(account) {
    if (account.name !== 'submission') return account;
    const value = codama.structFieldTypeNode({
        name: 'value',
        docs: ['The proof that was submitted.'],
        type: codama.bytesTypeNode(),
    });
    return { ...account, data: codama.structTypeNode([...account.data.fields, value]) };
}

/** The program with its kinds of addresses, and with its events among its types. */
function completed(program) {
    const events = program.events.map((event) =>
        codama.definedTypeNode({
            name: event.name,
            docs: idl.types.find(({ name }) => codama.camelCase(name) === event.name).docs,
            type: event.data.type,
        }),
    );
    return { ...program, pdas, definedTypes: [...program.definedTypes, ...events] };
}

const root = [
    codama.bottomUpTransformerVisitor([
        { select: '[instructionAccountNode]', transform: byKind },
        { select: '[accountNode]', transform: withValue },
        { select: '[programNode]', transform: completed },
    ]),
    codama.setFixedAccountSizesVisitor(),
    codama.transformU8ArraysToBytesVisitor(),
].reduce((node, visitor) => codama.visit(node, visitor), rootNodeFromAnchorWithoutDefaultVisitor(idl));

/** `src/generated/events.ts`: every event with its name, first bytes and decoder. */
function events() {
    const names = idl.events.map(({ name }) => name);
    const rows = idl.events.map(
        ({ name, discriminator }) =>
            `    { name: '${name}', discriminator: [${discriminator}], decoder: types.get${name}Decoder() },\n`,
    );
    const kinds = names.map((name) => `    | { name: '${name}'; data: types.${name} }`);
    return [
        NOTICE,
        "import * as types from './types/index';\n\n",
        '/** One event of the program. */\n',
        `export type GradualConsensusEvent =\n${kinds.join('\n')};\n\n`,
        '/** Every event, with the bytes that begin it. */\n',
        `export const EVENTS = [\n${rows.join('')}] as const;\n`,
    ].join('');
}

/** `src/generated/constants.ts`: the numbers among the program's constants. */
function constants() {
    const rows = idl.constants
        .filter(({ type }) => type !== 'bytes')
        .map(({ name, docs, value }) => `/** ${docs.join(' ')} */\nexport const ${name} = ${value};\n`);
    return `${NOTICE}${rows.join('\n')}`;
}

function files(folder) {
    return readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((file) => file.endsWith('.ts'));
}

/** Codama imports as a bundler resolves; node wants the names of files. */
function nameFiles(file) {
    const text = readFileSync(file, 'utf8').replace(/(from ["'])(\.[^"']*)(["'])/g, (_, before, path, after) => {
        const target = resolve(dirname(file), path);
        const isFolder = statSync(target, { throwIfNoEntry: false })?.isDirectory();
        return `${before}${path}${isFolder ? '/index' : ''}.js${after}`;
    });
    writeFileSync(file, text);
}

/** Codama writes the plugin for version 6 of @solana/kit. Version 8 types what a plugin gives as a mapped type. */
function fitPlugin() {
    const file = join(GENERATED, 'programs', 'gradualConsensus.ts');
    const text = readFileSync(file, 'utf8');
    const fitted = text.replace(/^( *)return extendClient\(/m, '$1// @ts-expect-error The same type, written otherwise.\n$&');
    if (fitted === text) throw new Error('the plugin is written otherwise: remove fitPlugin');
    writeFileSync(file, fitted);
}

await codama.visit(root, renderVisitor(PACKAGE, { kitImportStrategy: 'rootOnly', syncPackageJson: false }));
writeFileSync(join(GENERATED, 'events.ts'), events());
writeFileSync(join(GENERATED, 'constants.ts'), constants());
files(GENERATED).forEach(nameFiles);
fitPlugin();
