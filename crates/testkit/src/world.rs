//! One task on a ledger, its manager and its nodes, and books that are checked after every transaction.

use crate::{
    machine::Machine,
    people::{Person, key, upgrade_authority},
    snapshot::Snapshot,
    terms::{self, NewTask},
    valid::Valid,
    witness::{self, Witness},
};
use gradual_consensus::{
    ListProposal, TaskParams, TaskTexts,
    rules::{merkle::MerkleTree, schedule::Schedule},
    state::{Config, Cycle, DistributionList, NodeStake, Subject, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    books::{Books, token_balance},
    event::{Event, events},
    instruction::{self, Entry, TaskTokens},
    ledger::{Filter, LedgerError, Receipt},
};
use solana_sdk::{
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};

#[cfg(feature = "bank")]
mod begin;

#[cfg(feature = "bank")]
pub use begin::{Money, WorldBuilder};

/// The bounty a task begins with.
pub const BOUNTY: u64 = 100_000;
/// What each node stakes, unless a test says otherwise.
pub const STAKE: u64 = 1_000;

/// A ledger with one mint, one task, its manager, and some nodes, each with a wallet.
pub struct World<M> {
    /// The ledger.
    pub bank: M,
    /// The task, its mint and token program.
    pub tokens: TaskTokens,
    /// The task's terms.
    pub params: TaskParams,
    /// Its creator and manager.
    pub manager: Person,
    /// The nodes.
    pub nodes: Vec<Person>,
}

impl<M: Machine> World<M> {
    /// Sends one transaction, whose first signer pays. Afterwards the books must balance to the last
    /// base unit, each new account must live where its fields say, and what a single instruction told
    /// must be so; where it failed, nothing may have changed.
    pub fn send(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Sent {
        let before = self.snapshot();
        let result = self.bank.send(instructions, signers);
        let after = self.snapshot();
        match &result {
            Err(_) => assert_eq!(before, after, "a refused transaction changed something"),
            Ok(receipt) => {
                witness::assert_in_place(&before, &after);
                if let [alone] = instructions
                    && alone.program_id == gradual_consensus::ID
                {
                    let witness = Witness {
                        instruction: alone,
                        before: &before,
                        after: &after,
                    };
                    let told: Vec<Event> = events(&receipt.logs).collect();
                    assert!(!told.is_empty(), "an instruction that tells nothing");
                    told.iter().for_each(|event| witness.assert_told(event));
                }
            }
        }
        self.check_books();
        result
    }

    /// All that the program keeps, as it is now.
    pub fn snapshot(&self) -> Snapshot {
        let wallets = self.nodes.iter().chain([&self.manager]).map(|p| p.wallet);
        let pots = self.tasks().into_iter();
        let pots = pots.flat_map(|task| [address::stake_pot(&task), address::bounty_pot(&task)]);
        Snapshot {
            accounts: self
                .bank
                .program_accounts(&[], None)
                .unwrap()
                .into_iter()
                .collect(),
            tokens: wallets
                .chain(pots)
                .map(|wallet| (wallet, self.balance(&wallet)))
                .collect(),
        }
    }

    /// Every task there is, this world's own or not.
    pub fn tasks(&self) -> Vec<Pubkey> {
        let found = self
            .bank
            .program_accounts(&[Filter::at(0, Task::TYPE)], Task::part());
        let tasks = found.unwrap().into_iter();
        tasks.map(|(address, _)| address).collect()
    }

    /// Asserts I1 to I6 of every task, and that no base unit lies in the pots that nobody is owed.
    pub fn check_books(&self) {
        let tasks = self.tasks();
        let mut surplus = 0;
        for task in &tasks {
            let books = Books::read(&self.bank, task).unwrap().unwrap();
            assert_eq!(books.violations(), Vec::<String>::new());
            surplus += books.surplus();
        }
        if !tasks.is_empty() {
            assert_eq!(surplus, self.donated(), "base units nobody is owed");
        }
    }

    /// Base units that [`Self::donate`] put into the pots.
    fn donated(&self) -> i128 {
        let donor = key("donor", 0).pubkey();
        i128::from(self.lamports(&donor))
    }

    /// Puts `amount` base units into a pot, as anybody could, past the program.
    pub fn donate(&self, pot: Pubkey, amount: u64) {
        let (TaskTokens { task, mint, .. }, before) = (self.tokens, self.balance(&pot));
        self.bank.make_wallet(&pot, &mint, &task, before + amount);
        self.bank.endow(&key("donor", 0).pubkey(), amount);
    }

    /// The books of the world's task.
    pub fn books(&self) -> Books {
        Books::read(&self.bank, &self.tokens.task).unwrap().unwrap()
    }

    /// The task's address.
    pub fn task_address(&self) -> Pubkey {
        self.tokens.task
    }

    /// What the program's config holds.
    pub fn config(&self) -> Config {
        self.fetch(&address::config())
    }

    /// What the task account holds.
    pub fn task(&self) -> Task {
        self.fetch(&self.tokens.task)
    }

    /// The account at `address`, which must be a `T`.
    pub fn fetch<T: Stored>(&self, address: &Pubkey) -> T {
        account::fetch(&self.bank, address).unwrap().unwrap()
    }

    /// Whether no account lives at `address`.
    pub fn is_gone(&self, address: &Pubkey) -> bool {
        self.lamports(address) == 0
    }

    /// Base units in a token account.
    pub fn balance(&self, address: &Pubkey) -> u64 {
        token_balance(&self.bank, address).unwrap()
    }

    /// Lamports at `address`.
    pub fn lamports(&self, address: &Pubkey) -> u64 {
        self.bank
            .account(address)
            .map_or(0, |account| account.lamports)
    }

    /// The task's schedule.
    pub fn schedule(&self) -> Schedule {
        self.params.schedule(0).unwrap()
    }

    /// Moves time on to `slot`.
    pub fn warp_to(&self, slot: u64) {
        self.bank.warp_to(slot);
    }

    /// The present slot.
    pub fn slot(&self) -> u64 {
        self.bank.slot().unwrap()
    }

    /// Moves to the first slot of the submission window of window round `round`.
    pub fn warp_to_round(&self, round: u64) {
        self.warp_to(self.schedule().submission_window(round).unwrap().start);
    }

    /// Moves to the last slot of the submission window of window round `round`.
    pub fn warp_to_last_submission(&self, round: u64) {
        self.warp_to(self.schedule().submission_window(round).unwrap().end);
    }

    /// Moves to the first slot of the audit window of window round `round`.
    pub fn warp_to_audit(&self, round: u64) {
        self.warp_to(self.schedule().audit_window(round).unwrap().start);
    }

    /// Moves to the last slot in which an audit may be opened in window round `round`.
    pub fn warp_to_last_challenge(&self, round: u64) {
        self.warp_to(self.schedule().challenge_window(round).unwrap().end);
    }

    /// Moves to the last slot of the audit window of window round `round`.
    pub fn warp_to_last_audit(&self, round: u64) {
        self.warp_to(self.schedule().audit_window(round).unwrap().end);
    }

    /// Moves to the first slot after the audit window of window round `round`.
    pub fn warp_past_audit(&self, round: u64) {
        self.warp_to(self.schedule().audit_window(round).unwrap().end + 1);
    }
}

/// Addresses, and what lives there.
impl<M: Machine> World<M> {
    /// The world's valid instructions.
    pub fn valid(&self) -> Valid<'_, M> {
        Valid {
            ledger: &self.bank,
            tokens: self.tokens,
            manager: self.manager.party(),
            nodes: self.nodes.iter().map(Person::party).collect(),
            payer: None,
        }
    }

    /// Where node number `node` keeps its stake.
    pub fn stake_address(&self, node: usize) -> Pubkey {
        self.valid().stake_address(node)
    }

    /// What node number `node` has staked and earned.
    pub fn node_stake(&self, node: usize) -> NodeStake {
        self.valid().node_stake(node)
    }

    /// Where cycle `cycle` lives.
    pub fn cycle_address(&self, cycle: u64) -> Pubkey {
        address::cycle(&self.tokens.task, cycle)
    }

    /// What the account of cycle `cycle` holds.
    pub fn cycle(&self, cycle: u64) -> Cycle {
        self.fetch(&self.cycle_address(cycle))
    }

    /// Where the submission of `node` in `cycle` lives.
    pub fn submission_address(&self, node: usize, cycle: u64) -> Pubkey {
        self.valid().submission_address(node, cycle)
    }

    /// The fixed part of that submission.
    pub fn submission(&self, node: usize, cycle: u64) -> Submission {
        self.valid().submission(node, cycle)
    }

    /// Where the list of `attempt` in `cycle` lives.
    pub fn list_address(&self, cycle: u64, attempt: u8) -> Pubkey {
        self.valid().list_address(cycle, attempt)
    }

    /// That list.
    pub fn list(&self, cycle: u64, attempt: u8) -> DistributionList {
        self.fetch(&self.list_address(cycle, attempt))
    }

    /// The submission or list at `address`.
    pub fn subject(&self, address: &Pubkey) -> Subject {
        self.valid().subject(address)
    }

    /// Where the vote of `node` on `subject` lives.
    pub fn vote_address(&self, subject: &Pubkey, node: usize) -> Pubkey {
        self.valid().vote_address(subject, node)
    }

    /// The node among `nodes` that may propose first in `attempt` for `cycle`, and the slot.
    pub fn first_proposer(&self, nodes: &[usize], cycle: u64, attempt: u8) -> (usize, u64) {
        self.valid().first_proposer(nodes, cycle, attempt)
    }
}

/// Instructions, valid as they are; tests change one thing.
impl<M: Machine> World<M> {
    /// `create_task` as the world's manager, number 1.
    pub fn create_task_ix(&self) -> Instruction {
        self.create_task_with(1, self.params, terms::named("test"))
    }

    /// `create_task` as the world's manager.
    pub fn create_task_with(
        &self,
        task_id: u64,
        params: TaskParams,
        texts: TaskTexts,
    ) -> Instruction {
        self.new_task(self.manager.pubkey(), task_id, params, texts)
            .create()
    }

    /// A task of the world's mint.
    fn new_task(
        &self,
        creator: Pubkey,
        task_id: u64,
        params: TaskParams,
        texts: TaskTexts,
    ) -> NewTask {
        NewTask {
            creator,
            task_id,
            mint: self.tokens.mint,
            token_program: self.tokens.token_program,
            params,
            texts,
        }
    }

    /// `stake` by `node` from its own wallet.
    pub fn stake_ix(&self, node: usize, amount: u64) -> Instruction {
        self.valid().stake(node, amount)
    }

    /// `open_cycle` by `node`.
    pub fn open_cycle_ix(&self, node: usize, cycle: u64) -> Instruction {
        self.valid().open_cycle(node, cycle)
    }

    /// `submit` by `node`.
    pub fn submit_ix(&self, node: usize, cycle: u64, value: &[u8]) -> Instruction {
        self.valid().submit(node, cycle, value)
    }

    /// `audit` by `node`.
    pub fn audit_ix(&self, node: usize, subject: Pubkey, is_valid: bool) -> Instruction {
        self.valid().audit(node, subject, is_valid)
    }

    /// `submit_distribution_list` by `node`.
    pub fn propose_ix(
        &self,
        node: usize,
        cycle: u64,
        attempt: u8,
        proposal: ListProposal,
    ) -> Instruction {
        self.valid().propose(node, cycle, attempt, proposal)
    }

    /// The proposal of a list that pays each of these nodes its amount.
    pub fn proposal(&self, cycle: u64, entries: &[(usize, u64)]) -> ListProposal {
        self.valid().proposal(cycle, entries)
    }

    /// The Merkle tree of that list.
    pub fn tree(&self, cycle: u64, entries: &[(usize, u64)]) -> MerkleTree {
        self.valid().tree(cycle, entries)
    }

    /// Entry number `index` of that list, with its proof.
    pub fn entry(&self, cycle: u64, entries: &[(usize, u64)], index: u32) -> Entry {
        self.valid().entry(cycle, entries, index)
    }
}

/// What came of a transaction.
pub type Sent = Result<Receipt, LedgerError>;

/// Actions.
impl<M: Machine> World<M> {
    /// Sends one instruction, signed and paid by node number `node`.
    pub fn act(&self, node: usize, instruction: Instruction) -> Sent {
        self.send(&[instruction], &[&self.nodes[node].keypair])
    }

    /// Sends what anyone may send, as the manager.
    pub fn crank(&self, instruction: Instruction) -> Sent {
        self.send(&[instruction], &[&self.manager.keypair])
    }

    /// Creates a task of the world's mint as `creator`, on the world's terms but for `change`, beginning
    /// in the next slot unless that says otherwise, and returns its tokens. Its round 0 goes before.
    pub fn create_another(
        &self,
        creator: &Keypair,
        task_id: u64,
        change: impl FnOnce(&mut TaskParams),
    ) -> TaskTokens {
        let mut params = TaskParams {
            starting_slot: self.slot() + 1,
            ..self.params
        };
        change(&mut params);
        let task = self.new_task(creator.pubkey(), task_id, params, TaskTexts::default());
        self.send(&[task.create()], &[creator]).unwrap();
        task.tokens()
    }

    /// The valid instructions of another task of the world's mint and manager.
    pub fn valid_in(&self, tokens: TaskTokens) -> Valid<'_, M> {
        Valid {
            tokens,
            ..self.valid()
        }
    }

    /// Funds the task from the manager's wallet.
    pub fn fund(&self, amount: u64) -> Sent {
        self.crank(self.valid().fund(self.manager.party(), amount))
    }

    /// Activates or deactivates the task.
    pub fn set_active(&self, is_active: bool) -> Sent {
        self.crank(self.valid().set_active(is_active))
    }

    /// Pauses the program, or lets it go on, as its admin.
    pub fn set_paused(&self, is_paused: bool) -> Sent {
        let admin = upgrade_authority();
        let set = instruction::set_paused(admin.pubkey(), is_paused);
        self.send(&[set], &[&admin])
    }

    /// Stakes.
    pub fn stake(&self, node: usize, amount: u64) -> Sent {
        self.act(node, self.valid().stake(node, amount))
    }

    /// Withdraws to the node's own wallet.
    pub fn withdraw(&self, node: usize, amount: u64) -> Sent {
        self.act(node, self.valid().withdraw(node, amount))
    }

    /// Parks the stake of `node`.
    pub fn park(&self, node: usize) -> Sent {
        self.crank(self.valid().park(node))
    }

    /// Ends the parking of the stake of `node`.
    pub fn resume(&self, node: usize) -> Sent {
        self.act(node, self.valid().resume(node))
    }

    /// Opens a cycle, which must be in its opening window.
    pub fn open_cycle(&self, node: usize, cycle: u64) -> Sent {
        self.act(node, self.valid().open_cycle(node, cycle))
    }

    /// Moves to the work round of `cycle`, unless it has just begun, lets `node` open it, and moves on to the
    /// first slot of its review.
    pub fn begin_cycle(&self, node: usize, cycle: u64) {
        self.warp_to_round(cycle);
        self.open_cycle(node, cycle).unwrap();
        self.warp_to_round(cycle + 1);
    }

    /// Submits; the cycle must have been opened.
    pub fn submit(&self, node: usize, cycle: u64, value: &[u8]) -> Sent {
        self.act(node, self.valid().submit(node, cycle, value))
    }

    /// Submits for each of `nodes`.
    pub fn submit_all(&self, nodes: &[usize], cycle: u64) {
        for &node in nodes {
            self.submit(node, cycle, &[u8::try_from(node).unwrap(); 32])
                .unwrap();
        }
    }

    /// Votes, or challenges.
    pub fn audit(&self, node: usize, subject: Pubkey, is_valid: bool) -> Sent {
        self.act(node, self.valid().audit(node, subject, is_valid))
    }

    /// Resolves the audit of `subject`.
    pub fn resolve(&self, subject: Pubkey) -> Sent {
        self.crank(self.valid().resolve(subject))
    }

    /// Waits until `node` may propose, and proposes that list.
    pub fn propose(&self, node: usize, cycle: u64, attempt: u8, entries: &[(usize, u64)]) -> Sent {
        let (_, slot) = self.first_proposer(&[node], cycle, attempt);
        self.warp_to(slot);
        let proposal = self.proposal(cycle, entries);
        self.act(node, self.propose_ix(node, cycle, attempt, proposal))
    }

    /// Finalizes a list.
    pub fn finalize(&self, cycle: u64, attempt: u8) -> Sent {
        self.crank(self.valid().finalize(cycle, attempt))
    }

    /// Pays entry `index` of that list.
    pub fn payout(&self, cycle: u64, attempt: u8, entries: &[(usize, u64)], index: u32) -> Sent {
        let entry = self.entry(cycle, entries, index);
        self.crank(self.valid().payout(cycle, attempt, entry))
    }

    /// Pays the submission of `node` its equal share.
    pub fn payout_equal(&self, node: usize, cycle: u64) -> Sent {
        self.crank(self.valid().payout_equal(node, cycle))
    }

    /// Claims to the node's own wallet.
    pub fn claim(&self, node: usize) -> Sent {
        self.act(node, self.valid().claim(node))
    }

    /// Compounds.
    pub fn compound(&self, node: usize) -> Sent {
        self.act(node, self.valid().compound(node))
    }

    /// Closes the vote of `node` on `subject`.
    pub fn close_vote(&self, subject: Pubkey, node: usize) -> Sent {
        self.crank(self.valid().close_vote(subject, node))
    }

    /// Closes a submission or list.
    pub fn close_subject(&self, subject: Pubkey) -> Sent {
        self.crank(self.valid().close_subject(subject))
    }

    /// Closes a cycle.
    pub fn close_cycle(&self, cycle: u64) -> Sent {
        self.crank(self.valid().close_cycle(cycle))
    }

    /// Closes a stake account.
    pub fn close_stake(&self, node: usize) -> Sent {
        self.act(node, self.valid().close_stake(node))
    }

    /// Closes the config, as the program's upgrade authority, who paid for it.
    pub fn close_config(&self) -> Sent {
        let authority = upgrade_authority();
        let close = instruction::close_config(authority.pubkey(), self.config().payer);
        self.send(&[close], &[&authority])
    }

    /// Closes the task, into the manager's wallet.
    pub fn close_task(&self) -> Sent {
        self.crank(self.valid().close_task())
    }
}
