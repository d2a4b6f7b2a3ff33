/** Plays a cycle on the validator that `cargo xtask localnet` started, with the keys that it made. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeyPairSignerFromBytes } from '@solana/kit';
import { Cluster } from './cluster.js';
import { playCycle } from './cycle.js';

const KEYS = join(import.meta.dirname, '..', '..', '..', '..', 'target', 'localnet', 'keys');

async function key(name: string) {
    const file = await readFile(join(KEYS, `${name}.json`), 'utf8');
    return createKeyPairSignerFromBytes(new Uint8Array(JSON.parse(file)));
}

const manager = await key('manager');
const nodes = [await key('node-1'), await key('node-2'), await key('node-3')] as const;
const cluster = new Cluster('http://127.0.0.1:8899', 'ws://127.0.0.1:8900');
// The validator has a config already, so no authority is asked for one.
const outcome = await playCycle(cluster, { authority: manager, manager, nodes }, console.log);
console.log(outcome);
