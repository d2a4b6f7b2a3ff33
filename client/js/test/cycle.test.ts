/** One whole cycle on a validator of the test's own, played with this client alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPairSigner } from '@solana/kit';
import { playCycle } from '../examples/cycle.js';
import { missing, Validator } from './validator.js';

const SOL = 1_000_000_000n;

test('a cycle is played from the creation of its task to the claims', { skip: missing() ?? false }, async () => {
    const authority = await generateKeyPairSigner();
    const manager = await generateKeyPairSigner();
    const nodes = [
        await generateKeyPairSigner(),
        await generateKeyPairSigner(),
        await generateKeyPairSigner(),
    ] as const;
    const validator = await Validator.start(authority.address);
    try {
        const { cluster } = validator;
        await Promise.all([manager, ...nodes].map(({ address }) => cluster.give(address, 10n * SOL)));
        const { told, paid, slashed, bountyAvailable } = await playCycle(cluster, { authority, manager, nodes });
        assert.deepEqual(told, [
            'ConfigInitialized',
            'TaskCreated',
            'TaskFunded',
            ...Array(3).fill('Staked'),
            'CycleOpened',
            ...Array(3).fill('Submitted'),
            ...Array(2).fill('Audited'),
            'AuditResolved',
            ...Array(2).fill('VoteClosed'),
            'DistributionListSubmitted',
            'DistributionFinalized',
            ...Array(2).fill('PaidOut'),
            ...Array(2).fill('RewardClaimed'),
        ]);
        // Of the cheat's stake of 50,000,000 it loses 70 %. 30 % of that goes to the challenger, and the two voters
        // share 30 %; the rest is bounty. Each honest node has half of a cycle's 20,000,000 besides.
        assert.equal(slashed, 35_000_000n);
        assert.deepEqual(paid, [10_000_000n + 10_500_000n + 5_250_000n, 10_000_000n + 5_250_000n]);
        assert.equal(bountyAvailable, 20_000_000n + 14_000_000n);
    } finally {
        await validator.stop();
    }
});
