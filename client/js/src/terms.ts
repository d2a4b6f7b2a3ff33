/** What a task's address stands for: docs/protocol.md, section 3. */

import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { getAddressEncoder, type Address } from '@solana/kit';
import { findTaskPda } from './generated/pdas/task.js';
import { getTaskParamsEncoder, type TaskParamsArgs } from './generated/types/taskParams.js';
import { getTaskTextsEncoder, type TaskTextsArgs } from './generated/types/taskTexts.js';

/** All that is fixed when a task is created. */
export type TaskTerms = {
    /** Who creates the task. */
    creator: Address;
    /** The creator's own number for it. */
    taskId: bigint;
    /** Schedule and economic terms. */
    params: TaskParamsArgs;
    /** The mint that stakes and bounties are counted in. */
    mint: Address;
    /** Its texts. */
    texts: TaskTextsArgs;
};

/** The hash of a task's terms, which is part of the task's address. */
export function termsHash({ params, mint, texts }: Pick<TaskTerms, 'params' | 'mint' | 'texts'>): Uint8Array {
    const parts = [
        getTaskParamsEncoder().encode(params),
        getAddressEncoder().encode(mint),
        getTaskTextsEncoder().encode(texts),
    ];
    return sha256(concatBytes(...parts.map((part) => new Uint8Array(part))));
}

/** Where the task with these terms lives. */
export async function taskAddress(terms: TaskTerms): Promise<Address> {
    const { creator, taskId } = terms;
    const [address] = await findTaskPda({ creator, taskId, termsHash: termsHash(terms) });
    return address;
}
