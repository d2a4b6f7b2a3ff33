//! The test harness: a world with one task on a bank of its own, whose books are checked after every
//! instruction.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a harness panics where a test fails"
)]

mod asserts;
pub mod bank;
mod echo;
pub mod suite;
mod witness;

pub use asserts::{
    assert_outcome, assert_refused, assert_refused_by_anchor, assert_refused_with_code, swapped,
    unsigned,
};
pub use echo::Echo;

use crate::bank::{Bank, upgrade_authority};
use gradual_consensus::{
    ListProposal, TaskParams, TaskTexts,
    rules::{merkle::MerkleTree, schedule::Schedule},
    state::{AuditVote, Config, Cycle, DistributionList, NodeStake, Subject, Submission, Task},
};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    books::{Books, token_balance},
    event::{Event, events},
    instruction::{self, Entry, TaskTokens},
    ledger::{Filter, Ledger, LedgerError, Receipt},
};
use solana_sdk::{
    account::Account,
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use spl_token_interface::native_mint;
use std::{collections::BTreeMap, path::Path};
use witness::Witness;

pub use crate::bank::Build;

/// Lamports that everybody begins with.
pub const LAMPORTS: u64 = 100_000_000_000;
/// Base units that everybody begins with.
pub const WALLET: u64 = 1_000_000;
/// The bounty a task begins with.
pub const BOUNTY: u64 = 100_000;
/// What each node stakes, unless a test says otherwise.
pub const STAKE: u64 = 1_000;

/// A key that is the same in every run.
pub fn key(name: &str, number: u8) -> Keypair {
    let mut seed = [number; 32];
    for (byte, letter) in seed.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    seed[31] = number;
    Keypair::new_from_array(seed)
}

/// The terms that tests begin with: rounds of 100 slots, windows of 40, the protocol's defaults.
pub fn default_params() -> TaskParams {
    TaskParams {
        starting_slot: Some(100),
        round_time: 100,
        submission_window: 40,
        audit_window: 40,
        minimum_stake_amount: 100,
        bounty_amount_per_round: 10_000,
        claim_window: 2,
        allowed_failed_distributions: 2,
        ..TaskParams::default()
    }
}

/// A key with lamports and a token account.
pub struct Person {
    /// Its key.
    pub keypair: Keypair,
    /// Its token account of the world's mint.
    pub wallet: Pubkey,
}

impl Person {
    /// Its address.
    pub fn pubkey(&self) -> Pubkey {
        self.keypair.pubkey()
    }
}

/// A bank with one mint, one funded task, its manager, and some nodes, each with a wallet.
pub struct World {
    /// The ledger.
    pub bank: Bank,
    /// The task, its mint and token program.
    pub tokens: TaskTokens,
    /// The task's terms.
    pub params: TaskParams,
    /// Its creator and manager.
    pub manager: Person,
    /// The nodes.
    pub nodes: Vec<Person>,
}

/// What a task may pay and stake in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Money {
    /// A mint of the SPL Token program.
    SplToken,
    /// A mint of Token-2022.
    Token2022,
    /// SOL, wrapped.
    WrappedSol,
}

impl Money {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SplToken, Self::Token2022, Self::WrappedSol];

    fn token_program(self) -> Pubkey {
        match self {
            Self::Token2022 => spl_token_2022_interface::ID,
            Self::SplToken | Self::WrappedSol => spl_token_interface::ID,
        }
    }

    fn mint(self) -> (Pubkey, u8) {
        match self {
            Self::WrappedSol => (native_mint::ID, native_mint::DECIMALS),
            Self::SplToken | Self::Token2022 => (key("mint", 0).pubkey(), 6),
        }
    }
}

/// How a world is to begin.
pub struct WorldBuilder {
    build: Build,
    money: Money,
    params: TaskParams,
    stakes: Vec<u64>,
    bounty: u64,
}

impl WorldBuilder {
    /// Changes the task's terms.
    pub fn params(mut self, change: impl FnOnce(&mut TaskParams)) -> Self {
        change(&mut self.params);
        self
    }

    /// What the task pays and stakes in; the default is a mint of the SPL Token program.
    pub fn money(mut self, money: Money) -> Self {
        self.money = money;
        self
    }

    /// One node for each of these stakes; 0 is a node with a wallet that has not staked. The default
    /// is four nodes that stake [`STAKE`] each.
    pub fn stakes(mut self, stakes: &[u64]) -> Self {
        self.stakes = stakes.to_vec();
        self
    }

    /// What the task is funded with; 0 for nothing.
    pub fn bounty(mut self, bounty: u64) -> Self {
        self.bounty = bounty;
        self
    }

    /// Creates the task, funds it, and stakes for every node in round 0.
    pub fn start(self) -> World {
        let bank = Bank::new(1, &self.build);
        let (token_program, (mint, decimals)) = (self.money.token_program(), self.money.mint());
        let manager_key = key("manager", 0);
        bank.create_mint_of(&token_program, &mint, &manager_key.pubkey(), decimals);
        let task = address::task(&manager_key.pubkey(), 1);
        let tokens = TaskTokens {
            task,
            mint,
            token_program,
        };
        let manager = person(&bank, &mint, manager_key);
        for key in [upgrade_authority(), config_manager(0), config_manager(1)] {
            bank.airdrop(&key.pubkey(), LAMPORTS);
        }
        bank.initialize_config(&upgrade_authority(), config_manager(0).pubkey())
            .unwrap();
        let nodes = (0u8..)
            .zip(&self.stakes)
            .map(|(number, _)| person(&bank, &mint, key("node", number)))
            .collect();
        let world = World {
            bank,
            tokens,
            params: self.params,
            manager,
            nodes,
        };
        world
            .send(&[world.create_task_ix()], &[&world.manager.keypair])
            .unwrap();
        if self.bounty > 0 {
            world.fund(self.bounty).unwrap();
        }
        world.warp_to(self.params.starting_slot.unwrap_or_default());
        for (node, &stake) in self.stakes.iter().enumerate() {
            if stake > 0 {
                world.stake(node, stake).unwrap();
            }
        }
        world
    }

    /// As [`Self::start`], and warps to round 2, in which those stakes are active: cycle 1 is under
    /// review.
    pub fn start_active(self) -> World {
        let world = self.start();
        world.warp_to(world.schedule().submission_window(2).unwrap().start);
        world
    }
}

/// The key of a manager of the config: every world begins with number 0.
pub fn config_manager(number: u8) -> Keypair {
    key("config manager", number)
}

fn person(bank: &Bank, mint: &Pubkey, keypair: Keypair) -> Person {
    let owner = keypair.pubkey();
    bank.airdrop(&owner, LAMPORTS);
    let (wallet, _) = Pubkey::find_program_address(&[owner.as_ref()], &spl_token_interface::ID);
    bank.create_token_account(&wallet, mint, &owner, WALLET);
    Person { keypair, wallet }
}

/// Every program account, and the tokens in pots and wallets: what a refused transaction must leave
/// as it was.
#[derive(PartialEq, Debug)]
pub struct Snapshot {
    accounts: BTreeMap<Pubkey, Account>,
    tokens: BTreeMap<Pubkey, u64>,
}

impl Snapshot {
    /// The program's accounts.
    pub const fn accounts(&self) -> &BTreeMap<Pubkey, Account> {
        &self.accounts
    }
}

impl World {
    /// A world to be, on `build` of the program.
    pub fn on(build: Build) -> WorldBuilder {
        WorldBuilder {
            build,
            money: Money::SplToken,
            params: default_params(),
            stakes: vec![STAKE; 4],
            bounty: BOUNTY,
        }
    }

    /// Sends one transaction, whose first signer pays. Afterwards the books must balance to the last
    /// base unit, each new account must live where its fields say, and what a single instruction told
    /// must be so; where it failed, nothing may have changed.
    pub fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
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
            .program_accounts(&[Filter::at(0, Task::TYPE)], Task::LENGTH);
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
        let marker = self
            .bank
            .account(&donor)
            .map_or(0, |account| account.lamports);
        i128::from(marker)
    }

    /// Puts `amount` base units into a pot, as anybody could, past the program.
    pub fn donate(&self, pot: Pubkey, amount: u64) {
        let amount_before = self.balance(&pot);
        self.bank.create_token_account(
            &pot,
            &self.tokens.mint,
            &self.tokens.task,
            amount_before + amount,
        );
        self.bank.airdrop(&key("donor", 0).pubkey(), amount);
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
        self.bank
            .account(address)
            .is_none_or(|account| account.lamports == 0)
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

    // Addresses.

    /// Where node number `node` keeps its stake.
    pub fn stake_address(&self, node: usize) -> Pubkey {
        address::node_stake(&self.tokens.task, &self.nodes[node].pubkey())
    }

    /// What node number `node` has staked and earned.
    pub fn node_stake(&self, node: usize) -> NodeStake {
        self.fetch(&self.stake_address(node))
    }

    /// Where cycle `cycle` lives.
    pub fn cycle_address(&self, cycle: u64) -> Pubkey {
        address::cycle(&self.tokens.task, cycle)
    }

    /// What the account of cycle `cycle` holds.
    pub fn round(&self, cycle: u64) -> Cycle {
        self.fetch(&self.cycle_address(cycle))
    }

    /// Where the submission of `node` in `cycle` lives.
    pub fn submission_address(&self, node: usize, cycle: u64) -> Pubkey {
        address::submission(&self.cycle_address(cycle), &self.nodes[node].pubkey())
    }

    /// The fixed part of that submission.
    pub fn submission(&self, node: usize, cycle: u64) -> Submission {
        self.fetch(&self.submission_address(node, cycle))
    }

    /// Where the list of `attempt` in `cycle` lives.
    pub fn list_address(&self, cycle: u64, attempt: u8) -> Pubkey {
        address::list(&self.cycle_address(cycle), attempt)
    }

    /// That list.
    pub fn list(&self, cycle: u64, attempt: u8) -> DistributionList {
        self.fetch(&self.list_address(cycle, attempt))
    }

    /// The submission or list at `address`.
    pub fn subject(&self, address: &Pubkey) -> Subject {
        let submission = account::fetch::<Submission>(&self.bank, address).unwrap();
        submission.map_or_else(
            || self.fetch::<DistributionList>(address).subject,
            |submission| submission.subject,
        )
    }

    /// Where the vote of `node` on `subject` lives.
    pub fn vote_address(&self, subject: &Pubkey, node: usize) -> Pubkey {
        address::vote(subject, &self.nodes[node].pubkey())
    }

    // Instructions, valid as they are; tests change one thing.

    /// `create_task` as the world's manager, number 1.
    pub fn create_task_ix(&self) -> Instruction {
        let texts = TaskTexts {
            name: "test".into(),
            ..TaskTexts::default()
        };
        self.create_task_with(1, self.params, texts)
    }

    /// `create_task` as the world's manager.
    pub fn create_task_with(
        &self,
        task_id: u64,
        params: TaskParams,
        texts: TaskTexts,
    ) -> Instruction {
        let TaskTokens {
            mint,
            token_program,
            ..
        } = self.tokens;
        let creator = self.manager.pubkey();
        instruction::create_task(creator, task_id, mint, token_program, params, texts)
    }

    /// `stake` by `node` from its own wallet.
    pub fn stake_ix(&self, node: usize, amount: u64) -> Instruction {
        let node = &self.nodes[node];
        let (key, wallet) = (node.pubkey(), node.wallet);
        instruction::stake(self.tokens, key, key, wallet, amount, None)
    }

    /// `submit` by `node`.
    pub fn submit_ix(&self, node: usize, cycle: u64, value: &[u8]) -> Instruction {
        let key = self.nodes[node].pubkey();
        instruction::submit(self.tokens.task, key, key, cycle, value.to_vec())
    }

    /// `audit` by `node`.
    pub fn audit_ix(&self, node: usize, subject: Pubkey, is_valid: bool) -> Instruction {
        let key = self.nodes[node].pubkey();
        let author = self.subject(&subject).author;
        instruction::audit(self.tokens.task, subject, author, key, key, is_valid)
    }

    /// `submit_distribution_list` by `node`.
    pub fn propose_ix(
        &self,
        node: usize,
        cycle: u64,
        attempt: u8,
        proposal: ListProposal,
    ) -> Instruction {
        let key = self.nodes[node].pubkey();
        instruction::submit_distribution_list(self.tokens.task, cycle, attempt, key, key, proposal)
    }

    /// The proposal of a list that pays each of these nodes its amount.
    pub fn proposal(&self, cycle: u64, entries: &[(usize, u64)]) -> ListProposal {
        let task = self.task();
        ListProposal {
            merkle_root: self.tree(cycle, entries).root(),
            bounty: task.bounty_amount_per_round.min(task.bounty_available),
            total: entries.iter().map(|(_, amount)| amount).sum(),
            count: u32::try_from(entries.len()).unwrap(),
            uri: String::new(),
        }
    }

    /// The Merkle tree of that list.
    pub fn tree(&self, cycle: u64, entries: &[(usize, u64)]) -> MerkleTree {
        let list: Vec<([u8; 32], u64)> = entries
            .iter()
            .map(|&(node, amount)| (self.nodes[node].pubkey().to_bytes(), amount))
            .collect();
        MerkleTree::of_list(self.tokens.task.to_bytes(), cycle, &list).unwrap()
    }

    /// Entry number `index` of that list, with its proof.
    pub fn entry(&self, cycle: u64, entries: &[(usize, u64)], index: u32) -> Entry {
        let (node, amount) = entries[index as usize];
        Entry {
            node: self.nodes[node].pubkey(),
            index,
            amount,
            proof: self.tree(cycle, entries).proof(index).unwrap(),
        }
    }

    // Actions.

    /// Sends one instruction, signed and paid by node number `node`.
    pub fn act(&self, node: usize, instruction: Instruction) -> Result<Receipt, LedgerError> {
        self.send(&[instruction], &[&self.nodes[node].keypair])
    }

    /// Sends what anyone may send, as the manager.
    pub fn crank(&self, instruction: Instruction) -> Result<Receipt, LedgerError> {
        self.send(&[instruction], &[&self.manager.keypair])
    }

    /// Funds the task from the manager's wallet.
    pub fn fund(&self, amount: u64) -> Result<Receipt, LedgerError> {
        let manager = &self.manager;
        let (key, wallet) = (manager.pubkey(), manager.wallet);
        self.crank(instruction::fund_task(self.tokens, key, wallet, amount))
    }

    /// Activates or deactivates the task.
    pub fn set_active(&self, is_active: bool) -> Result<Receipt, LedgerError> {
        let manager = self.manager.pubkey();
        self.crank(instruction::set_active(
            self.tokens.task,
            manager,
            is_active,
        ))
    }

    /// Pauses the program, or lets it go on, as its admin.
    pub fn set_paused(&self, is_paused: bool) -> Result<Receipt, LedgerError> {
        let admin = upgrade_authority();
        let set = instruction::set_paused(admin.pubkey(), is_paused);
        self.send(&[set], &[&admin])
    }

    /// Stakes.
    pub fn stake(&self, node: usize, amount: u64) -> Result<Receipt, LedgerError> {
        self.act(node, self.stake_ix(node, amount))
    }

    /// Withdraws to the node's own wallet.
    pub fn withdraw(&self, node: usize, amount: u64) -> Result<Receipt, LedgerError> {
        let Person { wallet, .. } = self.nodes[node];
        let key = self.nodes[node].pubkey();
        self.act(
            node,
            instruction::withdraw(self.tokens, key, wallet, amount),
        )
    }

    /// Submits.
    pub fn submit(&self, node: usize, cycle: u64, value: &[u8]) -> Result<Receipt, LedgerError> {
        self.act(node, self.submit_ix(node, cycle, value))
    }

    /// Submits for each of `nodes`.
    pub fn submit_all(&self, nodes: &[usize], cycle: u64) {
        for &node in nodes {
            self.submit(node, cycle, &[u8::try_from(node).unwrap(); 32])
                .unwrap();
        }
    }

    /// Votes, or challenges.
    pub fn audit(
        &self,
        node: usize,
        subject: Pubkey,
        is_valid: bool,
    ) -> Result<Receipt, LedgerError> {
        self.act(node, self.audit_ix(node, subject, is_valid))
    }

    /// Resolves the audit of `subject`.
    pub fn resolve(&self, subject: Pubkey) -> Result<Receipt, LedgerError> {
        let state = self.subject(&subject);
        self.crank(instruction::resolve_audit(self.tokens, subject, &state))
    }

    /// The node among `nodes` that may propose first in `attempt` for `cycle`, and the slot.
    pub fn first_proposer(&self, nodes: &[usize], cycle: u64, attempt: u8) -> (usize, u64) {
        let (task, round) = (self.task(), self.round(cycle));
        let slot = |node: usize| {
            round
                .proposal_slot(&task, &self.nodes[node].pubkey(), attempt)
                .unwrap()
        };
        let first = nodes
            .iter()
            .copied()
            .min_by_key(|&node| slot(node))
            .unwrap();
        (first, slot(first))
    }

    /// Waits until `node` may propose, and proposes that list.
    pub fn propose(
        &self,
        node: usize,
        cycle: u64,
        attempt: u8,
        entries: &[(usize, u64)],
    ) -> Result<Receipt, LedgerError> {
        let (_, slot) = self.first_proposer(&[node], cycle, attempt);
        self.warp_to(slot);
        let proposal = self.proposal(cycle, entries);
        self.act(node, self.propose_ix(node, cycle, attempt, proposal))
    }

    /// Finalizes a list.
    pub fn finalize(&self, cycle: u64, attempt: u8) -> Result<Receipt, LedgerError> {
        self.crank(instruction::finalize_distribution(
            self.tokens.task,
            cycle,
            attempt,
        ))
    }

    /// Pays entry `index` of that list.
    pub fn payout(
        &self,
        cycle: u64,
        attempt: u8,
        entries: &[(usize, u64)],
        index: u32,
    ) -> Result<Receipt, LedgerError> {
        let entry = self.entry(cycle, entries, index);
        self.crank(instruction::payout(self.tokens.task, cycle, attempt, entry))
    }

    /// Claims to the node's own wallet.
    pub fn claim(&self, node: usize) -> Result<Receipt, LedgerError> {
        let (key, wallet) = (self.nodes[node].pubkey(), self.nodes[node].wallet);
        self.act(node, instruction::claim_reward(self.tokens, key, wallet))
    }

    /// Compounds.
    pub fn compound(&self, node: usize) -> Result<Receipt, LedgerError> {
        let key = self.nodes[node].pubkey();
        self.act(node, instruction::compound(self.tokens, key))
    }

    /// Closes the vote of `node` on `subject`.
    pub fn close_vote(&self, subject: Pubkey, node: usize) -> Result<Receipt, LedgerError> {
        let vote: AuditVote = self.fetch(&self.vote_address(&subject, node));
        self.crank(instruction::close_vote(self.tokens.task, &vote))
    }

    /// Closes a submission or list.
    pub fn close_subject(&self, subject: Pubkey) -> Result<Receipt, LedgerError> {
        let state = self.subject(&subject);
        self.crank(instruction::close_subject(subject, &state))
    }

    /// Closes a cycle.
    pub fn close_cycle(&self, cycle: u64) -> Result<Receipt, LedgerError> {
        self.crank(instruction::close_cycle(&self.round(cycle)))
    }

    /// Closes a stake account.
    pub fn close_stake(&self, node: usize) -> Result<Receipt, LedgerError> {
        let (key, payer) = (self.nodes[node].pubkey(), self.node_stake(node).payer);
        let close = instruction::close_stake(self.tokens.task, key, payer, key);
        self.act(node, close)
    }

    /// Closes the config, as the program's upgrade authority, who paid for it.
    pub fn close_config(&self) -> Result<Receipt, LedgerError> {
        let authority = upgrade_authority();
        let close = instruction::close_config(authority.pubkey(), self.config().payer);
        self.send(&[close], &[&authority])
    }

    /// Closes the task, into the manager's wallet.
    pub fn close_task(&self) -> Result<Receipt, LedgerError> {
        let (task, manager) = (self.tokens.task, &self.manager);
        let (key, wallet) = (manager.pubkey(), manager.wallet);
        self.crank(instruction::close_task(task, &self.task(), key, wallet))
    }
}

/// The sBPF binary that `cargo xtask build-sbf` made.
pub fn sbf_build() -> Build {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../target/deploy/gradual_consensus.so"
    );
    Build::sbf(Path::new(file))
        .expect("target/deploy/gradual_consensus.so: run cargo xtask build-sbf")
}

/// Registers functions of this module, each of which takes the [`Build`] of the program to run on, as one
/// test a build: `native::name` and `sbf::name`. A function that is not registered is dead code, which the
/// lints refuse.
#[macro_export]
macro_rules! on_every_build {
    ($($name:ident),+ $(,)?) => {
        mod native {
            $(#[test] fn $name() { super::$name($crate::Build::Native); })+
        }

        mod sbf {
            $(#[test] fn $name() { super::$name($crate::sbf_build()); })+
        }
    };
}
