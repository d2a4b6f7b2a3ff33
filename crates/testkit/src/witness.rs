//! What the harness asserts of every transaction beside the books: each new account lives where its own
//! fields say, and each event tells what the accounts show.

use crate::snapshot::Snapshot;
use gradual_consensus::{
    CONFIG_SEED, CYCLE_SEED, LIST_SEED, METADATA_SEED, STAKE_SEED, SUBMISSION_SEED, TASK_SEED,
    VOTE_SEED, events,
    rules::warming::StakeTimeline,
    state::{
        AuditVote, Config, Cycle, DistributionList, NodeStake, Status, Subject, SubjectKind,
        Submission, Task, TaskMetadata,
    },
};
use gradual_consensus_client::{
    account::{Stored, decode},
    address,
    event::Event,
};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey};

/// Asserts that every account that is new lives at the canonical address that its fields derive, stores
/// that address's bump, and has the size of its type.
pub fn assert_in_place(before: &Snapshot, after: &Snapshot) {
    for (address, account) in &after.accounts {
        if !before.accounts.contains_key(address) {
            let ((derived, canonical), bump, space) = place(account);
            assert_eq!(*address, derived, "an account that lives elsewhere");
            assert_eq!(bump, canonical, "the bump stored in {address}");
            assert_eq!(account.data.len(), space, "the size of {address}");
        }
    }
}

/// The address of `account` with its bump, the bump it stores, and its size in bytes.
fn place(account: &Account) -> ((Pubkey, u8), u8, usize) {
    let at = |seeds: &[&[u8]]| Pubkey::find_program_address(seeds, &gradual_consensus::ID);
    if let Some(it) = decode::<Config>(account) {
        (at(&[CONFIG_SEED]), it.bump, Config::SPACE)
    } else if let Some(it) = decode::<Task>(account) {
        let number = it.task_id.to_le_bytes();
        let found = at(&[TASK_SEED, it.creator.as_ref(), &number, &it.terms_hash]);
        (found, it.bump, Task::SPACE)
    } else if let Some(it) = decode::<TaskMetadata>(account) {
        let found = at(&[METADATA_SEED, it.task.as_ref()]);
        (found, it.bump, TaskMetadata::SPACE)
    } else if let Some(it) = decode::<NodeStake>(account) {
        let found = at(&[STAKE_SEED, it.task.as_ref(), it.node.as_ref()]);
        (found, it.bump, NodeStake::SPACE)
    } else if let Some(it) = decode::<Cycle>(account) {
        let found = at(&[CYCLE_SEED, it.task.as_ref(), &it.number.to_le_bytes()]);
        (found, it.bump, Cycle::SPACE)
    } else if let Some(it) = decode::<Submission>(account) {
        let Subject {
            cycle,
            author,
            bump,
            ..
        } = it.subject;
        let found = at(&[SUBMISSION_SEED, cycle.as_ref(), author.as_ref()]);
        (found, bump, Submission::SPACE + usize::from(it.value_len))
    } else if let Some(it) = decode::<DistributionList>(account) {
        let found = at(&[LIST_SEED, it.subject.cycle.as_ref(), &[it.attempt]]);
        (found, it.subject.bump, DistributionList::SPACE)
    } else if let Some(it) = decode::<AuditVote>(account) {
        let found = at(&[VOTE_SEED, it.subject.as_ref(), it.voter.as_ref()]);
        (found, it.bump, AuditVote::SPACE)
    } else {
        panic!("an account of the program that is none of its types")
    }
}

/// The accounts around the one instruction that a transaction held.
pub struct Witness<'a> {
    /// The instruction.
    pub instruction: &'a Instruction,
    /// Before it.
    pub before: &'a Snapshot,
    /// After it.
    pub after: &'a Snapshot,
}

impl Witness<'_> {
    fn was<T: Stored>(&self, address: &Pubkey) -> T {
        decode(&self.before.accounts[address]).unwrap()
    }

    fn is<T: Stored>(&self, address: &Pubkey) -> T {
        decode(&self.after.accounts[address]).unwrap()
    }

    /// The account at `address`, which this closed.
    fn closed<T: Stored>(&self, address: &Pubkey) -> T {
        assert!(!self.after.accounts.contains_key(address), "closed");
        self.was(address)
    }

    fn assert_signed(&self, key: &Pubkey) {
        let mut signers = self.instruction.accounts.iter().filter(|it| it.is_signer);
        assert!(signers.any(|signer| signer.pubkey == *key), "signed");
    }

    fn assert_new(&self, address: &Pubkey) {
        assert!(!self.before.accounts.contains_key(address), "new");
        assert!(self.after.accounts.contains_key(address), "there");
    }

    /// A node's stake before and after; before it staked, nothing.
    fn stakes(&self, task: &Pubkey, node: &Pubkey) -> [StakeTimeline; 2] {
        let address = address::node_stake(task, node);
        let was = self.before.accounts.get(&address).and_then(decode);
        let was = was.map_or_else(StakeTimeline::default, |stake: NodeStake| stake.stake);
        [was, self.is::<NodeStake>(&address).stake]
    }

    /// A node's available balance before and after.
    fn balances(&self, task: &Pubkey, node: &Pubkey) -> [u64; 2] {
        let address = address::node_stake(task, node);
        let stakes: [NodeStake; 2] = [self.was(&address), self.is(&address)];
        stakes.map(|stake| stake.available_balance)
    }

    /// A task's available bounty before and after.
    fn available(&self, task: &Pubkey) -> [u64; 2] {
        let tasks: [Task; 2] = [self.was(task), self.is(task)];
        tasks.map(|task| task.bounty_available)
    }

    /// A submission or list before and after, and which of the two it is.
    fn subjects(&self, address: &Pubkey) -> (SubjectKind, [Subject; 2]) {
        let read = |account: &Account| {
            decode::<Submission>(account).map_or_else(
                || {
                    let list: DistributionList = decode(account).unwrap();
                    (SubjectKind::List, list.subject)
                },
                |submission| (SubjectKind::Submission, submission.subject),
            )
        };
        let (kind, was) = read(&self.before.accounts[address]);
        let is = self.after.accounts.get(address).map(read);
        (kind, [was, is.map_or(was, |(_, subject)| subject)])
    }

    /// Asserts that the submission of `node` was paid `amount`, and only now.
    fn assert_paid(&self, task: &Pubkey, cycle: u64, node: &Pubkey, amount: u64) {
        let address = address::cycle(task, cycle);
        let (_, [was, is]) = self.subjects(&address::submission(&address, node));
        assert!(![Status::Paid, Status::Invalid].contains(&was.status()));
        assert_eq!(is.status(), Status::Paid);
        let (was, is): (Cycle, Cycle) = (self.was(&address), self.is(&address));
        assert_eq!(amount, is.paid - was.paid);
        assert_eq!(is.paid_submissions, was.paid_submissions + 1);
    }

    /// Asserts that all that `event` tells is so.
    pub fn assert_told(&self, event: &Event) {
        match event {
            Event::ConfigInitialized(told) => self.config_initialized(told),
            Event::ConfigClosed(told) => self.config_closed(told),
            Event::AdminProposed(told) => self.admin_proposed(told),
            Event::AdminAccepted(told) => self.admin_accepted(told),
            Event::PausedSet(told) => self.paused_set(told),
            Event::ManagerInserted(told) => self.manager_inserted(told),
            Event::ManagerRemoved(told) => self.manager_removed(told),
            Event::TaskAllowlisted(told) => self.task_allowlisted(told),
            Event::TaskCreated(told) => self.task_created(told),
            Event::TaskFunded(told) => self.task_funded(told),
            Event::TaskActiveSet(told) => self.task_active_set(told),
            Event::ManagerProposed(told) => self.manager_proposed(told),
            Event::ManagerAccepted(told) => self.manager_accepted(told),
            Event::TaskMigrated(told) => self.task_migrated(told),
            Event::TaskClosed(told) => self.task_closed(told),
            Event::Staked(told) => self.staked(told),
            Event::Withdrawn(told) => self.withdrawn(told),
            Event::StakeMigrated(told) => self.stake_migrated(told),
            Event::StakeParked(told) => self.stake_parked(told),
            Event::StakeResumed(told) => self.stake_resumed(told),
            Event::RewardClaimed(told) => self.reward_claimed(told),
            Event::Compounded(told) => self.compounded(told),
            Event::StakeClosed(told) => self.stake_closed(told),
            Event::CycleOpened(told) => self.cycle_opened(told),
            Event::Submitted(told) => self.submitted(told),
            Event::Audited(told) => self.audited(told),
            Event::AuditResolved(told) => self.audit_resolved(told),
            Event::VoteClosed(told) => self.vote_closed(told),
            Event::DistributionListSubmitted(told) => self.distribution_list_submitted(told),
            Event::DistributionFinalized(told) => self.distribution_finalized(told),
            Event::PaidOut(told) => self.paid_out(told),
            Event::EqualSharePaid(told) => self.equal_share_paid(told),
            Event::SubjectClosed(told) => self.subject_closed(told),
            Event::CycleClosed(told) => self.cycle_closed(told),
        }
    }
}

/// Events of the room `config`.
impl Witness<'_> {
    fn config_initialized(&self, told: &events::ConfigInitialized) {
        let config = address::config();
        let is: Config = self.is(&config);
        self.assert_new(&config);
        assert_eq!((told.admin, &[told.manager][..]), (is.admin, is.managers()));
    }

    fn config_closed(&self, told: &events::ConfigClosed) {
        let config = address::config();
        assert_eq!(told.admin, self.closed::<Config>(&config).admin);
    }

    fn admin_proposed(&self, told: &events::AdminProposed) {
        let config = address::config();
        let is: Config = self.is(&config);
        assert_eq!(
            (told.admin, told.pending_admin),
            (is.admin, is.pending_admin)
        );
    }

    fn admin_accepted(&self, told: &events::AdminAccepted) {
        let config = address::config();
        let (was, is): (Config, Config) = (self.was(&config), self.is(&config));
        assert_eq!((told.admin_before, told.admin_after), (was.admin, is.admin));
    }

    fn paused_set(&self, told: &events::PausedSet) {
        let config = address::config();
        let paused = [self.was::<Config>(&config), self.is(&config)];
        let told = [told.paused_before, told.paused_after];
        assert_eq!(told.map(u8::from), paused.map(|config| config.is_paused));
    }

    fn manager_inserted(&self, told: &events::ManagerInserted) {
        let config = address::config();
        let (was, is): (Config, Config) = (self.was(&config), self.is(&config));
        assert!(!was.managers().contains(&told.manager));
        assert!(is.managers().contains(&told.manager));
        assert_eq!(usize::from(told.managers), is.managers().len());
    }

    fn manager_removed(&self, told: &events::ManagerRemoved) {
        let config = address::config();
        let (was, is): (Config, Config) = (self.was(&config), self.is(&config));
        assert!(was.managers().contains(&told.manager));
        assert!(!is.managers().contains(&told.manager));
        assert_eq!(usize::from(told.managers), is.managers().len());
    }

    fn task_allowlisted(&self, told: &events::TaskAllowlisted) {
        let config = address::config();
        self.assert_signed(&told.manager);
        let listed = [self.was::<Task>(&told.task), self.is(&told.task)];
        let listed = listed.map(|task| task.is_allowlisted);
        assert!(
            self.is::<Config>(&config)
                .managers()
                .contains(&told.manager)
        );
        let told = [told.allowlisted_before, told.allowlisted_after];
        assert_eq!(told.map(u8::from), listed);
    }
}

/// Events of the room `task`.
impl Witness<'_> {
    fn task_created(&self, told: &events::TaskCreated) {
        let is: Task = self.is(&told.task);
        self.assert_new(&told.task);
        assert_eq!((told.creator, told.mint), (is.creator, is.mint));
        assert_eq!(told.terms_hash, is.terms_hash);
        assert_eq!(told.starting_slot, is.schedule.starting_slot);
    }

    fn task_funded(&self, told: &events::TaskFunded) {
        let available = [told.available_before, told.available_after];
        assert_eq!(available, self.available(&told.task));
        let (was, is): (Task, Task) = (self.was(&told.task), self.is(&told.task));
        assert_eq!(told.amount, is.bounty_funded - was.bounty_funded);
        self.assert_signed(&told.funder);
    }

    fn task_active_set(&self, told: &events::TaskActiveSet) {
        let active = [self.was::<Task>(&told.task), self.is(&told.task)];
        let told = [told.active_before, told.active_after];
        assert_eq!(told.map(u8::from), active.map(|task| task.is_active));
    }

    fn manager_proposed(&self, told: &events::ManagerProposed) {
        let is: Task = self.is(&told.task);
        let told = (told.manager, told.pending_manager);
        assert_eq!(told, (is.manager, is.pending_manager));
    }

    fn manager_accepted(&self, told: &events::ManagerAccepted) {
        let managers = [self.was::<Task>(&told.task), self.is(&told.task)];
        let told = [told.manager_before, told.manager_after];
        assert_eq!(told, managers.map(|task| task.manager));
    }

    fn task_migrated(&self, told: &events::TaskMigrated) {
        let available = [told.available_before, told.available_after];
        assert_eq!(available, self.available(&told.task));
        assert_eq!(told.amount, available[0] - available[1]);
        assert_eq!(told.successor, self.is::<Task>(&told.task).migrated_to);
        let [was, is] = self.available(&told.successor);
        assert_eq!(
            (told.amount, told.successor_available_after),
            (is - was, is)
        );
    }

    fn task_closed(&self, told: &events::TaskClosed) {
        let was: Task = self.closed(&told.task);
        for (pot, amount) in [
            (was.stake_pot, told.from_stake_pot),
            (was.bounty_pot, told.from_bounty_pot),
        ] {
            assert_eq!(self.before.tokens[&pot], amount);
        }
        if let Some(had) = self.before.tokens.get(&told.destination) {
            let came = told.from_stake_pot + told.from_bounty_pot;
            assert_eq!(self.after.tokens[&told.destination], had + came);
        }
    }
}

/// Events of the room `stake`.
impl Witness<'_> {
    fn staked(&self, told: &events::Staked) {
        let [was, is] = self.stakes(&told.task, &told.node);
        assert_eq!(told.stake_before, was.total());
        assert_eq!(told.stake_after, is.total());
        assert_eq!(told.amount, is.total() - was.total());
        assert_grows(was, is, told.active_from_round, told.amount);
    }

    fn withdrawn(&self, told: &events::Withdrawn) {
        let [was, is] = self.stakes(&told.task, &told.node);
        assert_eq!(told.stake_before, was.total());
        assert_eq!(told.stake_after, is.total());
        assert_eq!(told.amount, was.total() - is.total());
    }

    fn stake_migrated(&self, told: &events::StakeMigrated) {
        let [was, is] = self.stakes(&told.task, &told.node);
        assert_eq!(told.amount, was.total() - is.total());
        let [was, is] = self.stakes(&told.successor, &told.node);
        assert_eq!(told.stake_before, was.total());
        assert_eq!(told.stake_after, is.total());
        assert_eq!(told.amount, is.total() - was.total());
        assert_grows(was, is, told.active_from_round, told.amount);
    }

    fn stake_parked(&self, told: &events::StakeParked) {
        let [was, is] = self.stakes(&told.task, &told.node);
        let node: NodeStake = self.is(&address::node_stake(&told.task, &told.node));
        assert_eq!((was.parked, is.parked), (0, told.amount));
        assert_eq!([was.total(), is.total()], [told.amount; 2]);
        assert_eq!(told.last_active_round, node.last_active_round);
        let active = [told.active_before, told.active_after];
        assert_eq!(active, actives(was, is));
        assert_eq!(active_in(is, told.inactive_from_round), 0);
        let round = told.inactive_from_round - 1;
        assert_eq!(active_in(is, round), active_in(was, round), "with notice");
    }

    fn stake_resumed(&self, told: &events::StakeResumed) {
        self.assert_signed(&told.node);
        let [was, is] = self.stakes(&told.task, &told.node);
        let node: NodeStake = self.is(&address::node_stake(&told.task, &told.node));
        assert_eq!((was.parked, is.parked), (told.amount, 0));
        assert_eq!([was.total(), is.total()], [told.amount; 2]);
        assert_eq!(node.last_active_round, is.as_of_round);
        let active = [told.active_before, told.active_after];
        assert_eq!(active, actives(was, is));
        assert_grows(was, is, told.active_from_round, 0);
    }

    fn reward_claimed(&self, told: &events::RewardClaimed) {
        let balances = self.balances(&told.task, &told.node);
        assert_eq!(balances, [told.amount, 0]);
    }

    fn compounded(&self, told: &events::Compounded) {
        let balances = self.balances(&told.task, &told.node);
        assert_eq!(balances, [told.amount, 0]);
        let [was, is] = self.stakes(&told.task, &told.node);
        assert_eq!(told.stake_before, was.total());
        assert_eq!(told.stake_after, is.total());
        assert_grows(was, is, told.active_from_round, told.amount);
    }

    fn stake_closed(&self, told: &events::StakeClosed) {
        let stake = address::node_stake(&told.task, &told.node);
        let _: NodeStake = self.closed(&stake);
    }
}

/// Events of the room `work`.
impl Witness<'_> {
    fn cycle_opened(&self, told: &events::CycleOpened) {
        let cycle = address::cycle(&told.task, told.cycle);
        self.assert_new(&cycle);
        self.assert_signed(&told.opener);
        let is: Cycle = self.is(&cycle);
        assert_eq!((told.cycle, told.opener), (is.number, is.opener));
        assert_eq!([is.bounty, is.owed, is.paid], [told.bounty, told.bounty, 0]);
        let available = [told.available_before, told.available_after];
        assert_eq!(available, self.available(&told.task));
        assert_eq!(told.bounty, available[0] - available[1]);
        let (was, is): (Task, Task) = (self.was(&told.task), self.is(&told.task));
        assert_eq!(told.bounty, is.bounty_amount_per_round);
        assert_eq!(told.bounty, is.bounty_reserved - was.bounty_reserved);
    }

    fn submitted(&self, told: &events::Submitted) {
        let cycle = address::cycle(&told.task, told.cycle);
        self.assert_new(&address::submission(&cycle, &told.node));
        assert_eq!(told.submissions, self.is::<Cycle>(&cycle).submissions);
        let stake: NodeStake = self.is(&address::node_stake(&told.task, &told.node));
        assert_eq!(told.locked_until_slot, stake.locked_until_slot);
    }
}

/// Events of the room `audit`.
impl Witness<'_> {
    fn audited(&self, told: &events::Audited) {
        let (_, [was, is]) = self.subjects(&told.subject);
        assert_eq!((told.task, told.cycle), (is.task, is.cycle_number));
        assert_eq!(told.opened, was.status() == Status::Pending);
        let weights = (told.weight_valid, told.weight_invalid);
        assert_eq!(weights, (is.audit.weight_valid, is.audit.weight_invalid));
        let vote = address::vote(&told.subject, &told.voter);
        self.assert_new(&vote);
        let is_valid = self.is::<AuditVote>(&vote).is_valid;
        assert_eq!(u8::from(told.is_valid), is_valid);
    }

    fn audit_resolved(&self, told: &events::AuditResolved) {
        let (kind, [was, is]) = self.subjects(&told.subject);
        assert_eq!(
            (told.task, told.cycle, told.kind),
            (is.task, is.cycle_number, kind)
        );
        assert_eq!((was.audit.outcome, told.outcome), (0, is.audit.outcome));
        assert_eq!(told.stands, is.status() == Status::Standing);
        let taken = told.stake_before - told.stake_after;
        assert_eq!(taken, is.audit.slashed);
        assert_eq!(taken, told.to_winner + told.to_voters + told.to_bounty);
        assert_eq!(told.to_voters, is.audit.voter_pool);
        let [was_available, is_available] = self.available(&told.task);
        assert_eq!(told.to_bounty, is_available - was_available);
        let (loser, winner) = match told.outcome {
            1 => (Some(is.author), is.audit.challenger),
            2 => (Some(is.audit.challenger), is.author),
            _ => (None, is.author),
        };
        assert_eq!(told.slashed_node, loser);
        let [had, has] = self.balances(&told.task, &winner);
        assert_eq!(told.to_winner, has - had);
        if let Some(loser) = loser {
            let totals = self.stakes(&told.task, &loser).map(|stake| stake.total());
            assert_eq!([told.stake_before, told.stake_after], totals);
        }
    }

    fn vote_closed(&self, told: &events::VoteClosed) {
        let vote: AuditVote = self.closed(&address::vote(&told.subject, &told.voter));
        assert_eq!((told.subject, told.voter), (vote.subject, vote.voter));
        let balances = [told.balance_before, told.balance_after];
        assert_eq!(balances, self.balances(&told.task, &told.voter));
        assert_eq!(told.share, told.balance_after - told.balance_before);
    }
}

/// Events of the room `distribution`.
impl Witness<'_> {
    fn distribution_list_submitted(&self, told: &events::DistributionListSubmitted) {
        let list = address::list(&address::cycle(&told.task, told.cycle), told.attempt);
        self.assert_new(&list);
        let list: DistributionList = self.is(&list);
        let told_of_list = (told.proposer, told.total, told.count);
        assert_eq!(told_of_list, (list.subject.author, list.total, list.count));
    }

    fn distribution_finalized(&self, told: &events::DistributionFinalized) {
        let list = address::list(&address::cycle(&told.task, told.cycle), told.attempt);
        let (_, [_, is]) = self.subjects(&list);
        assert_eq!(told.accepted, is.status() == Status::Accepted);
        assert_eq!(!told.accepted, is.status() == Status::Rejected);
        let available = [told.available_before, told.available_after];
        assert_eq!(available, self.available(&told.task));
        let cycle = address::cycle(&told.task, told.cycle);
        let cycles: [Cycle; 2] = [self.was(&cycle), self.is(&cycle)];
        let [owed, owes] = cycles.map(|cycle| cycle.owed);
        assert_eq!(available[1] - available[0], owed - owes);
    }

    fn paid_out(&self, told: &events::PaidOut) {
        let balances = [told.balance_before, told.balance_after];
        assert_eq!(balances, self.balances(&told.task, &told.node));
        assert_eq!(told.amount, told.balance_after - told.balance_before);
        self.assert_paid(&told.task, told.cycle, &told.node, told.amount);
    }

    fn equal_share_paid(&self, told: &events::EqualSharePaid) {
        let balances = [told.balance_before, told.balance_after];
        assert_eq!(balances, self.balances(&told.task, &told.node));
        assert_eq!(told.amount, told.balance_after - told.balance_before);
        let cycle: Cycle = self.is(&address::cycle(&told.task, told.cycle));
        assert_eq!(told.amount, cycle.bounty / u64::from(cycle.submissions));
        assert!(!cycle.list_accepted());
        self.assert_paid(&told.task, told.cycle, &told.node, told.amount);
    }

    fn subject_closed(&self, told: &events::SubjectClosed) {
        assert!(!self.after.accounts.contains_key(&told.subject));
        let (kind, [was, _]) = self.subjects(&told.subject);
        assert_eq!((told.task, told.kind), (was.task, kind));
        let [had, has] = self.available(&told.task);
        assert_eq!(had, has, "no money moves");
    }

    fn cycle_closed(&self, told: &events::CycleClosed) {
        let was: Cycle = self.closed(&address::cycle(&told.task, told.cycle));
        let counts = [told.submissions, told.invalid, told.paid_submissions];
        assert_eq!(counts, [was.submissions, was.invalid, was.paid_submissions]);
        assert_eq!((told.paid, told.unpaid), (was.paid, was.owed - was.paid));
        let available = [told.available_before, told.available_after];
        assert_eq!(available, self.available(&told.task));
        assert_eq!(available[1] - available[0], told.unpaid);
    }
}

/// What of a stake is active in the round of its change and in the next two, before and after.
fn actives(was: StakeTimeline, is: StakeTimeline) -> [[u64; 3]; 2] {
    let round = is.as_of_round;
    [was, is].map(|stake| [0, 1, 2].map(|ahead| active_in(stake, round + ahead)))
}

/// What of a stake is active in `round`, in base units.
fn active_in(mut stake: StakeTimeline, round: u64) -> u64 {
    stake.roll_to(round);
    stake.active()
}

/// Asserts that a deposit of `amount`, which ends any parking, is active from `round` on, and not before. In the
/// round before, stake that was parked and is still active stays so.
fn assert_grows(was: StakeTimeline, is: StakeTimeline, round: u64, amount: u64) {
    let gain = |round| active_in(is, round) - active_in(was, round);
    assert_eq!(gain(round), amount + was.parked, "active in round {round}");
    if let Some(before) = round.checked_sub(1) {
        let (now, next) = (active_in(was, is.as_of_round), active_in(was, before));
        let kept = if was.is_parked() { now.max(next) } else { next };
        assert_eq!(active_in(is, before), kept, "active in round {before}");
    }
}
