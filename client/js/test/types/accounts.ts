/**
 * What Anchor's client asks a caller for, by the type of the IDL: this is compiled and never run. A signer may be left out
 * where the wallet is the one.
 */

import anchor, { type Program } from '@anchor-lang/core';
import type { GradualConsensus } from '../../../../idl/gradual_consensus.js';

declare const program: Program<GradualConsensus>;
declare const key: anchor.web3.PublicKey;
declare const amount: anchor.BN;

export const asked = [
    program.methods.acceptAdmin().accounts({}),
    program.methods.audit(true).accounts({ subject: key }),
    program.methods.closeStake().accounts({ nodeStake: key }),
    program.methods.closeSubject().accounts({ subject: key, payer: key }),
    program.methods.migrateStake().accounts({ task: key, successor: key }),
    program.methods.payout(1, amount, []).accounts({ submission: key }),
    program.methods.resolveAudit().accounts({ subject: key }),
    program.methods.stake(amount, null).accounts({ task: key, source: key }),
    program.methods.submit(amount, Buffer.of()).accounts({ task: key }),
    program.methods.submit(amount, Buffer.of()).accounts({ task: key, node: key, payer: key }),
];

// @ts-expect-error No instruction of a task knows the task by itself.
export const unknown = program.methods.submit(amount, Buffer.of()).accounts({});
