//! Why the program refused an instruction, with the numbers: the account, the amount, the slot and the time. The
//! program's own error says which rule it was; what the rule asks for is read from the instruction's accounts.

use super::{amount, pace};
use gradual_consensus::{
    GradualError,
    rules::schedule::{Window, distribution_round, review_round},
    state::{Config, Cycle, DistributionList, NodeStake, Subject, SubjectKind, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, Keyed, Stored},
    address,
    ledger::{Ledger, LedgerError},
};
use solana_loader_v3_interface::state::UpgradeableLoaderState;
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey};

/// `error`, which came of `instructions`, in one line. If the program refused one, the line has what its accounts
/// say now.
pub(super) fn of(
    ledger: &impl Ledger,
    instructions: &[Instruction],
    error: &LedgerError,
) -> String {
    let (instruction, error) = match error {
        LedgerError::Program { instruction, error } => (instruction, error),
        LedgerError::Transaction {
            code: Some(WRONG_OWNER | NOT_INITIALIZED),
            ..
        } => {
            let mut all = instructions.iter();
            let missing = all.find_map(|all| stake_missing(ledger, all));
            return missing.unwrap_or_else(|| error.to_string());
        }
        error => return error.to_string(),
    };
    let refused = instructions.get(*instruction);
    let facts = refused.and_then(|refused| Facts::read(ledger, refused));
    facts
        .and_then(|facts| facts.explain(*error))
        .unwrap_or_else(|| error.to_string())
}

/// Anchor's codes for an account that is another program's, as every missing one is the system program's, and for
/// one that is missing.
const WRONG_OWNER: u32 = 3007;
const NOT_INITIALIZED: u32 = 3012;

/// That the signer of `instruction` has no stake, if it names one that is not there.
fn stake_missing(ledger: &impl Ledger, instruction: &Instruction) -> Option<String> {
    let facts = Facts::read(ledger, instruction)?;
    let node = facts.signer;
    let stakes = facts.tasks.iter().map(|task| {
        let stake = address::node_stake(&task.address, &node);
        (task.address, stake)
    });
    let mut named = stakes.filter(|(_, stake)| {
        let metas = &instruction.accounts;
        metas.iter().any(|meta| meta.pubkey == *stake)
    });
    let (task, _) = named.find(|(task, _)| {
        let mut stakes = facts.stakes.iter();
        !stakes.any(|stake| stake.node == node && stake.task == *task)
    })?;
    Some(format!(
        "{node} has no stake in task {task}: check --keypair, or stake first"
    ))
}

/// What is known of a refused instruction.
struct Facts {
    slot: u64,
    signer: Pubkey,
    tasks: Vec<Keyed<Task>>,
    cycle: Option<Cycle>,
    stakes: Vec<NodeStake>,
    subject: Option<(SubjectKind, Subject)>,
    list: Option<DistributionList>,
    config: Option<Config>,
    authority: Option<Pubkey>,
    /// The arguments, without the instruction's name.
    arguments: Vec<u8>,
}

impl Facts {
    fn read(ledger: &impl Ledger, instruction: &Instruction) -> Option<Self> {
        let slot = ledger.slot().ok()?;
        let addresses: Vec<Pubkey> = instruction
            .accounts
            .iter()
            .map(|meta| meta.pubkey)
            .chain([address::config(), address::program_data()])
            .collect();
        let found = ledger.accounts(&addresses).ok()?;
        let found: Vec<(Pubkey, Account)> = addresses
            .into_iter()
            .zip(found)
            .filter_map(|(address, account)| Some((address, account?)))
            .collect();
        // What anyone may send has none.
        let signer = instruction.accounts.iter().find(|meta| meta.is_signer);
        let list: Option<DistributionList> = first(&found);
        let submission: Option<Submission> = first(&found);
        let of_list = list.map(|list| (SubjectKind::List, list.subject));
        let of_submission = submission.map(|own| (SubjectKind::Submission, own.subject));
        Some(Self {
            slot,
            signer: signer.map(|meta| meta.pubkey).unwrap_or_default(),
            tasks: account::decode_all(&found),
            cycle: first(&found),
            stakes: all(&found).collect(),
            subject: of_list.or(of_submission),
            list,
            config: first(&found),
            authority: found.iter().find_map(|(_, account)| authority_of(account)),
            arguments: instruction.data.get(8..).unwrap_or_default().to_vec(),
        })
    }

    /// A whole number among the arguments, at this offset.
    fn number(&self, offset: usize) -> Option<u64> {
        let bytes = self.arguments.get(offset..)?.first_chunk()?;
        Some(u64::from_le_bytes(*bytes))
    }

    /// The node's own stake, or the only one.
    fn stake(&self) -> Option<&NodeStake> {
        let own = self.stakes.iter().find(|stake| stake.node == self.signer);
        own.or_else(|| self.stakes.first())
    }

    /// "now is slot 7, round 3"
    fn now(&self, task: &Task) -> String {
        match task.schedule.round_at(self.slot) {
            Some(round) => format!("now is slot {}, round {round}", self.slot),
            None => format!(
                "now is slot {}, and the task starts at slot {}",
                self.slot, task.schedule.starting_slot
            ),
        }
    }

    /// `what` in `window`, against the present slot.
    fn within(&self, task: &Task, what: &str, window: Window, after: &str) -> String {
        let Window { start, end } = window;
        let when = if self.slot < start {
            format!("wait {}", wait(start.saturating_sub(self.slot)))
        } else if self.slot > end {
            let ago = pace::about(self.slot.saturating_sub(end));
            format!("that ended {ago} ago, {after}")
        } else {
            "it was outside of them a moment ago, send it again".into()
        };
        format!(
            "{what} from slot {start} to slot {end}; {}: {when}",
            self.now(task)
        )
    }

    /// From `slot` on.
    fn from(&self, task: &Task, slot: u64) -> String {
        let left = slot.saturating_sub(self.slot);
        format!("slot {slot}; {}: wait {}", self.now(task), wait(left))
    }

    fn explain(&self, error: GradualError) -> Option<String> {
        self.of_windows(error)
            .or_else(|| self.of_audits(error))
            .or_else(|| self.of_cycle_ends(error))
            .or_else(|| self.of_stakes(error))
            .or_else(|| self.of_holds(error))
            .or_else(|| self.of_people(error))
            .or_else(|| self.of_money(error))
    }

    /// Windows: which slots were asked for, and when they come.
    fn of_windows(&self, error: GradualError) -> Option<String> {
        let task = &self.tasks.first()?.data;
        let schedule = &task.schedule;
        let now = task.current_round(self.slot);
        Some(match error {
            GradualError::OpeningWindowClosed => {
                let cycle = self.number(0)?;
                let what = format!("cycle {cycle} is opened at the start of round {cycle},");
                let after = format!("open cycle {} when it begins", now.checked_add(1)?);
                self.within(task, &what, schedule.opening_window(cycle)?, &after)
            }
            GradualError::SubmissionWindowClosed => {
                let cycle = self.number(0)?;
                let round = review_round(cycle)?;
                let what = format!("proofs of cycle {cycle} are taken in round {round},");
                let after = format!("cycle {now} is submitted in round {}", now.checked_add(1)?);
                self.within(task, &what, schedule.submission_window(round)?, &after)
            }
            GradualError::ListWindowClosed => {
                let (cycle, attempt) = (self.cycle?.number, *self.arguments.first()?);
                let round = distribution_round(cycle, attempt)?;
                let what = format!(
                    "attempt {attempt} at the list of cycle {cycle} is made in round {round},"
                );
                let after = "the next attempt is made in the next round";
                self.within(task, &what, schedule.submission_window(round)?, after)
            }
            GradualError::AttemptsExhausted => format!(
                "the task allows attempts 0 to {} at a cycle's list, not attempt {}: name an earlier one, or let \
                 the cycle fail",
                task.allowed_failed_distributions,
                self.arguments.first()?
            ),
            GradualError::NotYetSelected => {
                let (cycle, attempt) = (self.cycle?, *self.arguments.first()?);
                let turn = cycle.proposal_slot(task, &self.signer, attempt).ok()?;
                format!(
                    "others may propose the list of cycle {} before {}, whose turn begins at {}",
                    cycle.number,
                    self.signer,
                    self.from(task, turn)
                )
            }
            _ => return None,
        })
    }

    /// Audits: of what, and when they may be had.
    fn of_audits(&self, error: GradualError) -> Option<String> {
        let task = &self.tasks.first()?.data;
        let schedule = &task.schedule;
        let (kind, subject) = self.subject.as_ref()?;
        let round = subject.window_round;
        let name = match kind {
            SubjectKind::Submission => "the submission",
            SubjectKind::List => "the list",
        };
        let name = format!(
            "{name} of cycle {} by {}",
            subject.cycle_number, subject.author
        );
        Some(match error {
            GradualError::AuditWindowClosed => {
                let what = format!("votes on {name} are taken");
                self.within(
                    task,
                    &what,
                    schedule.audit_window(round)?,
                    "leave it as it is",
                )
            }
            GradualError::ChallengeWindowClosed => {
                let what = format!("{name} may be challenged");
                self.within(task, &what, schedule.challenge_window(round)?, "it stands")
            }
            GradualError::AuditWindowOpen => {
                let over = schedule.audit_window(round)?.end.checked_add(1)?;
                format!("the audit of {name} is over at {}", self.from(task, over))
            }
            _ => return None,
        })
    }

    /// Cycles that are not over yet, and when they will be.
    fn of_cycle_ends(&self, error: GradualError) -> Option<String> {
        let task = &self.tasks.first()?.data;
        let schedule = &task.schedule;
        Some(match error {
            GradualError::CycleNotFailed => {
                let cycle = self.cycle?.number;
                let last = task.last_attempt_round(cycle)?;
                let over = schedule.boundary(last.checked_add(1)?)?;
                format!(
                    "attempts at the list of cycle {cycle} go on until round {last} is over, and a list that is \
                     pending is finalized first: {}",
                    self.from(task, over)
                )
            }
            GradualError::CycleNotSettled => {
                let cycle = self.cycle?;
                format!(
                    "cycle {} still owes {}: pay it, or wait for the end of its claim window, {} after its \
                     list or its last attempt",
                    cycle.number,
                    amount::show(cycle.unpaid().ok()?, task),
                    pace::rounds(task.claim_window, schedule.round_time)
                )
            }
            _ => return None,
        })
    }

    /// Stakes: what there is, and what was asked for.
    fn of_stakes(&self, error: GradualError) -> Option<String> {
        let task = &self.tasks.first()?.data;
        let money = |units| amount::show(units, task);
        let minimum = task.minimum_stake_amount;
        if error == GradualError::StakeBelowMinimum {
            let before = self.stake().map_or(0, |stake| stake.stake.total());
            let after = before.checked_add(self.number(0)?)?;
            return Some(format!(
                "the deposit leaves a stake of {}, the task's minimum is {}: deposit at least {}",
                money(after),
                money(minimum),
                money(minimum.saturating_sub(before))
            ));
        }
        let stake = self.stake()?;
        let (node, timeline) = (stake.node, stake.stake.at(task.current_round(self.slot)));
        let total = timeline.total();
        Some(match error {
            GradualError::InsufficientActiveStake => format!(
                "node {node} has an active stake of {}, {} in the next round, and the task's minimum is {}: stake \
                 at least {} more, active two rounds ahead, or wait for the next round",
                money(timeline.active()),
                money(timeline.active_next()),
                money(minimum),
                money(minimum.saturating_sub(timeline.active_next()))
            ),
            GradualError::InsufficientStake => format!(
                "node {node} has staked {}, less than {}: withdraw at most that, or ALL",
                money(total),
                money(self.number(0)?)
            ),
            GradualError::RemainderBelowMinimum => {
                let warming = total.saturating_sub(timeline.active());
                let instead = if total > minimum {
                    format!("at most {}, or ALL", money(total.saturating_sub(minimum)))
                } else if warming > 0 {
                    format!("the {} that are not active, or ALL", money(warming))
                } else {
                    "ALL".into()
                };
                format!(
                    "{} of {} leaves {}, less than the task's minimum of {}: withdraw {instead}",
                    money(self.number(0)?),
                    money(total),
                    money(total.saturating_sub(self.number(0)?)),
                    money(minimum)
                )
            }
            GradualError::NothingToClaim => format!(
                "node {node} has earned {}, and nothing of it is left to claim: wait for a payout",
                money(stake.earned)
            ),
            GradualError::BelowSuccessorMinimum => format!(
                "the stake of {} is below the successor's minimum of {}: withdraw it instead",
                money(total),
                money(self.tasks.get(1)?.data.minimum_stake_amount)
            ),
            _ => return None,
        })
    }

    /// What holds a stake, and until when.
    fn of_holds(&self, error: GradualError) -> Option<String> {
        let task = &self.tasks.first()?.data;
        let money = |units| amount::show(units, task);
        let stake = self.stake()?;
        let (node, total) = (stake.node, stake.stake.total());
        Some(match error {
            GradualError::StakeLocked => format!(
                "the stake of {node} is locked by work in a running cycle until {}",
                self.from(task, stake.locked_until_slot)
            ),
            GradualError::StakeInAudit => format!(
                "the stake of {node} is held by {} open audits: resolve them first, with gradual task sweep \
                 after their windows",
                stake.open_audits
            ),
            GradualError::NotIdle if task.idle_rounds == 0 => {
                "the task parks no stake: leave it as it is".into()
            }
            GradualError::NotIdle => {
                let until = stake.last_active_round.checked_add(task.idle_rounds)?;
                format!(
                    "node {node} acted in round {}, and may be parked after {} rounds without an act, from {}",
                    stake.last_active_round,
                    task.idle_rounds,
                    self.from(task, task.schedule.boundary(until.checked_add(1)?)?)
                )
            }
            GradualError::TooManyChallenges => format!(
                "node {node} has {} open challenges of submissions, as many as its stake of {} pays for: \
                 resolve them first",
                stake.open_challenges,
                money(total)
            ),
            GradualError::StakeNotEmpty => format!(
                "node {node} still has {} staked and {} to claim: withdraw and claim them first",
                money(total),
                money(stake.available_balance)
            ),
            GradualError::NodeAccountsOpen => format!(
                "{} accounts that node {node} opened (submissions, votes, lists, cycles) are still open: close \
                 them first, with gradual task sweep",
                stake.open_accounts
            ),
            _ => return None,
        })
    }

    /// Who may do it, and who tried.
    fn of_people(&self, error: GradualError) -> Option<String> {
        let me = self.signer;
        let task = self.tasks.first();
        let config = self.config.as_ref();
        let nobody = |key: Pubkey| {
            if key == Pubkey::default() {
                "nobody".to_owned()
            } else {
                key.to_string()
            }
        };
        Some(match error {
            GradualError::NotManager => {
                let stranger = self.tasks.iter().find(|task| task.data.manager != me);
                let task = stranger.or(task)?;
                format!(
                    "only {} manages task {}, the key is {me}: sign with the manager's key",
                    task.data.manager, task.address
                )
            }
            GradualError::NotPendingManager => format!(
                "task {} is offered to {}, the key is {me}: let its manager {} offer it with gradual task \
                 handover",
                task?.address,
                nobody(task?.data.pending_manager),
                task?.data.manager
            ),
            GradualError::NotAdmin => format!(
                "only the admin {} may do this, the key is {me}: sign with the admin's key",
                config?.admin
            ),
            GradualError::NotPendingAdmin => format!(
                "the config is offered to {}, the key is {me}: let the admin {} offer it with gradual config \
                 handover",
                nobody(config?.pending_admin),
                config?.admin
            ),
            GradualError::NotConfigManager | GradualError::UnknownManager => {
                let managers: Vec<String> =
                    config?.managers().iter().map(Pubkey::to_string).collect();
                format!(
                    "{error} (the key is {me}, the managers are {})",
                    managers.join(", ")
                )
            }
            GradualError::NotUpgradeAuthority => format!(
                "only the program's upgrade authority {} may do this, the key is {me}: sign with its key",
                self.authority
                    .map_or_else(|| "(none, it is final)".into(), |key| key.to_string())
            ),
            GradualError::TaskInactive => format!(
                "task {} is inactive: ask its manager {} to activate it",
                task?.address, task?.data.manager
            ),
            GradualError::TaskMigrated => format!(
                "task {} has moved to its successor: use {}",
                task?.address, task?.data.migrated_to
            ),
            _ => return None,
        })
    }

    /// Bounties and lists.
    fn of_money(&self, error: GradualError) -> Option<String> {
        let Keyed {
            address,
            data: task,
        } = self.tasks.first()?;
        let money = |units| amount::show(units, task);
        let (has, needs) = (task.bounty_available, task.bounty_amount_per_round);
        Some(match error {
            GradualError::BountyTooSmall => format!(
                "task {address} has {} available, a cycle takes {}: fund it with at least {}",
                money(has),
                money(needs),
                money(needs.saturating_sub(has))
            ),
            GradualError::ListExceedsBounty => format!(
                "the list pays more than the bounty of cycle {}, {}: divide that",
                self.cycle?.number,
                money(self.cycle?.bounty)
            ),
            GradualError::SubjectsOpen => format!(
                "{} submissions or lists of cycle {} are still open: close them first, with gradual task sweep",
                self.cycle?.open_subjects, self.cycle?.number
            ),
            GradualError::VotesOpen => format!(
                "{} votes on this are still open: close them first, with gradual task sweep",
                self.subject.as_ref()?.1.audit.open_votes
            ),
            GradualError::TaskInUse => format!(
                "task {address} still has {} stake accounts, and {} in reserve for open cycles: let them be \
                 closed first (gradual task sweep)",
                task.node_count,
                money(task.bounty_reserved)
            ),
            GradualError::TaskActive => format!(
                "task {address} is active: its manager {} deactivates it first",
                task.manager
            ),
            GradualError::ListNotAccepted => format!(
                "the list of attempt {} at cycle {} was not accepted: see gradual list show",
                self.list?.attempt, self.list?.subject.cycle_number
            ),
            _ => return None,
        })
    }
}

/// "12 slots, about 4 seconds"
fn wait(slots: u64) -> String {
    format!("{slots} slots, {}", pace::about(slots))
}

fn all<T: Stored>(found: &[(Pubkey, Account)]) -> impl Iterator<Item = T> {
    found
        .iter()
        .filter_map(|(_, account)| account::decode(account))
}

fn first<T: Stored>(found: &[(Pubkey, Account)]) -> Option<T> {
    all(found).next()
}

/// The upgrade authority, if `account` is what the loader keeps of a program.
fn authority_of(account: &Account) -> Option<Pubkey> {
    if account.owner != solana_sdk_ids::bpf_loader_upgradeable::ID {
        return None;
    }
    match bincode::deserialize(&account.data).ok()? {
        UpgradeableLoaderState::ProgramData {
            upgrade_authority_address,
            ..
        } => upgrade_authority_address,
        _ => None,
    }
}
