/**
 * Builders for the instructions whose addresses follow from what other accounts hold, which a generated builder cannot
 * know: it derives only what its own accounts and arguments give.
 */

import type { Address, TransactionSigner } from '@solana/kit';
import type { AuditVote } from './generated/accounts/auditVote.js';
import type { Cycle } from './generated/accounts/cycle.js';
import type { NodeStake } from './generated/accounts/nodeStake.js';
import * as instructions from './generated/instructions/index.js';
import * as pdas from './generated/pdas/index.js';
import type { ListProposalArgs } from './generated/types/listProposal.js';
import type { Subject } from './generated/types/subject.js';
import type { Entry } from './list.js';
import { taskAddress, type TaskTerms } from './terms.js';

/** A task with its mint and the token program of the mint, for instructions that move tokens. */
export type TaskTokens = { task: Address; mint: Address; tokenProgram: Address };

/** An attempt at the list of a cycle. */
export type Attempt = { task: Address; cycleNumber: bigint; attempt: number };

/** A submission or a list: its address, and the head of its account. */
export type KeyedSubject = { address: Address; subject: Subject };

const nodeStake = async (task: Address, node: Address) => (await pdas.findNodeStakePda({ task, node }))[0];
const cycle = async (task: Address, number: bigint) => (await pdas.findCyclePda({ task, number }))[0];
const list = async (cycle: Address, attempt: number) => (await pdas.findListPda({ cycle, attempt }))[0];
const submission = async (cycle: Address, node: Address) => (await pdas.findSubmissionPda({ cycle, node }))[0];

/** `create_task`; the task's address is that of {@link taskAddress}. */
export async function createTask(
    terms: Omit<TaskTerms, 'creator'> & { creator: TransactionSigner; tokenProgram: Address },
) {
    const task = await taskAddress({ ...terms, creator: terms.creator.address });
    return instructions.getCreateTaskInstructionAsync({ ...terms, task });
}

/** `close_stake` of the stake that holds `stake`, signed by its node, or by anyone once the task is inactive. */
export async function closeStake({ stake, closer }: { stake: NodeStake; closer: TransactionSigner }) {
    const { task, node, payer } = stake;
    return instructions.getCloseStakeInstruction({ closer, task, nodeStake: await nodeStake(task, node), payer });
}

/** `park_stake` of `node`, which is idle. Anyone may send it. */
export async function parkStake({ task, node }: { task: Address; node: Address }) {
    return instructions.getParkStakeInstruction({ task, nodeStake: await nodeStake(task, node) });
}

/** `audit`: the vote of `voter`, or its challenge. `payer` pays the rent of the vote's account. */
export async function audit({
    address,
    subject,
    voter,
    payer,
    isValid,
}: KeyedSubject & { voter: TransactionSigner; payer: TransactionSigner; isValid: boolean }) {
    const { task, author } = subject;
    const authorStake = await nodeStake(task, author);
    return instructions.getAuditInstructionAsync({ voter, payer, task, subject: address, authorStake, isValid });
}

/** `resolve_audit` of a subject whose audit is open. Anyone may send it. */
export async function resolveAudit({
    address,
    subject,
    mint,
    tokenProgram,
}: KeyedSubject & Omit<TaskTokens, 'task'>) {
    const { task, cycle, author } = subject;
    return instructions.getResolveAuditInstructionAsync({
        task,
        cycle,
        subject: address,
        authorStake: await nodeStake(task, author),
        challengerStake: await nodeStake(task, subject.audit.challenger),
        mint,
        tokenProgram,
    });
}

/** `close_vote` of the vote that holds `vote`, in `task`. Anyone may send it. */
export async function closeVote({ task, vote }: { task: Address; vote: AuditVote }) {
    const { subject, voter, payer } = vote;
    const [address] = await pdas.findVotePda({ subject, voter });
    return instructions.getCloseVoteInstruction({
        task,
        subject,
        vote: address,
        voterStake: await nodeStake(task, voter),
        payer,
    });
}

/** `submit_distribution_list`. `payer` pays the rent of the list's account. */
export async function submitDistributionList({
    task,
    cycleNumber,
    attempt,
    proposer,
    payer,
    proposal,
}: Attempt & { proposer: TransactionSigner; payer: TransactionSigner; proposal: ListProposalArgs }) {
    return instructions.getSubmitDistributionListInstructionAsync({
        proposer,
        payer,
        task,
        cycle: await cycle(task, cycleNumber),
        proposerStake: await nodeStake(task, proposer.address),
        attempt,
        proposal,
    });
}

/** `finalize_distribution`. Anyone may send it. */
export async function finalizeDistribution({ task, cycleNumber, attempt }: Attempt) {
    const of = await cycle(task, cycleNumber);
    return instructions.getFinalizeDistributionInstruction({ task, cycle: of, list: await list(of, attempt) });
}

/** `payout` of one entry of an accepted list. Anyone may send it. */
export async function payout({ task, cycleNumber, attempt, entry }: Attempt & { entry: Entry }) {
    const of = await cycle(task, cycleNumber);
    return instructions.getPayoutInstruction({
        cycle: of,
        list: await list(of, attempt),
        submission: await submission(of, entry.node),
        nodeStake: await nodeStake(task, entry.node),
        index: entry.index,
        amount: entry.amount,
        proof: entry.proof,
    });
}

/** `payout_equal` of the submission of `node` in a cycle that has failed. Anyone may send it. */
export async function payoutEqual({ task, cycleNumber, node }: Omit<Attempt, 'attempt'> & { node: Address }) {
    const of = await cycle(task, cycleNumber);
    return instructions.getPayoutEqualInstruction({
        task,
        cycle: of,
        submission: await submission(of, node),
        nodeStake: await nodeStake(task, node),
    });
}

/** `close_subject`. Anyone may send it. */
export async function closeSubject({ address, subject }: KeyedSubject) {
    const { task, cycle, author, payer } = subject;
    return instructions.getCloseSubjectInstruction({
        task,
        cycle,
        subject: address,
        authorStake: await nodeStake(task, author),
        payer,
    });
}

/** `close_cycle` of the cycle that holds `cycle`. Anyone may send it. */
export async function closeCycle({ cycle: held }: { cycle: Cycle }) {
    const { task, number, opener, payer } = held;
    return instructions.getCloseCycleInstruction({
        task,
        cycle: await cycle(task, number),
        openerStake: await nodeStake(task, opener),
        payer,
    });
}
