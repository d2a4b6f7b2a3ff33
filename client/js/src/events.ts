/** The program's events, read from the log of a transaction. */

import { getBase64Encoder, type ReadonlyUint8Array } from '@solana/kit';
import { EVENTS, type GradualConsensusEvent } from './generated/events.js';
import { GRADUAL_CONSENSUS_PROGRAM_ADDRESS } from './generated/programs/gradualConsensus.js';

const DATA = 'Program data: ';
const INVOKED = /^Program (\w+) invoke \[\d+\]$/;
const ENDED = /^Program \w+ (success|failed.*)$/;

/** The event that `data` is; undefined where it is none of this program's. */
export function decodeEvent(data: ReadonlyUint8Array): GradualConsensusEvent | undefined {
    const known = EVENTS.find(({ discriminator }) => discriminator.every((byte, place) => data[place] === byte));
    if (!known) return undefined;
    const body = known.decoder.decode(data, known.discriminator.length);
    return { name: known.name, data: body } as GradualConsensusEvent;
}

/**
 * What this program told in a transaction, in order. Lines of other programs that look like its own are left out. What a
 * transaction told that failed did not happen: ask for its error first.
 */
export function eventsIn(logs: readonly string[]): GradualConsensusEvent[] {
    const running: (string | undefined)[] = [];
    return logs.flatMap((line) => {
        const invoked = INVOKED.exec(line);
        if (invoked) running.push(invoked[1]);
        else if (ENDED.test(line)) running.pop();
        else if (line.startsWith(DATA) && running.at(-1) === GRADUAL_CONSENSUS_PROGRAM_ADDRESS) {
            return decodeEvent(getBase64Encoder().encode(line.slice(DATA.length))) ?? [];
        }
        return [];
    });
}
