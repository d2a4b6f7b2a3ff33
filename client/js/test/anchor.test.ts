/**
 * The IDL with Anchor's own TypeScript client, against the Rust client: it finds every account but those that only a
 * caller can name.
 */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import anchor, { type Idl, type Wallet } from '@anchor-lang/core';
import {
    camel,
    hex,
    idl,
    instructionIdl,
    known,
    vectors,
    write,
    type IdlAccount,
    type InstructionVector,
    type Writer,
} from './vectors.js';

const { AnchorProvider, BN, Program, web3 } = anchor;

const anchorWriter: Writer = {
    u64: (text) => new BN(text),
    pubkey: (text) => new web3.PublicKey(text),
    bytes: (data, isArray) => (isArray ? [...data] : Buffer.from(data)),
    option: (value) => value,
    variant: (name) => ({ [name[0]!.toLowerCase() + name.slice(1)]: {} }),
};

/** A connection to a ledger that holds what the instruction of `vector` reads, and nothing else. */
class Ledger extends web3.Connection {
    readonly #accounts: Map<string, Buffer>;

    constructor(vector: InstructionVector) {
        super('http://localhost');
        const all = vector.reads.map((place) => known(vectors.stored[place], 'account'));
        this.#accounts = new Map(all.map(({ address, data }) => [address, Buffer.from(data, 'base64')]));
    }

    override async getAccountInfo(address: anchor.web3.PublicKey) {
        const data = this.#accounts.get(address.toBase58());
        if (!data) return null;
        return { data, executable: false, lamports: 1, owner: new web3.PublicKey(vectors.program), rentEpoch: 0 };
    }
}

/** Whether a caller names the account: no signer, and neither a fixed address nor one that the IDL leads to. */
const isGiven = ({ signer, address, pda, relations }: IdlAccount) => !signer && !address && !pda && !relations;

/** The instruction as Anchor's client builds it, from the signers and the accounts that a caller names. */
async function build(vector: InstructionVector) {
    const signature = instructionIdl(vector.name);
    const nobody = web3.Keypair.generate();
    const wallet = { publicKey: nobody.publicKey, payer: nobody } as unknown as Wallet;
    const program = new Program(idl as unknown as Idl, new AnchorProvider(new Ledger(vector), wallet));
    const values = signature.args.map(({ name, type }) => write(anchorWriter, type, known(vector.arguments[name], name)));
    const named = signature.accounts.flatMap((account, place) => {
        const { address } = known(vector.accounts[place], account.name);
        if (!account.signer && !isGiven(account)) return [];
        // The program's own address stands for an optional account that there is not.
        return [[camel(account.name), address === vectors.program ? null : new web3.PublicKey(address)]];
    });
    const method = known(program.methods[camel(vector.name)], vector.name);
    return method(...values).accountsPartial(Object.fromEntries(named)).instruction();
}

suite("Anchor's client", () => {
    for (const vector of vectors.instructions) {
        test(vector.variant === '' ? vector.name : `${vector.name} (${vector.variant})`, async () => {
            const { keys, data, programId } = await build(vector);
            assert.equal(programId.toBase58(), vectors.program);
            assert.equal(hex(data), vector.data);
            assert.deepEqual(
                keys.map(({ pubkey, isSigner, isWritable }) => ({
                    address: pubkey.toBase58(),
                    signer: isSigner,
                    writable: isWritable,
                })),
                vector.accounts.map(({ address, signer, writable }) => ({ address, signer, writable })),
            );
        });
    }

    test('is given 37 of the 178 accounts', () => {
        const all = idl.instructions.flatMap(({ accounts }) => accounts);
        assert.deepEqual([all.filter(isGiven).length, all.length], [37, 178]);
    });
});
