/** A `solana-test-validator` with the program on it, which a test starts and ends. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Address } from '@solana/kit';
import { GRADUAL_CONSENSUS_PROGRAM_ADDRESS } from 'gradual-consensus';
import { Cluster } from '../examples/cluster.js';

const NAME = 'solana-test-validator';
const PROGRAM = join(import.meta.dirname, '..', '..', '..', '..', 'target', 'deploy', 'gradual_consensus.so');
/** Longest wait for a started validator to answer, in milliseconds. */
const START = 120_000;

/** Why there can be no validator, in one line that says what to do; undefined where there can. */
export function missing(): string | undefined {
    if (!binary()) return `${NAME} is not on PATH: install it with Anza's installer, https://release.anza.xyz`;
    if (!existsSync(PROGRAM)) return 'the program is not built: run cargo xtask build-sbf';
    return undefined;
}

function binary(): string | undefined {
    const folders = (process.env.PATH ?? '').split(delimiter);
    return folders.map((folder) => join(folder, NAME)).find((file) => existsSync(file));
}

async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    server.close();
    await once(server, 'close');
    if (bound === null || typeof bound === 'string') throw new Error('a server without a port');
    return bound.port;
}

/** A running validator. */
export class Validator {
    private constructor(
        /** The cluster that it is. */
        readonly cluster: Cluster,
        readonly process: ChildProcess,
        readonly home: string,
    ) {}

    /** Starts one on which `authority` may upgrade the program, and waits until it answers. */
    static async start(authority: Address): Promise<Validator> {
        const home = await mkdtemp(join(tmpdir(), 'gradual-consensus-'));
        const [port, faucet, gossip] = [await freePort(), await freePort(), await freePort()];
        const process = spawn(
            binary() ?? NAME,
            [
                ['--ledger', join(home, 'ledger'), '--quiet', '--bind-address', '127.0.0.1'],
                ['--rpc-port', `${port}`, '--faucet-port', `${faucet}`, '--gossip-port', `${gossip}`],
                ['--upgradeable-program', GRADUAL_CONSENSUS_PROGRAM_ADDRESS, PROGRAM, authority],
            ].flat(),
            { stdio: 'ignore' },
        );
        const cluster = new Cluster(`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port + 1}`);
        const validator = new Validator(cluster, process, home);
        try {
            await validator.#healthy();
        } catch (error) {
            await validator.stop();
            throw error;
        }
        return validator;
    }

    async #healthy(): Promise<void> {
        for (const begun = Date.now(); Date.now() - begun < START; await setTimeout(200)) {
            if (this.process.exitCode !== null) break;
            const slot = await this.cluster.slot().catch(() => 0n);
            if (slot > 0n) return;
        }
        const log = await readFile(join(this.home, 'ledger', 'validator.log'), 'utf8').catch(() => 'no log');
        throw new Error(`the validator does not answer: ${log.trimEnd().split('\n').at(-1)}`);
    }

    /** Ends it, and removes its ledger. */
    async stop(): Promise<void> {
        if (this.process.exitCode === null && this.process.kill()) await once(this.process, 'exit');
        await rm(this.home, { recursive: true, force: true });
    }
}
