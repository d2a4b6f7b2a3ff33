//! One builder an instruction. Whatever can be derived is derived; what a builder asks for is what
//! only the caller can know.

use crate::address;
use anchor_lang::{InstructionData, ToAccountMetas, system_program};
use gradual_consensus::{
    ListProposal, TaskParams, TaskTexts, accounts, instruction as data,
    state::{AuditVote, Cycle, Subject, Task},
    terms_hash,
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    Instruction {
        program_id: gradual_consensus::ID,
        accounts: accounts.to_account_metas(None),
        data: data.data(),
    }
}

/// Where a task's tokens are: what every instruction that moves them needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskTokens {
    /// The task.
    pub task: Pubkey,
    /// Its mint.
    pub mint: Pubkey,
    /// The token program that owns the mint.
    pub token_program: Pubkey,
}

impl TaskTokens {
    /// Of the task account at `address`.
    pub const fn of(address: Pubkey, task: &Task) -> Self {
        Self {
            task: address,
            mint: task.mint,
            token_program: task.token_program,
        }
    }
}

/// `initialize_config`, signed by the program's upgrade authority, which becomes the admin; `payer` pays
/// the rent.
pub fn initialize_config(authority: Pubkey, payer: Pubkey, manager: Pubkey) -> Instruction {
    build(
        accounts::InitializeConfig {
            authority,
            payer,
            config: address::config(),
            program_data: address::program_data(),
            system_program: system_program::ID,
        },
        data::InitializeConfig { manager },
    )
}

/// `close_config`, signed by the program's upgrade authority; `payer` paid the rent and gets it back.
pub fn close_config(authority: Pubkey, payer: Pubkey) -> Instruction {
    build(
        accounts::CloseConfig {
            authority,
            config: address::config(),
            program_data: address::program_data(),
            payer,
        },
        data::CloseConfig {},
    )
}

/// `propose_admin`, signed by the admin; [`Pubkey::default`] takes the offer back.
pub fn propose_admin(admin: Pubkey, pending_admin: Pubkey) -> Instruction {
    build(
        accounts::ProposeAdmin {
            admin,
            config: address::config(),
        },
        data::ProposeAdmin { pending_admin },
    )
}

/// `accept_admin`, signed by whom the admin proposed.
pub fn accept_admin(pending_admin: Pubkey) -> Instruction {
    build(
        accounts::AcceptAdmin {
            pending_admin,
            config: address::config(),
        },
        data::AcceptAdmin {},
    )
}

/// `set_paused`, signed by the admin.
pub fn set_paused(admin: Pubkey, is_paused: bool) -> Instruction {
    build(
        accounts::SetPaused {
            admin,
            config: address::config(),
        },
        data::SetPaused { is_paused },
    )
}

fn change_managers(
    first: Pubkey,
    second: Option<Pubkey>,
    data: impl InstructionData,
) -> Instruction {
    build(
        accounts::ChangeManagers {
            first,
            second,
            config: address::config(),
        },
        data,
    )
}

/// `insert_manager`, signed by two managers of the config, or by its only one.
pub fn insert_manager(first: Pubkey, second: Option<Pubkey>, manager: Pubkey) -> Instruction {
    change_managers(first, second, data::InsertManager { manager })
}

/// `remove_manager`, signed by two managers of the config.
pub fn remove_manager(first: Pubkey, second: Option<Pubkey>, manager: Pubkey) -> Instruction {
    change_managers(first, second, data::RemoveManager { manager })
}

/// `create_task`; the task will be at [`address::task`].
pub fn create_task(
    creator: Pubkey,
    task_id: u64,
    mint: Pubkey,
    token_program: Pubkey,
    params: TaskParams,
    texts: TaskTexts,
) -> Instruction {
    let task = address::task(&creator, task_id, &terms_hash(&params, &mint, &texts));
    build(
        accounts::CreateTask {
            creator,
            config: address::config(),
            task,
            metadata: address::metadata(&task),
            mint,
            stake_pot: address::stake_pot(&task),
            bounty_pot: address::bounty_pot(&task),
            token_program,
            system_program: system_program::ID,
        },
        data::CreateTask {
            task_id,
            params,
            texts,
        },
    )
}

/// `fund_task` with `amount` base units from `source`, a token account of `funder`.
pub fn fund_task(tokens: TaskTokens, funder: Pubkey, source: Pubkey, amount: u64) -> Instruction {
    build(
        accounts::FundTask {
            funder,
            task: tokens.task,
            source,
            bounty_pot: address::bounty_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::FundTask { amount },
    )
}

/// `set_active`, signed by the task's manager.
pub fn set_active(task: Pubkey, manager: Pubkey, is_active: bool) -> Instruction {
    build(
        accounts::SetActive { manager, task },
        data::SetActive { is_active },
    )
}

/// `allowlist_task`, signed by a manager of the config.
pub fn allowlist_task(task: Pubkey, manager: Pubkey, is_allowlisted: bool) -> Instruction {
    build(
        accounts::AllowlistTask {
            manager,
            config: address::config(),
            task,
        },
        data::AllowlistTask { is_allowlisted },
    )
}

/// `propose_manager`, signed by the task's manager; [`Pubkey::default`] takes the offer back.
pub fn propose_manager(task: Pubkey, manager: Pubkey, pending_manager: Pubkey) -> Instruction {
    build(
        accounts::ProposeManager { manager, task },
        data::ProposeManager { pending_manager },
    )
}

/// `accept_manager`, signed by whom the task's manager proposed.
pub fn accept_manager(task: Pubkey, pending_manager: Pubkey) -> Instruction {
    build(
        accounts::AcceptManager {
            pending_manager,
            task,
        },
        data::AcceptManager {},
    )
}

/// `migrate_task` to `successor`, signed by the manager of both.
pub fn migrate_task(tokens: TaskTokens, successor: Pubkey, manager: Pubkey) -> Instruction {
    build(
        accounts::MigrateTask {
            manager,
            task: tokens.task,
            successor,
            bounty_pot: address::bounty_pot(&tokens.task),
            successor_pot: address::bounty_pot(&successor),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::MigrateTask {},
    )
}

/// `migrate_stake` of `node`'s whole stake to the task's `successor`; `payer` pays the rent of a new
/// stake account there.
pub fn migrate_stake(
    tokens: TaskTokens,
    successor: Pubkey,
    node: Pubkey,
    payer: Pubkey,
) -> Instruction {
    build(
        accounts::MigrateStake {
            node,
            payer,
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            successor,
            successor_stake: address::node_stake(&successor, &node),
            stake_pot: address::stake_pot(&tokens.task),
            successor_pot: address::stake_pot(&successor),
            mint: tokens.mint,
            token_program: tokens.token_program,
            system_program: system_program::ID,
        },
        data::MigrateStake {},
    )
}

/// `stake` of `amount` base units from `source`, a token account of `node`; `payer` pays the rent of
/// a new stake account.
pub fn stake(
    tokens: TaskTokens,
    node: Pubkey,
    payer: Pubkey,
    source: Pubkey,
    amount: u64,
    endpoint: Option<String>,
) -> Instruction {
    build(
        accounts::Stake {
            node,
            payer,
            config: address::config(),
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            source,
            stake_pot: address::stake_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
            system_program: system_program::ID,
        },
        data::Stake { amount, endpoint },
    )
}

/// `withdraw` of `amount` base units to `destination`, any token account of the mint.
pub fn withdraw(tokens: TaskTokens, node: Pubkey, destination: Pubkey, amount: u64) -> Instruction {
    build(
        accounts::Withdraw {
            node,
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            destination,
            stake_pot: address::stake_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::Withdraw { amount },
    )
}

/// `park_stake` of the idle `node`.
pub fn park_stake(task: Pubkey, node: Pubkey) -> Instruction {
    build(
        accounts::ParkStake {
            task,
            node_stake: address::node_stake(&task, &node),
        },
        data::ParkStake {},
    )
}

/// `resume_stake`, signed by the node.
pub fn resume_stake(task: Pubkey, node: Pubkey) -> Instruction {
    build(
        accounts::ResumeStake {
            node,
            task,
            node_stake: address::node_stake(&task, &node),
        },
        data::ResumeStake {},
    )
}

/// `open_cycle` of cycle `cycle_number`, signed by `node`; `payer` pays its rent.
pub fn open_cycle(task: Pubkey, node: Pubkey, payer: Pubkey, cycle_number: u64) -> Instruction {
    build(
        accounts::OpenCycle {
            node,
            payer,
            config: address::config(),
            task,
            cycle: address::cycle(&task, cycle_number),
            node_stake: address::node_stake(&task, &node),
            system_program: system_program::ID,
        },
        data::OpenCycle { cycle_number },
    )
}

/// `submit` the proof `value` of the work done in cycle `cycle_number`.
pub fn submit(
    task: Pubkey,
    node: Pubkey,
    payer: Pubkey,
    cycle_number: u64,
    value: Vec<u8>,
) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    build(
        accounts::Submit {
            node,
            payer,
            task,
            cycle,
            node_stake: address::node_stake(&task, &node),
            submission: address::submission(&cycle, &node),
            slot_hashes: solana_sdk::sysvar::slot_hashes::ID,
            system_program: system_program::ID,
        },
        data::Submit {
            cycle_number,
            value,
        },
    )
}

/// `audit` of the submission or list at `subject`, which `author` handed in.
pub fn audit(
    task: Pubkey,
    subject: Pubkey,
    author: Pubkey,
    voter: Pubkey,
    payer: Pubkey,
    is_valid: bool,
) -> Instruction {
    build(
        accounts::AuditSubject {
            voter,
            payer,
            task,
            subject,
            author_stake: address::node_stake(&task, &author),
            voter_stake: address::node_stake(&task, &voter),
            vote: address::vote(&subject, &voter),
            system_program: system_program::ID,
        },
        data::Audit { is_valid },
    )
}

/// `resolve_audit` of the submission or list at `address`.
pub fn resolve_audit(tokens: TaskTokens, address: Pubkey, subject: &Subject) -> Instruction {
    let task = tokens.task;
    // Where no audit was opened there is no challenger; the program says so.
    let challenger = if subject.audit.challenger == Pubkey::default() {
        subject.author
    } else {
        subject.audit.challenger
    };
    build(
        accounts::ResolveAudit {
            task,
            cycle: subject.cycle,
            subject: address,
            author_stake: address::node_stake(&task, &subject.author),
            challenger_stake: address::node_stake(&task, &challenger),
            stake_pot: address::stake_pot(&task),
            bounty_pot: address::bounty_pot(&task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::ResolveAudit {},
    )
}

/// `submit_distribution_list` for cycle `cycle_number`, attempt `attempt`.
pub fn submit_distribution_list(
    task: Pubkey,
    cycle_number: u64,
    attempt: u8,
    proposer: Pubkey,
    payer: Pubkey,
    proposal: ListProposal,
) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    build(
        accounts::SubmitDistributionList {
            proposer,
            payer,
            task,
            cycle,
            submission: address::submission(&cycle, &proposer),
            proposer_stake: address::node_stake(&task, &proposer),
            list: address::list(&cycle, attempt),
            system_program: system_program::ID,
        },
        data::SubmitDistributionList { attempt, proposal },
    )
}

/// `finalize_distribution` of the list of `attempt` in cycle `cycle_number`.
pub fn finalize_distribution(task: Pubkey, cycle_number: u64, attempt: u8) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    build(
        accounts::FinalizeDistribution {
            task,
            cycle,
            list: address::list(&cycle, attempt),
        },
        data::FinalizeDistribution {},
    )
}

/// One entry of an accepted list, and the proof that it is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The node to be paid.
    pub node: Pubkey,
    /// Its position in the list.
    pub index: u32,
    /// What it is paid, in base units.
    pub amount: u64,
    /// The siblings up to the root.
    pub proof: Vec<[u8; 32]>,
}

/// `payout` of `entry` of the list of `attempt` in cycle `cycle_number`.
pub fn payout(task: Pubkey, cycle_number: u64, attempt: u8, entry: Entry) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    let Entry {
        node,
        index,
        amount,
        proof,
    } = entry;
    build(
        accounts::Payout {
            cycle,
            list: address::list(&cycle, attempt),
            submission: address::submission(&cycle, &node),
            node_stake: address::node_stake(&task, &node),
        },
        data::Payout {
            index,
            amount,
            proof,
        },
    )
}

/// `payout_equal` of `node`'s submission for cycle `cycle_number`.
pub fn payout_equal(task: Pubkey, cycle_number: u64, node: Pubkey) -> Instruction {
    let cycle = address::cycle(&task, cycle_number);
    build(
        accounts::PayoutEqual {
            task,
            cycle,
            submission: address::submission(&cycle, &node),
            node_stake: address::node_stake(&task, &node),
        },
        data::PayoutEqual {},
    )
}

/// `claim_reward` of `node`'s whole balance to `destination`, any token account of the mint.
pub fn claim_reward(tokens: TaskTokens, node: Pubkey, destination: Pubkey) -> Instruction {
    build(
        accounts::ClaimReward {
            node,
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            destination,
            bounty_pot: address::bounty_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::ClaimReward {},
    )
}

/// `compound` `node`'s whole balance into warming stake.
pub fn compound(tokens: TaskTokens, node: Pubkey) -> Instruction {
    build(
        accounts::Compound {
            node,
            config: address::config(),
            task: tokens.task,
            node_stake: address::node_stake(&tokens.task, &node),
            stake_pot: address::stake_pot(&tokens.task),
            bounty_pot: address::bounty_pot(&tokens.task),
            mint: tokens.mint,
            token_program: tokens.token_program,
        },
        data::Compound {},
    )
}

/// `close_vote`.
pub fn close_vote(task: Pubkey, vote: &AuditVote) -> Instruction {
    build(
        accounts::CloseVote {
            task,
            subject: vote.subject,
            vote: address::vote(&vote.subject, &vote.voter),
            voter_stake: address::node_stake(&task, &vote.voter),
            payer: vote.payer,
        },
        data::CloseVote {},
    )
}

/// `close_subject` of the submission or list at `address`.
pub fn close_subject(address: Pubkey, subject: &Subject) -> Instruction {
    build(
        accounts::CloseSubject {
            task: subject.task,
            cycle: subject.cycle,
            subject: address,
            author_stake: address::node_stake(&subject.task, &subject.author),
            payer: subject.payer,
        },
        data::CloseSubject {},
    )
}

/// `close_cycle`.
pub fn close_cycle(cycle: &Cycle) -> Instruction {
    build(
        accounts::CloseCycle {
            task: cycle.task,
            cycle: address::cycle(&cycle.task, cycle.number),
            opener_stake: address::node_stake(&cycle.task, &cycle.opener),
            payer: cycle.payer,
        },
        data::CloseCycle {},
    )
}

/// `close_stake` of `node`, whose stake account's rent `payer` paid, signed by `closer`: the node, or
/// anyone once the task is inactive.
pub fn close_stake(task: Pubkey, node: Pubkey, payer: Pubkey, closer: Pubkey) -> Instruction {
    build(
        accounts::CloseStake {
            closer,
            task,
            node_stake: address::node_stake(&task, &node),
            payer,
        },
        data::CloseStake {},
    )
}

/// `close_task` of the task at `address`, signed by its manager; what is left goes to `destination`, any
/// token account of the mint.
pub fn close_task(
    address: Pubkey,
    task: &Task,
    manager: Pubkey,
    destination: Pubkey,
) -> Instruction {
    build(
        accounts::CloseTask {
            manager,
            task: address,
            metadata: address::metadata(&address),
            creator: task.creator,
            destination,
            stake_pot: address::stake_pot(&address),
            bounty_pot: address::bounty_pot(&address),
            mint: task.mint,
            token_program: task.token_program,
        },
        data::CloseTask {},
    )
}
