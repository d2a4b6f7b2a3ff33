//! What a node sees is of one moment: on a ledger that shows what was some time ago, and on one that goes
//! back and forth.

use super::runner::{fresh_step, options};
use gradual_consensus_client::{
    amount::Amount,
    ledger::{Filter, Ledger, LedgerError, Receipt},
};
use gradual_consensus_node::{
    daemon::{self, Metrics, Settings},
    runner::{Action, NodeRunner, RunnerError, Step},
};
use gradual_consensus_testkit::{Build, Echo, STAKE, World, bank::Bank, machine, on_every_build};
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey, signature::Keypair};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ops::Range,
    sync::atomic::AtomicBool,
    time::Duration,
};

on_every_build! {
    plays_on_finalized_state,
    counts_late_votes_before_it_proposes,
    refuses_windows_that_leave_no_time,
    does_nothing_on_a_view_older_than_the_last,
}

type Accounts = BTreeMap<Pubkey, Account>;

/// A ledger that shows the program's accounts as they were so many slots ago, as one that reads at
/// commitment `finalized` does.
pub(crate) struct Late<'w> {
    world: &'w World,
    pub(crate) lag: Cell<u64>,
    /// The program's accounts from each slot on.
    states: RefCell<BTreeMap<u64, Accounts>>,
}

impl<'w> Late<'w> {
    pub(crate) fn on(world: &'w World, lag: u64) -> Self {
        let late = Self {
            world,
            lag: Cell::new(lag),
            states: RefCell::default(),
        };
        late.note();
        late
    }

    /// Notes the state as it is now.
    pub(crate) fn note(&self) {
        let all = self.world.bank.program_accounts(&[], None).unwrap();
        let state = all.into_iter().collect();
        self.states.borrow_mut().insert(self.world.slot(), state);
    }

    fn shown(&self) -> u64 {
        let first = self.states.borrow().keys().next().copied().unwrap();
        self.world.slot().saturating_sub(self.lag.get()).max(first)
    }

    fn state(&self) -> Accounts {
        let states = self.states.borrow();
        let state = states.range(..=self.shown()).next_back();
        state.unwrap().1.clone()
    }
}

impl Ledger for Late<'_> {
    fn slot(&self) -> Result<u64, LedgerError> {
        Ok(self.shown())
    }

    fn lag(&self) -> Result<u64, LedgerError> {
        Ok(self.world.slot() - self.shown())
    }

    fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, LedgerError> {
        let state = self.state();
        let present = self.world.bank.accounts(addresses)?;
        let shown = addresses.iter().zip(present).map(|(address, present)| {
            let is_ours = |account: &Account| account.owner == gradual_consensus::ID;
            (state.get(address).cloned()).or_else(|| present.filter(|account| !is_ours(account)))
        });
        Ok(shown.collect())
    }

    fn program_accounts(
        &self,
        filters: &[Filter],
        part: Option<Range<usize>>,
    ) -> Result<Vec<(Pubkey, Account)>, LedgerError> {
        let state = self.state().into_iter();
        let passing =
            state.filter(|(_, account)| filters.iter().all(|filter| filter.matches(&account.data)));
        let cut = passing.map(|(address, mut account)| {
            account.data = machine::cut(&account.data, part.as_ref());
            (address, account)
        });
        Ok(cut.collect())
    }

    /// As a client does that waits until what it sent is finalized.
    fn send(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Receipt, LedgerError> {
        let receipt = self.world.bank.send(instructions, signers)?;
        self.note();
        self.world.warp_to(self.world.slot() + self.lag.get());
        self.note();
        Ok(receipt)
    }
}

/// Windows in which there is time for what is 32 slots old.
fn world(build: Build) -> World {
    World::on(build)
        .params(|params| {
            params.round_time = 400;
            params.submission_window = 150;
            params.audit_window = 200;
        })
        .start()
}

fn echo(world: &World, node: usize) -> Echo {
    Echo {
        node: world.nodes[node].pubkey(),
        lies: false,
    }
}

fn runner<'a, L: Ledger>(world: &World, ledger: &'a L, node: usize) -> NodeRunner<'a, L, Echo> {
    let key = world.nodes[node].keypair.insecure_clone();
    let (task, options) = (world.tokens.task, options(world, node));
    NodeRunner::new(ledger, task, key, echo(world, node), options)
}

/// A node that sees everything 32 slots late plays every cycle of its game, and nothing that it does
/// fails.
fn plays_on_finalized_state(build: Build) {
    let world = world(build);
    let ledger = Late::on(&world, 32);
    let mut late = runner(&world, &ledger, 0);
    let end = world.schedule().boundary(5).unwrap();
    let (mut done, mut next) = (vec![], 0);
    while world.slot() < end {
        for node in 1..4 {
            fresh_step(&world, &world.bank, node, Some(3)).unwrap();
            ledger.note();
        }
        if ledger.slot().unwrap() >= next {
            let step: Step = late.step().unwrap();
            // Others are faster at what anyone may do.
            let own = |(action, _): &&(Action, String)| !action.is_contested();
            let failed: Vec<_> = step.failed.iter().filter(own).collect();
            assert!(failed.is_empty(), "{failed:?}");
            assert_eq!((step.unsettled, step.missed), (vec![], vec![]));
            done.extend(step.done);
            next = step.wake_at;
        }
        world.check_books();
        world.warp_to(world.slot() + 5);
        ledger.note();
    }
    let count = |is: fn(&Action) -> bool| done.iter().filter(|action| is(action)).count();
    let submitted = done.iter().filter_map(|action| match action {
        Action::Submit { cycle } => Some(*cycle),
        _ => None,
    });
    // The fourth can be submitted from the last slot on.
    let submitted: Vec<u64> = submitted.filter(|cycle| *cycle < 4).collect();
    assert_eq!(submitted, [1, 2, 3], "{done:?}");
    // The liar's submissions: slashed twice, it has too little stake for a third.
    assert_eq!(
        count(|action| matches!(action, Action::Audit { .. })),
        2,
        "{done:?}"
    );
    assert!(world.node_stake(0).earned > 10_000 / 3);
    assert_eq!(world.node_stake(0).slashed, 0);
    assert!(world.node_stake(3).slashed > 0);
}

/// The votes that fell a cheat came in the last slots of the window. Nobody writes a list before they are
/// seen: it would pay the cheat, and its author would be slashed.
fn counts_late_votes_before_it_proposes(build: Build) {
    let world = world(build);
    world.begin_cycle(1, 1);
    world.warp_to_round(2);
    for node in 0..3 {
        let proof = world.nodes[node].pubkey().to_bytes();
        world.submit(node, 1, &proof).unwrap();
    }
    world.submit(3, 1, b"false").unwrap();
    let cheat = world.submission_address(3, 1);
    world.warp_to_audit(2);
    world.audit(1, cheat, false).unwrap();
    let ledger = Late::on(&world, 32);
    let mut late = runner(&world, &ledger, 0);
    world.warp_to_last_audit(2);
    for node in [0, 2] {
        world.audit(node, cheat, false).unwrap();
    }
    ledger.note();
    // From here on others could propose already.
    let window = world.schedule().submission_window(3).unwrap();
    while world.slot() <= window.end {
        let step = late.step().unwrap();
        let proposed = step
            .done
            .iter()
            .any(|done| matches!(done, Action::Propose { .. }));
        if proposed {
            let list = world.list(1, 0);
            assert_eq!(list.count, 3, "the cheat is not paid");
            return;
        }
        world.warp_to(world.slot() + 5);
        ledger.note();
    }
    panic!("it proposed nothing");
}

/// A node does not start where it would see its windows after they are over.
fn refuses_windows_that_leave_no_time(build: Build) {
    let world = World::on(build).start();
    world.warp_to(world.slot() + 40);
    let ledger = Late::on(&world, 0);
    world.warp_to(world.slot() + 40);
    ledger.lag.set(32);
    let person = &world.nodes[0];
    let metrics = Metrics::new(
        &world.tokens.task,
        &person.pubkey(),
        Duration::from_secs(600),
    );
    let settings = Settings {
        options: options(&world, 0),
        low_lamports: 0,
        low_stake: Amount::ZERO,
    };
    let node = (world.tokens.task, person.keypair.insecure_clone());
    let stop = AtomicBool::new(false);
    let sleep = |_| panic!("no need to wait");
    let (ledger, logic) = (&ledger, echo(&world, 0));
    let end = daemon::run(ledger, node, logic, &settings, &metrics, &stop, sleep);
    let error = end.unwrap_err();
    assert!(
        matches!(
            error,
            RunnerError::NoTime {
                lag: 32,
                window: 20
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("use --commitment confirmed"));
}

/// One address, two servers, one of which lags: what it shows is not acted on.
fn does_nothing_on_a_view_older_than_the_last(build: Build) {
    let world = World::on(build).stakes(&[STAKE; 4]).start_active();
    let ledger = Late::on(&world, 0);
    let mut node = runner(&world, &ledger, 0);
    let submitted = node.step().unwrap();
    assert!(submitted.done.contains(&Action::Submit { cycle: 1 }));
    ledger.lag.set(1);
    // Its submission is not there, seen from here.
    world.warp_to(world.slot() + 3);
    ledger.note();
    node.step().unwrap();
    ledger.lag.set(4);
    let bank: &Bank = &world.bank;
    let transactions = bank.transactions();
    let error = node.step().unwrap_err();
    assert!(matches!(error, RunnerError::Older { .. }), "{error}");
    assert_eq!(bank.transactions(), transactions);
    ledger.lag.set(0);
    node.step().unwrap();
}
