/** Transactions on a cluster, sent and confirmed, and the slots that pass on it. */

import { setTimeout } from 'node:timers/promises';
import {
    airdropFactory,
    appendTransactionMessageInstructions,
    assertIsTransactionWithBlockhashLifetime,
    createSolanaRpc,
    createSolanaRpcSubscriptions,
    createTransactionMessage,
    getSignatureFromTransaction,
    lamports,
    pipe,
    sendAndConfirmTransactionFactory,
    setTransactionMessageFeePayerSigner,
    setTransactionMessageLifetimeUsingBlockhash,
    signTransactionMessageWithSigners,
    type Address,
    type Instruction,
    type TransactionSigner,
} from '@solana/kit';
import { eventsIn, type GradualConsensusEvent } from 'gradual-consensus';

/** What everything is read at: no fork takes it back in practice. */
const COMMITMENT = 'confirmed';

/** A third of a slot, in milliseconds. */
const POLL = 130;

/** A cluster behind its RPC and its subscriptions. */
export class Cluster {
    readonly rpc;
    readonly #confirm;
    readonly #airdrop;

    /** The cluster whose RPC answers at `url`, and its subscriptions at `subscriptions`. */
    constructor(url: string, subscriptions: string) {
        this.rpc = createSolanaRpc(url);
        const rpcSubscriptions = createSolanaRpcSubscriptions(subscriptions);
        this.#confirm = sendAndConfirmTransactionFactory({ rpc: this.rpc, rpcSubscriptions });
        this.#airdrop = airdropFactory({ rpc: this.rpc, rpcSubscriptions });
    }

    /** Sends one transaction, whose fee `payer` pays, and waits until it is confirmed; gives what the program told. */
    async send(payer: TransactionSigner, instructions: readonly Instruction[]): Promise<GradualConsensusEvent[]> {
        const { value: blockhash } = await this.rpc.getLatestBlockhash({ commitment: COMMITMENT }).send();
        const message = pipe(
            createTransactionMessage({ version: 0 }),
            (message) => setTransactionMessageFeePayerSigner(payer, message),
            (message) => setTransactionMessageLifetimeUsingBlockhash(blockhash, message),
            (message) => appendTransactionMessageInstructions(instructions, message),
        );
        const transaction = await signTransactionMessageWithSigners(message);
        assertIsTransactionWithBlockhashLifetime(transaction);
        await this.#confirm(transaction, { commitment: COMMITMENT });
        const sent = await this.rpc
            .getTransaction(getSignatureFromTransaction(transaction), {
                commitment: COMMITMENT,
                encoding: 'json',
                maxSupportedTransactionVersion: 0,
            })
            .send();
        return eventsIn(sent?.meta?.logMessages ?? []);
    }

    /** Gives `owner` so many lamports, on a cluster that has a faucet. */
    async give(owner: Address, amount: bigint): Promise<void> {
        await this.#airdrop({
            commitment: COMMITMENT,
            lamports: lamports(amount),
            recipientAddress: owner,
        });
    }

    /** The present slot. */
    slot(): Promise<bigint> {
        return this.rpc.getSlot({ commitment: COMMITMENT }).send();
    }

    /** Waits until `slot` has come. */
    async reach(slot: bigint): Promise<void> {
        while ((await this.slot()) < slot) await setTimeout(POLL);
    }
}
