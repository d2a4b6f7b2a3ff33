/**
 * One whole cycle of a task in SOL: it is created and funded, three nodes stake, hand in proofs, find out the one that
 * cheats, agree on a list, and are paid.
 */

import {
    address,
    type Address,
    type Instruction,
    type TransactionSigner,
} from '@solana/kit';
import { getTransferSolInstruction } from '@solana-program/system';
import {
    fetchToken,
    findAssociatedTokenPda,
    getCreateAssociatedTokenIdempotentInstructionAsync,
    getSyncNativeInstruction,
    TOKEN_PROGRAM_ADDRESS,
} from '@solana-program/token';
import * as gradual from 'gradual-consensus';
import type { Cluster } from './cluster.js';

/** Wrapped SOL. */
const MINT = address('So11111111111111111111111111111111111111112');
const TOKENS = { mint: MINT, tokenProgram: TOKEN_PROGRAM_ADDRESS };

const BOUNTY = 20_000_000n;
const STAKE = 50_000_000n;
/** Windows that a loaded machine can keep. A round takes about 17 seconds. */
const WINDOW = 20n;
/** Cycle 1 is the first that stake can be active for. */
const CYCLE = 1n;

/** Who plays. */
export type Players = {
    /** The program's upgrade authority, which gives it a config where there is none. */
    authority: TransactionSigner;
    /** Creates and funds the task. */
    manager: TransactionSigner;
    /** The nodes. The last one hands in a wrong proof. */
    nodes: readonly [TransactionSigner, TransactionSigner, TransactionSigner];
};

/** What came of the cycle. */
export type Outcome = {
    /** The names of the program's events, in order. */
    told: string[];
    /** What each honest node took home of the bounty and of the cheat's stake, in base units. */
    paid: bigint[];
    /** What the cheat lost of its stake, in base units. */
    slashed: bigint;
    /** The task, and what of its bounty is available again. */
    task: Address;
    bountyAvailable: bigint;
};

const wallet = async (owner: Address) => (await findAssociatedTokenPda({ owner, ...TOKENS }))[0];

/** Puts `amount` lamports into the associated token account of `owner`. */
async function wrapped(owner: TransactionSigner, amount: bigint): Promise<Instruction[]> {
    const account = await wallet(owner.address);
    return [
        await getCreateAssociatedTokenIdempotentInstructionAsync({ payer: owner, owner: owner.address, ...TOKENS }),
        getTransferSolInstruction({ source: owner, destination: account, amount }),
        getSyncNativeInstruction({ account }),
    ];
}

/** A game on `cluster`. */
class Game {
    readonly told: string[] = [];

    constructor(
        readonly cluster: Cluster,
        readonly players: Players,
        readonly tell: (line: string) => void,
    ) {}

    get rpc() {
        return this.cluster.rpc;
    }

    async send(payer: TransactionSigner, ...instructions: Instruction[]): Promise<void> {
        const events = await this.cluster.send(payer, instructions);
        for (const { name } of events) {
            this.told.push(name);
            this.tell(name);
        }
    }

    async configure(): Promise<void> {
        const { authority, manager } = this.players;
        const [config] = await gradual.findConfigPda();
        const { exists } = await gradual.fetchMaybeConfig(this.rpc, config, { commitment: 'confirmed' });
        if (exists) return;
        const made = await gradual.getInitializeConfigInstructionAsync({
            authority,
            payer: manager,
            manager: manager.address,
        });
        await this.send(manager, made);
    }

    /** Creates the task, puts the bounty of two cycles into it, and lets every node stake; gives its address. */
    async begin(): Promise<Address> {
        const { manager, nodes } = this.players;
        const terms = {
            creator: manager,
            taskId: BigInt(Date.now()),
            ...TOKENS,
            params: {
                startingSlot: (await this.cluster.slot()) + 40n,
                roundTime: 2n * WINDOW + 2n,
                submissionWindow: WINDOW,
                auditWindow: WINDOW,
                minimumStakeAmount: STAKE,
                bountyAmountPerRound: BOUNTY,
                claimWindow: 2n,
                idleRounds: 0n,
                allowedFailedDistributions: 2,
                votingRule: gradual.VotingRule.ByStake,
                equalShares: true,
                quorumBps: 3_300,
                slashBps: 7_000,
                falseChallengeBps: 2_000,
                challengerBps: 3_000,
                voterBps: 3_000,
            },
            texts: { name: 'sums', description: '', auditProgram: '', metadata: '', network: '', vars: '' },
        };
        await this.send(manager, await gradual.createTask(terms));
        const task = await gradual.taskAddress({ ...terms, creator: manager.address });
        const fund = await gradual.getFundTaskInstructionAsync({
            funder: manager,
            task,
            source: await wallet(manager.address),
            amount: 2n * BOUNTY,
            ...TOKENS,
        });
        await this.send(manager, ...(await wrapped(manager, 2n * BOUNTY)), fund);
        await Promise.all(nodes.map((node) => this.stake(task, node)));
        return task;
    }

    async stake(task: Address, node: TransactionSigner): Promise<void> {
        const stake = await gradual.getStakeInstructionAsync({
            node,
            payer: node,
            task,
            source: await wallet(node.address),
            amount: STAKE,
            endpoint: null,
            ...TOKENS,
        });
        await this.send(node, ...(await wrapped(node, STAKE)), stake);
    }

    /** Opens the cycle, and hands in every node's proof: the last node's is wrong. */
    async work(task: Address, windows: gradual.CycleWindows): Promise<void> {
        const { nodes } = this.players;
        const [opener] = nodes;
        await this.cluster.reach(windows.open.start);
        const open = gradual.getOpenCycleInstructionAsync({ node: opener, payer: opener, task, cycleNumber: CYCLE });
        await this.send(opener, await open);
        await this.cluster.reach(windows.submit.start);
        await Promise.all(
            nodes.map(async (node, place) => {
                const value = gradual.textValue(place === 2 ? '2 + 2 = 5' : '2 + 2 = 4');
                const submit = { node, payer: node, task, cycleNumber: CYCLE, value };
                await this.send(node, await gradual.getSubmitInstructionAsync(submit));
            }),
        );
    }

    /** The honest nodes find the wrong proof, vote it down, and collect what its author loses. */
    async audit(cycle: Address, windows: gradual.CycleWindows): Promise<void> {
        const { nodes, manager } = this.players;
        const submissions = await Promise.all(
            nodes.map(async ({ address: node }) => {
                const [address] = await gradual.findSubmissionPda({ cycle, node });
                const { data } = await gradual.fetchSubmission(this.rpc, address, { commitment: 'confirmed' });
                return { address, subject: data.subject, text: new TextDecoder().decode(new Uint8Array(data.value)) };
            }),
        );
        const wrong = submissions.find(({ text }) => text !== '2 + 2 = 4');
        if (!wrong) throw new Error('every proof is right');
        await this.cluster.reach(windows.challenge.start);
        for (const voter of nodes.slice(0, 2)) {
            await this.send(voter, await gradual.audit({ ...wrong, voter, payer: voter, isValid: false }));
        }
        await this.cluster.reach(windows.audit.end + 1n);
        const { data } = await gradual.fetchSubmission(this.rpc, wrong.address, { commitment: 'confirmed' });
        await this.send(manager, await gradual.resolveAudit({ ...wrong, subject: data.subject, ...TOKENS }));
        for (const { address: voter } of nodes.slice(0, 2)) {
            const [address] = await gradual.findVotePda({ subject: wrong.address, voter });
            const vote = await gradual.fetchAuditVote(this.rpc, address, { commitment: 'confirmed' });
            await this.send(manager, await gradual.closeVote({ task: wrong.subject.task, vote: vote.data }));
        }
    }

    /** The honest nodes share the bounty: the one whose turn is first proposes the list, and anyone pays it out. */
    async distribute(task: Address, address: Address, windows: gradual.CycleWindows): Promise<void> {
        const { nodes, manager } = this.players;
        const [first] = windows.lists;
        if (!first) throw new Error('a cycle has a first attempt at its list');
        const { data: cycle } = await gradual.fetchCycle(this.rpc, address, { commitment: 'confirmed' });
        const { data: terms } = await gradual.fetchTask(this.rpc, task, { commitment: 'confirmed' });
        const honest = nodes.slice(0, 2);
        const turns = honest.map((node) => ({ node, slot: gradual.proposalSlot(terms, cycle, node.address, 0) }));
        const turn = turns.reduce((best, one) => (one.slot < best.slot ? one : best));
        const shares = honest.map((node) => ({ node: node.address, amount: cycle.bounty / 2n }));
        const tree = gradual.distributionTree(task, CYCLE, shares);
        const attempt = { task, cycleNumber: CYCLE, attempt: 0 };
        await this.cluster.reach(turn.slot);
        const { node: proposer } = turn;
        const list = { ...attempt, proposer, payer: proposer, proposal: tree.proposal() };
        await this.send(proposer, await gradual.submitDistributionList(list));
        await this.cluster.reach(first.audit.end + 1n);
        const pay = shares.map((_, index) => gradual.payout({ ...attempt, entry: tree.entry(index) }));
        await this.send(manager, await gradual.finalizeDistribution(attempt), ...(await Promise.all(pay)));
    }

    /** `node` claims all that it has earned; gives how much that is. */
    async claim(task: Address, node: TransactionSigner): Promise<bigint> {
        const destination = await wallet(node.address);
        const balance = async () => (await fetchToken(this.rpc, destination, { commitment: 'confirmed' })).data.amount;
        const before = await balance();
        await this.send(node, await gradual.getClaimRewardInstructionAsync({ node, task, destination, ...TOKENS }));
        return (await balance()) - before;
    }
}

/** Plays the cycle; `tell` is told every event as it happens. Everybody has some SOL already. */
export async function playCycle(
    cluster: Cluster,
    players: Players,
    tell: (line: string) => void = () => {},
): Promise<Outcome> {
    const game = new Game(cluster, players, tell);
    await game.configure();
    const task = await game.begin();
    const { data: terms } = await gradual.fetchTask(cluster.rpc, task, { commitment: 'confirmed' });
    const windows = gradual.cycleWindows(terms.schedule, CYCLE, terms.allowedFailedDistributions);
    const [cycle] = await gradual.findCyclePda({ task, number: CYCLE });
    await game.work(task, windows);
    await game.audit(cycle, windows);
    await game.distribute(task, cycle, windows);
    const [first, second, cheat] = players.nodes;
    const paid = [await game.claim(task, first), await game.claim(task, second)];
    const [stake] = await gradual.findNodeStakePda({ task, node: cheat.address });
    const { data: lost } = await gradual.fetchNodeStake(cluster.rpc, stake, { commitment: 'confirmed' });
    const { data: after } = await gradual.fetchTask(cluster.rpc, task, { commitment: 'confirmed' });
    const { told } = game;
    return { told, paid, slashed: lost.slashed, task, bountyAvailable: after.bountyAvailable };
}
